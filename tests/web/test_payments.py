"""The accounting officer's page: what is due, the batch, its file; and what another must pay."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import etree
from sqlalchemy import select

from bonus.accounts.models import AgentRole
from bonus.audit.models import AuditEntry
from bonus.companies.models import BankAccount
from bonus.extensions import db
from bonus.payments.models import PaymentBatch, PaymentFile, PaymentOrder
from tests.support.bills import bill
from tests.support.world import ON, World, decided, draft, run_jobs, settled
from tests.web.visitor import Visitor, document, errors, signed_in, words

PAGE, BATCHES = "/agent/paiements", "/agent/paiements/lots"
PAIN = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"


@pytest.fixture
def officer(world: World) -> Visitor:
    return signed_in(world.app, world.accounting_officer.email)


def batch(officer: Visitor, day: str = ON.isoformat()) -> str:
    """Make a batch; the page's words."""
    return words(officer.follow(officer.post(BATCHES, {"execution_on": day})))


def signed_and_written(world: World, number: str = "LOT-2026-000001") -> str:
    """Another officer signs it and has its file written; the page's words."""
    other = signed_in(world.app, world.other_accounting_officer.email)
    other.post(f"{BATCHES}/{number}/signature", {})
    return words(other.follow(other.post(f"{BATCHES}/{number}/fichier", {})))


def test_with_nothing_due(world: World, officer: Visitor) -> None:
    page = officer.get(PAGE)
    assert "Rien à payer" in words(page)
    assert not document(page).xpath("//main//form")
    response = officer.post(BATCHES, {"execution_on": ON.isoformat()})
    assert response.status_code == 422
    assert errors(response) == ["Aucun ordre n’est à payer pour le moment."]


def test_from_what_is_due_to_the_file(world: World, officer: Visitor) -> None:
    first = settled(world)
    second = settled(world, draft(world, [bill(number="F-2")]))
    page = officer.get(PAGE)
    text = words(page)
    for expected in (
        "OP-2026-000001",
        "OP-2026-000002",
        str(first.number),
        str(second.number),
        "9 000,00 €",
        "Atelier Fictif SAS",
    ):
        assert expected in text, expected
    assert document(page).xpath('//input[@name="execution_on"]/@value') == [ON.isoformat()], (
        "today is proposed"
    )
    text = batch(officer)
    assert "Le lot LOT-2026-000001 est constitué : un autre agent comptable doit le signer." in text
    assert "Rien à payer" in words(officer.get(PAGE))
    assert "Signer le lot" not in text, "who made it does not sign it (art. 12)"
    assert errors(officer.post(f"{BATCHES}/LOT-2026-000001/signature", {})) == [
        "Vous avez constitué ce lot : un autre agent comptable doit le signer (art. 12)."
    ]
    assert "téléchargez-le et remettez-le à la banque" in signed_and_written(world)
    (link,) = document(officer.get(f"{BATCHES}/LOT-2026-000001")).xpath(
        '//main//a[contains(@href, ".xml")]/@href'
    )
    response = officer.get(link)
    assert response.mimetype == "application/xml"
    assert response.headers["Content-Disposition"] == "attachment; filename=LOT-2026-000001-01.xml"
    root = etree.fromstring(response.data)
    assert root.tag == f"{PAIN}Document"
    assert root.findtext(f".//{PAIN}GrpHdr/{PAIN}CtrlSum") == "9000.00"
    assert [item.text for item in root.iter(f"{PAIN}InstdAmt")] == ["4500.00", "4500.00"]
    assert officer.get(link).data == response.data, "the same bytes, always"
    with world.app.app_context():
        taken = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "payment.file_downloaded")
        ).all()
        assert len(taken) == 2
        assert {entry.facts["sha256"] for entry in taken} == {
            db.session.scalars(select(PaymentFile.sha256)).one()
        }
    sent = words(officer.follow(officer.post(f"{BATCHES}/LOT-2026-000001/remise", {})))
    assert "La remise à la banque est notée" in sent
    with world.app.app_context():
        assert set(db.session.scalars(select(PaymentOrder.status))) == {"sent"}


