"""Filing (art. 11): a number without gaps, a clock, an acknowledgement that nothing changes any more."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.calendar import PARIS
from bonus.claims.acknowledgement import AcknowledgementContent
from bonus.claims.assessing import assess
from bonus.claims.filing import abandon, file_claim
from bonus.claims.intake import remove_invoice
from bonus.companies.models import Company
from bonus.errors import Forbidden, Refusal
from bonus.extensions import db
from bonus.numbering import Counter
from bonus.parts import service_contact
from tests.claims.reading import claim_of, status_of
from tests.support.bills import Item, bill, demo_files
from tests.support.words import plain
from tests.support.world import NOW, ON, World, decided, draft, filed, proposed


def at(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=PARIS)  # type: ignore[misc, arg-type]


def test_a_filed_dossier(any_world: World, any_session: Session) -> None:
    dossier = filed(any_world, draft(any_world, demo_files(ON)))
    claim = claim_of(dossier)
    assert (claim.status, claim.number, claim.filed_at) == ("filed", "BS-2026-000001", NOW)
    assert claim.decision_due_on == date(2027, 1, 22)
    [change] = claim.changes
    assert (change.action, change.old_status, change.new_status) == ("file", "draft", "filed")
    assert (change.person_id, change.at, change.address) == (any_world.owner.person_id, NOW, "192.0.2.7")


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        (at(2026, 3, 10, 12), date(2026, 5, 10)),  # a Sunday: weekends do not move this date
        (at(2026, 12, 31, 23, 59), date(2027, 2, 28)),
        (at(2027, 1, 1), date(2027, 3, 1)),
        (at(2027, 12, 31, 12), date(2028, 2, 29)),
        (at(2026, 6, 30, 12), date(2026, 8, 30)),
        (datetime(2026, 3, 31, 22, 30, tzinfo=UTC), date(2026, 6, 1)),  # already 1 April in Paris
    ],
)
def test_two_calendar_months(world: World, session: Session, moment: datetime, due: date) -> None:
    file = bill(issued_on=moment.date() - timedelta(days=3))
    assert claim_of(filed(world, draft(world, [file], now=moment), now=moment)).decision_due_on == due


def test_numbers_follow_each_other_and_begin_again_with_the_year_in_paris(
    any_world: World, any_session: Session
) -> None:
    moments = [NOW, NOW, at(2026, 12, 31, 23, 59), datetime(2026, 12, 31, 23, 0, tzinfo=UTC), at(2027, 2, 1)]
    drafts = [draft(any_world, now=moment) for moment in moments]
    numbers = [filed(any_world, one, now=moment).number for one, moment in zip(drafts, moments, strict=True)]
    assert numbers == [
        "BS-2026-000001",
        "BS-2026-000002",
        "BS-2026-000003",
        "BS-2027-000001",
        "BS-2027-000002",
    ]


def test_a_filing_that_fails_takes_no_number(any_world: World, any_session: Session) -> None:
    empty = draft(any_world, [])
    for _ in range(3):
        with pytest.raises(Refusal):
            file_claim(empty.id, service_contact(), any_world.owner, NOW)
        db.session.rollback()
    with pytest.raises(Forbidden):  # after the number was taken, before the commit
        file_claim(draft(any_world).id, service_contact(), any_world.reviewer, NOW)
    db.session.rollback()
    assert db.session.get(Counter, ("claims", 2026)) is None
    assert filed(any_world).number == "BS-2026-000001"


def test_an_empty_dossier_is_not_filed(world: World, session: Session) -> None:
    empty = draft(world, [])
    with pytest.raises(Refusal) as refusal:
        filed(world, empty)
    assert refusal.value.code == "claim.empty"
    assert "aucune facture" in refusal.value.sentence
    db.session.rollback()
    assert (status_of(empty), claim_of(empty).number) == ("draft", None)
    emptied = draft(world)
    remove_invoice(emptied.id, claim_of(emptied).invoices[0].id, world.owner, NOW)
    with pytest.raises(Refusal, match=r"claim\.empty"):
        filed(world, emptied)


def test_it_is_filed_once(any_world: World, any_session: Session) -> None:
    dossier = filed(any_world)
    with pytest.raises(Refusal) as refusal:
        file_claim(dossier.id, service_contact(), any_world.owner, NOW + timedelta(days=1))
    assert refusal.value.code == "claim.not_a_draft"
    db.session.rollback()
    assert (claim_of(dossier).number, claim_of(dossier).filed_at) == ("BS-2026-000001", NOW)


def test_what_will_be_refused_may_be_filed(world: World, session: Session) -> None:
    """The right to a decision, with its reasons, does not depend on what it will say."""
    dossier = filed(world, draft(world, [bill(Item(10_00, "Chaise", "CH"), issued_on=date(2026, 1, 2))]))
    assert status_of(dossier) == "filed"
    assert assess(claim_of(dossier), NOW).outcome == "refused"


# ---------------------------------------------------------------- the acknowledgement


def test_the_acknowledgement_says_what_was_filed(any_world: World, any_session: Session) -> None:
    dossier = filed(any_world, draft(any_world, demo_files(ON)))
    any_session.expire_all()
    stored = claim_of(dossier).acknowledgement
    assert stored is not None
    content = AcknowledgementContent.from_dict(stored)
    assert (content.claim_number, content.siren, content.filed_at) == (dossier.number, "900300401", NOW)
    assert content.decision_due == date(2027, 1, 22)
    assert [invoice.net_cents for invoice in content.invoices] == [18_563_00, -456_00, 4_850_00]
    assert (content.total_net_cents, content.expected_bonus_cents) == (22_957_00, 6_957_94)
    text = " ".join(paragraph for section in content.sections for paragraph in section.paragraphs)
    for said in ("22\u00a0janvier\u00a02027", "silence vaut rejet", "L231-4", "deux mois francs", "L311-3-1"):
        assert said in text
    assert content.service == service_contact()


def test_the_acknowledgement_is_frozen(world: World, session: Session) -> None:
    dossier = filed(world)
    before = claim_of(dossier).acknowledgement
    company = db.session.get_one(Company, world.company_id)
    company.name, company.headcount = "Autre nom", 9_999
    db.session.commit()
    proposed(world, dossier)
    assert claim_of(dossier).acknowledgement == before
    assert before is not None
    assert before["company_name"] == "Atelier Fictif SAS"


def test_the_audit_entry_bears_deadline_and_total(world: World, session: Session) -> None:
    filed(world)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "claim.filed")).one()
    assert entry.subject == "claim:BS-2026-000001"
    assert entry.facts["decision_due_on"] == "2027-01-22"
    assert (entry.facts["total_cents"], entry.facts["expected_bonus_cents"]) == (10_000_00, 4_500_00)


# ---------------------------------------------------------------- giving up


@pytest.mark.parametrize("carry", [draft, filed, proposed])
def test_a_company_may_give_up_until_the_decision(world: World, session: Session, carry: object) -> None:
    dossier = carry(world)  # type: ignore[operator]
    abandon(dossier.id, world.owner, NOW)
    assert status_of(dossier) == "abandoned"
    with pytest.raises(Refusal, match=r"claim\.wrong_status"):
        abandon(dossier.id, world.owner, NOW)


def test_not_after_the_decision_and_not_by_an_agent(world: World, session: Session) -> None:
    dossier = decided(world)
    with pytest.raises(Refusal) as refusal:
        abandon(dossier.id, world.owner, NOW)
    assert "« accordé »" in plain(refusal.value.sentence)
    db.session.rollback()
    with pytest.raises(Forbidden):
        abandon(filed(world).id, world.officer, NOW)
