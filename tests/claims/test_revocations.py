"""Taking back a decision (art. 11): three grounds, the company heard first, limits to the day, two persons."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.audit.service import Actor
from bonus.certificates.held import certificate_in_force
from bonus.certificates.models import TaxCertificate
from bonus.claims.letters import content_of
from bonus.claims.messages import may_be_written_to
from bonus.claims.notification import appeal_until, record_opening
from bonus.claims.revocation_days import decidable_from, last_day, open_revocation_of
from bonus.claims.revocation_models import Revocation
from bonus.claims.revocations import decide_revocation, observe, open_revocation
from bonus.claims.room import undertaking_room
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.parts import document_store
from bonus.payments.due import due_orders
from bonus.payments.models import PaymentOrder
from tests.claims.reading import claim_of, decision_of, status_of
from tests.support.letters import letter_of
from tests.support.papers import plain_pdf
from tests.support.payments import reason_of, sent_batch
from tests.support.requests import at, filed_on
from tests.support.revocations import DECIDED, FACTS, WHY, granted, heard
from tests.support.words import plain
from tests.support.world import Dossier, World, certified, close_year, run_jobs

DAY = timedelta(days=1)
SAID = "Le service a bien été rendu : voici le procès-verbal de recette."


def open_on(world: World, dossier: Dossier, ground: str, day: date) -> Revocation:
    return open_revocation(dossier.id, ground, FACTS, world.reviewer, at(day))


def test_proposed_heard_revoked(any_world: World, any_session: Session) -> None:
    dossier = granted(any_world)
    run_jobs(any_world, at(DECIDED))
    opened = DECIDED + DAY
    open_on(any_world, dossier, "conditions", opened)
    assert status_of(dossier) == "granted", "nothing is decided"
    record_opening(claim_of(dossier), any_world.owner, at(opened))
    observe(
        dossier.id, SAID, [("pv.pdf", plain_pdf(words="PV"))], document_store(), any_world.owner, at(opened)
    )
    running = open_revocation_of(dossier.id)
    assert running is not None
    assert (running.observations, len(running.documents)) == (SAID, 1)
    decide_revocation(dossier.id, "revoke", WHY, any_world.officer, at(opened + 16 * DAY))
    assert (status_of(dossier), running.status) == ("revoked", "revoked")
    order = db.session.scalars(select(PaymentOrder)).one()
    assert (order.status, reason_of(order)) == ("held", "revoked")
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "claim.revoked")).one()
    assert (entry.facts["article"], entry.facts["held"], entry.facts["undue_cents"]) == (
        "L242-2",
        [order.number],
        0,
    )
    run_jobs(any_world, at(opened + 16 * DAY))
    said = plain("\n".join(block.text for block in content_of(letter_of(dossier, "revoked")).blocks))
    for expected in (
        "L242-2",
        FACTS,
        WHY,
        any_world.officer.name,
        "deux mois francs",
        "tribunal administratif",
    ):
        assert expected in said


@pytest.mark.parametrize("days", [0, 1, 15])
def test_not_before_fifteen_whole_days(world: World, session: Session, days: int) -> None:
    dossier = heard(world)
    with pytest.raises(Refusal) as refusal:
        decide_revocation(dossier.id, "revoke", WHY, world.officer, at(DECIDED + days * DAY))
    assert refusal.value.code == "revocation.hearing"
    assert "à partir du 26 mars 2026" in plain(refusal.value.sentence)


def test_the_day_after_fifteen_whole_days(world: World, session: Session) -> None:
    dossier = heard(world)
    decide_revocation(dossier.id, "revoke", WHY, world.officer, at(DECIDED + 16 * DAY))
    assert status_of(dossier) == "revoked"


def test_fifteen_days_run_from_the_notification(world: World, session: Session) -> None:
    """Opened five days later, five days more; never opened, from the day it was sent, known sixteen days after."""
    late, never = heard(world, opened=DECIDED + 5 * DAY), heard(world, opened=None)
    running = [open_revocation_of(dossier.id) for dossier in (late, never)]
    assert running[0] is not None
    assert running[1] is not None
    assert decidable_from(running[0], DECIDED + 5 * DAY) == DECIDED + 21 * DAY
    with pytest.raises(Refusal) as refusal:
        decide_revocation(never.id, "revoke", WHY, world.officer, at(DECIDED + 15 * DAY))
    assert refusal.value.code == "revocation.not_notified"
    db.session.rollback()
    decide_revocation(never.id, "revoke", WHY, world.officer, at(DECIDED + 16 * DAY))
    assert status_of(never) == "revoked"


def test_an_unlawful_decision_within_four_months_to_the_day(world: World, session: Session) -> None:
    """Decided 10 March: until 10 July, hearing and all."""
    limit = date(2026, 7, 10)
    dossier = granted(world)
    assert last_day(claim_of(dossier), "unlawful") == limit
    assert last_day(claim_of(dossier), "fraud") is last_day(claim_of(dossier), "conditions") is None
    with pytest.raises(Refusal) as refusal:
        open_on(world, dossier, "unlawful", limit - 15 * DAY)
    assert "10 juillet 2026" in plain(refusal.value.sentence)
    db.session.rollback()
    open_on(world, dossier, "unlawful", limit - 16 * DAY)
    record_opening(claim_of(dossier), world.owner, at(limit - 16 * DAY))
    with pytest.raises(Refusal) as refusal:
        decide_revocation(dossier.id, "revoke", WHY, world.officer, at(limit + DAY))
    assert refusal.value.code == "revocation.too_late"
    db.session.rollback()
    decide_revocation(dossier.id, "revoke", WHY, world.officer, at(limit))
    assert status_of(dossier) == "revoked"


@pytest.mark.parametrize("ground", ["conditions", "fraud"])
def test_the_other_grounds_at_any_time(world: World, session: Session, ground: str) -> None:
    dossier, day = granted(world), date(2029, 3, 10)
    open_on(world, dossier, ground, day)
    record_opening(claim_of(dossier), world.owner, at(day))
    decide_revocation(dossier.id, "revoke", WHY, world.officer, at(day + 16 * DAY))
    assert status_of(dossier) == "revoked"


def test_messages_open_again_while_it_is_heard(world: World, session: Session) -> None:
    dossier, day = granted(world), date(2029, 3, 10)
    assert not may_be_written_to(claim_of(dossier), day)
    open_on(world, dossier, "fraud", day)
    assert may_be_written_to(claim_of(dossier), day)


def test_four_months_end_with_a_short_month(world: World, session: Session) -> None:
    assert last_day(claim_of(granted(world, day=date(2026, 10, 31))), "unlawful") == date(2027, 2, 28)


def test_two_persons(any_world: World, any_session: Session) -> None:
    dossier = heard(any_world)
    both = Actor(
        "Les deux", any_world.reviewer.person_id, None, frozenset({"reviewer", "authorising_officer"})
    )
    with pytest.raises(Forbidden):
        decide_revocation(dossier.id, "revoke", WHY, both, at(DECIDED + 16 * DAY))
    db.session.rollback()
    with pytest.raises(Forbidden):
        decide_revocation(dossier.id, "revoke", WHY, any_world.other_reviewer, at(DECIDED + 16 * DAY))
    db.session.rollback()
    done = "UPDATE revocations SET status = 'revoked', reasons = 'r', decided_at = opened_at, "
    with pytest.raises(IntegrityError, match="two_persons"):
        db.session.execute(text(done + "decided_by_id = opened_by_id"))
    db.session.rollback()
    other = granted(any_world)
    officer = Actor("Ordonnateur", any_world.officer.person_id, None, frozenset({"reviewer"}))
    with pytest.raises(Forbidden):  # who decided the dossier proposes nothing as a reviewer
        open_revocation(other.id, "fraud", FACTS, officer, at(DECIDED + DAY))


def test_what_is_refused(world: World, session: Session) -> None:
    dossier, day = granted(world), DECIDED + DAY
    waiting = filed_on(world)
    for ground, facts, actor, error in (
        ("whim", FACTS, world.reviewer, InvalidInput),
        ("fraud", "Trop court.", world.reviewer, InvalidInput),
        ("fraud", "x" * 5001, world.reviewer, InvalidInput),
        ("fraud", FACTS, world.officer, Forbidden),
        ("fraud", FACTS, world.owner, Forbidden),
    ):
        with pytest.raises(error):
            open_revocation(dossier.id, ground, facts, actor, at(day))
        db.session.rollback()
    with pytest.raises(Refusal) as refusal:
        open_on(world, waiting, "fraud", day)
    assert refusal.value.code == "revocation.nothing_granted"
    db.session.rollback()
    with pytest.raises(NotFound):
        decide_revocation(dossier.id, "drop", WHY, world.officer, at(day))
    db.session.rollback()
    open_on(world, dossier, "fraud", day)
    with pytest.raises(Refusal) as refusal:
        open_on(world, dossier, "fraud", day)
    assert refusal.value.code == "revocation.open_already"
    db.session.rollback()
    with pytest.raises(InvalidInput):
        decide_revocation(dossier.id, "drop", "Non.", world.officer, at(day))


def test_observations_once_and_whole(world: World, session: Session) -> None:
    dossier, store, now = heard(world), document_store(), at(DECIDED)
    for words, files in (
        ("Non.", []),
        ("x" * 5001, []),
        (SAID, [("pv.pdf", plain_pdf(words="PV")), ("virus.exe", b"MZ")]),
        (SAID, [(f"{n}.pdf", plain_pdf(words=str(n))) for n in range(11)]),
    ):
        with pytest.raises(InvalidInput):
            observe(dossier.id, words, files, store, world.owner, now)
        db.session.rollback()
    running = open_revocation_of(dossier.id)
    assert running is not None
    assert (running.observations, running.documents) == (None, [])
    observe(dossier.id, SAID, [], store, world.owner, now)
    with pytest.raises(Refusal) as refusal:
        observe(dossier.id, SAID, [], store, world.owner, now)
    assert refusal.value.code == "revocation.observed"


def test_dropped_nothing_changes(any_world: World, any_session: Session) -> None:
    dossier = heard(any_world)
    run_jobs(any_world, at(DECIDED))
    decide_revocation(dossier.id, "drop", WHY, any_world.officer, at(DECIDED))
    assert status_of(dossier) == "granted"
    assert [order.status for order in db.session.scalars(select(PaymentOrder))] == ["to_pay"]
    assert letter_of(dossier).kind == "dropped"
    open_on(any_world, dossier, "fraud", DECIDED + DAY)  # another may be opened


def test_an_order_made_after_is_held(world: World, session: Session) -> None:
    """The job of the payment comes late: the dossier is already taken back."""
    dossier = heard(world)
    decide_revocation(dossier.id, "revoke", WHY, world.officer, at(DECIDED + 16 * DAY))
    run_jobs(world, at(DECIDED + 16 * DAY))
    order = db.session.scalars(select(PaymentOrder)).one()
    assert (order.status, reason_of(order)) == ("held", "revoked")
    assert due_orders(world.accounting_officer).payable == []


def test_what_was_sent_is_said_undue(world: World, session: Session) -> None:
    dossier = heard(world)
    run_jobs(world, at(DECIDED))
    sent_batch(DECIDED, DECIDED, world.accounting_officer, at(DECIDED))
    decide_revocation(dossier.id, "revoke", WHY, world.officer, at(DECIDED + 16 * DAY))
    order = db.session.scalars(select(PaymentOrder)).one()
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "claim.revoked")).one()
    assert (order.status, entry.facts["sent"]) == ("sent", [order.number])
    assert entry.facts["undue_cents"] == decision_of(dossier).bonus_cents == 4_500_00


CLOSED = DECIDED - DAY
"""The last day of a fiscal year: its certificate may be asked for on the day of the decision."""


def test_the_certificate_is_corrected(any_world: World, any_session: Session) -> None:
    dossier, kept = heard(any_world), granted(any_world)
    close_year(any_world, CLOSED)
    certified(any_world, end=CLOSED, now=at(DECIDED))
    run_jobs(any_world, at(DECIDED))
    decide_revocation(dossier.id, "revoke", WHY, any_world.officer, at(DECIDED + 16 * DAY))
    run_jobs(any_world, at(DECIDED + 16 * DAY))
    found = certificate_in_force(any_world.company_id, CLOSED)
    assert found is not None
    assert [row["claim_number"] for row in found.content["purchases"]] == [kept.number]
    assert found.replaces is not None
    assert db.session.query(TaxCertificate).count() == 2


def test_it_consumes_the_ceilings_until_repaid(world: World, session: Session) -> None:
    """Art. 14: only what is repaid frees arts. 6 and 7."""
    dossier = heard(world)
    company = claim_of(dossier).company
    before = undertaking_room(company, DECIDED + 20 * DAY)
    decide_revocation(dossier.id, "revoke", WHY, world.officer, at(DECIDED + 16 * DAY))
    assert undertaking_room(company, DECIDED + 20 * DAY) == before


def test_its_appeal_runs_from_its_own_notification(world: World, session: Session) -> None:
    dossier, day = heard(world), DECIDED + 16 * DAY
    decide_revocation(dossier.id, "revoke", WHY, world.officer, at(day))
    assert appeal_until(decision_of(dossier), day) is None
    record_opening(claim_of(dossier), world.owner, at(day))
    assert appeal_until(decision_of(dossier), day) == date(2026, 5, 27)
