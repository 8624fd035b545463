"""The page of the bank's answers: handing files in, what waits, answering, tables to keep."""

from __future__ import annotations

import io

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from bonus.extensions import db
from bonus.payments.answers import our_account
from tests.adapters.bank_samples import Entry, account, line, report
from tests.support.answers import debit, findings, giving_back, last_file, orders, rejection, sent, statuses
from tests.support.world import World
from tests.web.visitor import Visitor, document, errors, signed_in, words

PAGE = "/agent/paiements/banque"


@pytest.fixture
def officer(world: World) -> Visitor:
    with world.app.app_context():
        sent(world)
        db.session.rollback()
    return signed_in(world.app, world.accounting_officer.email)


def hand_in(officer: Visitor, content: bytes, name: str = "retour.xml") -> TestResponse:
    return officer.post(PAGE, {"file": FileStorage(io.BytesIO(content), name)})


def made(world: World, make: str) -> bytes:
    """A file about the order that is with the bank."""
    with world.app.app_context():
        found = {
            "debit": debit(*orders()),
            "rejection": rejection(orders()[0]),
            "accepted": report(line("ACCP", orders()[0].number), file=last_file()),
            "return": giving_back(*orders()),
            "unknown": account(Entry("OP-2026-999999"), iban=our_account()),
        }[make]
        db.session.rollback()
    return found


def state(world: World) -> list[str]:
    with world.app.app_context():
        return statuses()


def test_nothing_yet(officer: Visitor) -> None:
    text = words(officer.get(PAGE))
    assert "Rien à examiner" in text
    assert "Aucun fichier pour le moment" in text


def test_a_file_is_read_applied_and_shown(world: World, officer: Visitor) -> None:
    page = officer.follow(hand_in(officer, made(world, "rejection")))
    text = words(page)
    assert "Le fichier est reçu." in text
    assert "1 rejetés" in text or "1 rejeté" in text
    assert "Le compte du bénéficiaire est clos." in text
    assert "OP-2026-000001" in text
    assert state(world) == ["rejected"]
    assert "retour.xml" in text
    got = officer.get(f"{PAGE}/1.xml")
    assert got.data == made(world, "rejection")
    assert "attachment" in got.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"bonjour", "n’est pas un message de la banque"),
        (b"<!DOCTYPE x><x/>", "entités"),
        (b"", "vide"),
        (b"<html/>", "n’est pas de ceux que le service lit"),
    ],
)
def test_what_is_no_file_of_the_bank_is_said_at_its_field(
    officer: Visitor, content: bytes, sentence: str
) -> None:
    response = hand_in(officer, content)
    assert response.status_code == 422
    (error,) = errors(response)
    assert sentence in error
    assert document(response).xpath('//a[@href="#file"]')


def test_no_file_at_all(officer: Visitor) -> None:
    response = officer.post(PAGE, {})
    assert (response.status_code, errors(response)) == (422, ["Choisissez un fichier."])


def test_the_same_file_twice(world: World, officer: Visitor) -> None:
    hand_in(officer, made(world, "debit"))
    response = hand_in(officer, made(world, "debit"))
    assert response.status_code == 422
    assert "déjà été reçu le 22 novembre 2026" in errors(response)[0]


def test_what_waits_is_answered_in_words(world: World, officer: Visitor) -> None:
    hand_in(officer, made(world, "unknown"))
    text = words(officer.get(PAGE))
    assert "Ordre inconnu" in text
    assert "Cherchez ce mouvement avec la banque" in text
    response = officer.post(f"{PAGE}/lignes/1", {"why": ""})
    assert (response.status_code, errors(response)) == (422, ["Écrivez ce que vous avez constaté."])
    done = words(officer.follow(officer.post(f"{PAGE}/lignes/1", {"why": "Virement d’un autre service."})))
    assert "La ligne est traitée." in done
    assert "Rien à examiner" in done
    assert "Virement d’un autre service." in words(officer.get(f"{PAGE}/lignes/1"))
    of_the_file = words(officer.get(f"{PAGE}/1"))
    assert "1 traité" in of_the_file
    assert "à examiner" not in of_the_file


def test_another_file_of_the_same_identifier_is_applied_by_a_person(world: World, officer: Visitor) -> None:
    hand_in(officer, made(world, "accepted"))
    text = words(officer.follow(hand_in(officer, made(world, "rejection"))))
    assert "Rien de ce fichier n’est appliqué" in text
    with world.app.app_context():
        number = findings("keep")[0].id
        db.session.rollback()
    page = officer.get(f"{PAGE}/lignes/{number}")
    assert document(page).xpath(f'//button[@formaction="{PAGE}/lignes/{number}/ecarter"]')
    officer.post(f"{PAGE}/lignes/{number}/appliquer", {"why": "Comparés."})
    assert state(world) == ["rejected"]


def test_it_may_be_left_aside(world: World, officer: Visitor) -> None:
    hand_in(officer, made(world, "accepted"))
    hand_in(officer, made(world, "rejection"))
    with world.app.app_context():
        number = findings("keep")[0].id
        db.session.rollback()
    text = words(
        officer.follow(officer.post(f"{PAGE}/lignes/{number}/ecarter", {"why": "Envoyé par erreur."}))
    )
    assert "laissé de côté" in text
    assert state(world) == ["sent"]


@pytest.mark.parametrize("address", ["a-examiner", "fichiers", "1/lignes"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_tables_to_keep(world: World, officer: Visitor, address: str, kind: str) -> None:
    hand_in(officer, made(world, "unknown"))
    response = officer.get(f"{PAGE}/{address}.{kind}")
    assert response.status_code == 200
    if kind == "csv":
        assert "unknown" not in response.text
        assert "BK-1" in response.text or "OP-2026-999999" in response.text


@pytest.mark.parametrize("address", ["/9", "/9.xml", "/lignes/9", "/9/lignes.csv", "/99999999999999999999"])
def test_what_is_not_there(officer: Visitor, address: str) -> None:
    assert officer.get(PAGE + address).status_code == 404


def test_a_company_whose_account_is_refused_reads_it(world: World, officer: Visitor) -> None:
    hand_in(officer, made(world, "return"))
    company = signed_in(world.app, world.owner.email)
    text = words(company.get("/entreprise/avis"))
    assert "Compte bancaire refusé par la banque" in text
    assert "Donnez un autre compte" in text


def test_an_order_tells_all_that_the_bank_said_of_it(world: World, officer: Visitor) -> None:
    with world.app.app_context():
        words_of = "<StsRsnInf><Rsn><Cd>ANNM</Cd></Rsn><AddtlInf>Atelier Fictif</AddtlInf></StsRsnInf>"
        verified = report(
            line("RVMC", orders()[0].number, inside=words_of), file=last_file(), message_id="BK-7"
        )
        db.session.rollback()
    hand_in(officer, verified)
    hand_in(officer, made(world, "rejection"))
    text = words(officer.get("/agent/paiements/ordres/OP-2026-000001"))
    for expected in (
        "Le nom correspond presque",
        "Atelier Fictif",
        "AC04",
        "La banque a refusé ce compte",
        "Remis à la banque",
    ):
        assert expected in text, expected
    assert "account_refused" not in text
    assert officer.get("/agent/paiements/ordres/OP-2026-999999").status_code == 404
    assert "Atelier Fictif" in officer.get("/agent/paiements/ordres/OP-2026-000001/banque.csv").text


def test_the_page_of_payments_leads_to_what_waits(world: World, officer: Visitor) -> None:
    hand_in(officer, made(world, "unknown"))
    assert "Réponses de la banque (1 à examiner)" in words(officer.get("/agent/paiements"))
