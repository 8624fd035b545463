"""The page of the envelope: what it shows, the acts an authorising officer enters, the tables to keep."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bonus.budget.models import Envelope, EnvelopeAct
from bonus.budget.waiting import leave
from bonus.claims.models import Claim
from bonus.extensions import db
from bonus.ledger.models import LedgerEntry
from tests.support.books import check_books
from tests.support.budget import PAGE
from tests.support.waiting import MICRO, SME, dossier_of, figures_of, joined
from tests.support.words import plain
from tests.support.world import NOW, World, decided, draft, filed, run_jobs, set_envelope
from tests.web.visitor import signed_in

ACT = {
    "direction": "ajout",
    "amount": "9 000,00",
    "reference": "Décret d’avance 12",
    "signed_on": "2026-11-20",
}


def text_of(world: World, email: str, address: str = PAGE) -> str:
    answer = signed_in(world.app, email).get(address)
    assert answer.status_code == 200
    return plain(answer.text)


def some_wait(world: World) -> None:
    """One is granted, two wait."""
    with world.app.app_context():
        decided(world)
        set_envelope(world, 0)
        joined(world, [dossier_of(world, SME), dossier_of(world, MICRO, complete=NOW - timedelta(days=1))])


def test_where_it_stands(any_world: World) -> None:
    some_wait(any_world)
    text = text_of(any_world, any_world.officer.email)
    for words in (
        "Budget 2026",
        "4 500,00 €",
        "9 000,00 €",
        "2 dossiers",
        "Toutes les entreprises, rang 1",
        "l’enveloppe est épuisée le 22 novembre 2026",
        "Loi de finances fictive pour 2026",
    ):
        assert words in text, words
    assert text.index("Entreprise 901101105") < text.index("Entreprise 901201202"), "complete first"


def test_the_pace(world: World) -> None:
    """4 500.00 in 30 days: 150.00 a day; 450.00 left are used up in three days."""
    with world.app.app_context():
        decided(world)
        set_envelope(world, 450_00)
    text = text_of(world, world.accounting_officer.email)
    assert "l’enveloppe est épuisée le 25 novembre 2026" in text
    assert "150,00 €" in text
    assert "50,00 €" in text, "over 90 days"
    assert "01/12/2026" in text, "nine days at 50.00"


def test_nothing_committed_nothing_exhausted(world: World) -> None:
    assert "n’est pas épuisée au 31 décembre 2026" in text_of(world, world.officer.email)


def test_an_act_serves_the_list(any_world: World) -> None:
    some_wait(any_world)
    answer = signed_in(any_world.app, any_world.officer.email).post(f"{PAGE}/2026/actes", data=ACT)
    assert answer.status_code == 302
    text = text_of(any_world, any_world.officer.email)
    assert "Décret d’avance 12" in text
    run_jobs(any_world)
    with any_world.app.app_context():
        assert figures_of()[:2] == (13_500_00, 13_500_00)
        check_books()
    assert "Personne n’attend de crédits" in text_of(any_world, any_world.officer.email)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"direction": "retrait", "amount": "50 000 001"}, "ne peut pas descendre plus bas"),
        ({"amount": ""}, "Indiquez le montant."),
        ({"amount": "dix"}, "Écrivez un montant en euros"),
        ({"amount": "0"}, "autre que zéro"),
        ({"direction": ""}, "Choisissez ce que fait l’acte."),
        ({"reference": ""}, "référence"),
        ({"reference": "x" * 121}, "abrégez-la"),
        ({"signed_on": "2026-11-23"}, "il doit être signé"),
        ({"signed_on": "hier"}, "Écrivez une date"),
    ],
)
def test_what_is_typed_wrong_is_kept_and_said(world: World, changed: dict[str, str], words: str) -> None:
    answer = signed_in(world.app, world.officer.email).post(f"{PAGE}/2026/actes", data=ACT | changed)
    assert answer.status_code == 422
    assert words in plain(answer.text)
    with world.app.app_context():
        assert figures_of()[0] == 50_000_000_00


def test_the_next_year_is_opened_here(world: World) -> None:
    visitor = signed_in(world.app, world.officer.email)
    answer = visitor.post(f"{PAGE}/2027/ouverture", data=ACT)
    assert answer.status_code == 422
    assert "déjà ouverte" in plain(answer.text)
    assert visitor.get(f"{PAGE}?annee=2029").status_code == 404
    assert visitor.post(f"{PAGE}/2029/ouverture", data=ACT).status_code == 404
    with world.app.app_context():
        assert db.session.query(Envelope).count() == db.session.query(EnvelopeAct).count() == 2
        assert db.session.query(LedgerEntry).count() == 2
        db.session.rollback()


def test_the_accounting_officer_reads_and_enters_nothing(world: World) -> None:
    visitor = signed_in(world.app, world.accounting_officer.email)
    page = visitor.get(PAGE)
    assert "Inscrire" not in plain(page.text).replace("Inscrit", "")
    assert visitor.post(f"{PAGE}/2026/actes", data=ACT).status_code == 403


def test_the_tables_to_keep(world: World) -> None:
    some_wait(world)
    visitor = signed_in(world.app, world.officer.email)
    waiting = visitor.get(f"{PAGE}/2026/attente.csv").data.decode("utf-8-sig")
    assert waiting.splitlines()[1].startswith("Toutes les entreprises;1;BS-2026-")
    assert "4500,00" in waiting
    for table in ("mois", "rythme", "attente", "actes"):
        for kind in ("csv", "xlsx"):
            assert visitor.get(f"{PAGE}/2026/{table}.{kind}").status_code == 200
    assert visitor.get(f"{PAGE}/2026/autre.csv").status_code == 404


def test_the_list_is_the_same_whatever_the_year_shown(world: World) -> None:
    some_wait(world)
    assert "rang 2" in text_of(world, world.officer.email, f"{PAGE}?annee=2027")


def test_a_dossier_that_waits_says_its_rank_today(any_world: World) -> None:
    """On its company's page and the agents'; it changes with those before it, and goes once served."""
    with any_world.app.app_context():
        set_envelope(any_world, 0)
        before = dossier_of(any_world, MICRO, complete=NOW - timedelta(days=1))
        own = filed(any_world, draft(any_world))
        joined(any_world, [before, own])
    company, agent = f"/entreprise/dossiers/{own.number}", f"/agent/dossiers/{own.number}"
    for email, address in ((any_world.owner.email, company), (any_world.officer.email, agent)):
        assert "Rang 2 de la liste d’attente aujourd’hui" in text_of(any_world, email, address)
    with any_world.app.app_context():
        leave(db.session.get_one(Claim, before.id), "withdraw", NOW)
        db.session.commit()
    assert "Rang 1 de la liste d’attente" in text_of(any_world, any_world.owner.email, company)