def test_a_second_batch_pays_nothing_again(world: World, officer: Visitor) -> None:
    settled(world)
    batch(officer)
    assert errors(officer.post(BATCHES, {"execution_on": ON.isoformat()})) == [
        "Aucun ordre n’est à payer pour le moment."
    ]
    with world.app.app_context():
        assert len(db.session.scalars(select(PaymentBatch)).all()) == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            (ON - timedelta(days=1)).isoformat(),
            "La date d’exécution est passée : choisissez aujourd’hui ou un jour à venir.",
        ),
        ("", "Indiquez la date d’exécution."),
        ("demain", "Écrivez une date, par exemple 22/11/2026."),
        ("2026-13-45", "Écrivez une date, par exemple 22/11/2026."),
        ("31/11/2026", "Écrivez une date, par exemple 22/11/2026."),
    ],
)
def test_a_day_that_cannot_be_is_said_at_its_field_and_kept(
    world: World, officer: Visitor, typed: str, said: str
) -> None:
    settled(world)
    response = officer.post(BATCHES, {"execution_on": typed})
    assert response.status_code == 422
    assert errors(response) == [said]
    assert document(response).xpath('//input[@name="execution_on"]/@value') == ([typed] if typed else [""])
    assert document(response).xpath('//input[@name="execution_on"]/@aria-invalid') == ["true"]
    with world.app.app_context():
        assert db.session.scalars(select(PaymentBatch)).all() == []


@pytest.mark.parametrize("typed", ["2026-12-01", "01/12/2026"])
def test_a_day_to_come_is_the_banks(world: World, officer: Visitor, typed: str) -> None:
    settled(world)
    batch(officer, typed)
    signed_and_written(world)
    root = etree.fromstring(officer.get("/agent/paiements/fichiers/LOT-2026-000001-01.xml").data)
    assert root.findtext(f".//{PAIN}ReqdExctnDt/{PAIN}Dt") == "2026-12-01"


def test_who_acted_on_a_dossier_does_not_pay_it(world: World) -> None:
    with world.app.app_context():
        db.session.add(AgentRole(person_id=world.officer.person_id, role="accounting_officer"))
        db.session.commit()
    settled(world)
    both = signed_in(world.app, world.officer.email)
    text = words(both.get(PAGE))
    assert "Rien à payer" in text
    assert "À payer par une autre personne" in text
    assert "OP-2026-000001" in text
    assert errors(both.post(BATCHES, {"execution_on": ON.isoformat()})) == [
        (
            "Vous êtes déjà intervenu sur le dossier BS-2026-000001 à un autre titre : un autre agent comptable doit "
            "payer (art. 12)."
        )
    ]
    assert "est constitué" in batch(signed_in(world.app, world.accounting_officer.email))


def test_without_a_checked_account_the_order_is_held_and_says_why(world: World, officer: Visitor) -> None:
    with world.app.app_context():
        account = db.session.scalars(
            select(BankAccount).where(BankAccount.company_id == world.company_id)
        ).one()
        account.checked_at = None
        db.session.commit()
    settled(world)
    text = words(officer.get(PAGE))
    assert "Retenus" in text
    assert "L’entreprise n’a pas de compte bancaire vérifié (art. 13)." in text
    assert "Rien à payer" in text
    company = words(signed_in(world.app, world.owner.email).get("/entreprise/dossiers/BS-2026-000001"))
    assert "Versement retenu" in company


def test_an_order_that_is_late_is_shown(world: World) -> None:
    settled(world)
    with world.app.app_context():
        assert db.session.scalars(select(PaymentOrder)).one().due_on == ON + timedelta(days=30)
    clock = world.app.config["CLOCK"]
    world.app.config["CLOCK"] = lambda: clock() + timedelta(days=31)
    text = words(signed_in(world.app, world.accounting_officer.email).get(PAGE))
    assert "Un ordre a dépassé les trente jours (art. 13)." in text
    assert "Retard d’un jour" in text


def test_a_decision_whose_jobs_wait_is_not_yet_due(world: World, officer: Visitor) -> None:
    decided(world)
    assert "Rien à payer" in words(officer.get(PAGE))
    run_jobs(world)
    assert "OP-2026-000001" in words(officer.get(PAGE))
