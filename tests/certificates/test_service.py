"""Issuing (art. 15): per fiscal year, once it is closed, each new one revoking the former."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.accounts.models import FirmMember, Person
from bonus.audit.models import AuditEntry
from bonus.certificates.content import CertificateContent, content_digest
from bonus.certificates.held import (
    certificate_in_force,
    certificates_of_company,
    certificates_of_firm,
    mandates_of_firm,
    trace_download,
)
from bonus.certificates.models import TaxCertificate
from bonus.certificates.numbering import is_well_formed
from bonus.certificates.service import certify_decision, choose_regime, request_certificate
from bonus.companies.models import Company, FiscalYear, Mandate
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.numbering import Counter
from tests.claims.reading import decision_of
from tests.support.bills import Item, bill, demo_files
from tests.support.crew import Crew
from tests.support.world import (
    NOW,
    ON,
    YEAR_CLOSED,
    YEAR_END,
    Dossier,
    World,
    another_company,
    decided,
    draft,
    filed,
    party_of,
)

CHAIR = Item(1_000_00, "Chaise", "CH-1")
JANUARY = YEAR_CLOSED
APRIL = datetime(2027, 4, 1, 9, tzinfo=UTC)


def certified(world: World, dossier: Dossier | None = None, now: datetime = JANUARY) -> TaxCertificate:
    """The certificate of 2026 asked for after a decision."""
    decided(world, dossier)
    return request_certificate(world.company_id, YEAR_END, world.owner, now)


def content(certificate: TaxCertificate) -> CertificateContent:
    return CertificateContent.from_dict(certificate.content)


def company_of(world: World) -> Company:
    return db.session.get_one(Company, world.company_id)


def fiscal_years(world: World, *bounds: tuple[date, date], regime: str = "reduction") -> None:
    company = company_of(world)
    for year in list(company.fiscal_years):
        db.session.delete(year)
    db.session.flush()
    db.session.expire(company)
    company.fiscal_years = [
        FiscalYear(starts_on=start, ends_on=end, turnover_cents=1_000_00, regime=regime)
        for start, end in bounds
    ]
    db.session.commit()


def test_what_it_says_is_frozen_with_its_inputs_and_hash(any_world: World, any_session: Session) -> None:
    dossier = draft(any_world, [*demo_files(ON), bill(CHAIR)])
    certificate = certified(any_world, dossier)
    any_session.expire_all()
    assert (certificate.year, certificate.sequence, is_well_formed(certificate.number)) == (2027, 1, True)
    assert content_digest(certificate.content) == certificate.content_sha256
    assert certificate.inputs is not None
    assert content_digest(certificate.inputs) == certificate.inputs_sha256
    assert hashlib.sha256(certificate.pdf).hexdigest() == certificate.pdf_sha256
    said = content(certificate)
    assert (said.number, said.key, said.issued_on) == (certificate.number, certificate.key, date(2027, 1, 4))
    assert (said.fiscal_year_start, said.fiscal_year_end) == (date(2026, 1, 1), YEAR_END)
    assert (said.fiscal_year_closed, said.regime, said.replaces) == (True, "reduction", None)
    lines = [line for line in decision_of(dossier).lines if line.status == "eligible"]
    assert len(lines) == 5  # of the six: nobody certified the chair
    assert sorted((row.eligible_base_cents, row.bonus_cents) for row in said.purchases) == sorted(
        (line.base_cents, line.bonus_cents) for line in lines
    )
    assert said.total_bonus_cents == 6_957_94
    assert said.total_incentive_base_cents == said.total_eligible_base_cents - 6_957_94
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "certificate.issued")).one()
    assert (entry.facts["number"], entry.facts["cause"], entry.facts["revokes"]) == (
        said.number,
        "request",
        None,
    )


def test_art_8_is_worked_out_over_the_years(world: World, session: Session) -> None:
    """50 000 € bought in 2026: bonus 22 500 €, base 27 500 €; 20 000 € (the floor) are used, 7 500 € carried over,
    and used in 2027, a year without a purchase."""
    fiscal_years(world, *((date(year, 1, 1), date(year, 12, 31)) for year in (2026, 2027)))
    first = certified(world, draft(world, [bill(Item(50_000_00))]))
    working = content(first).working
    assert working is not None
    assert (working.own_base_cents, working.ceiling_cents, working.base_used_cents) == (
        27_500_00,
        20_000_00,
        20_000_00,
    )
    assert (working.reduction_euros, working.deduction_euros) == (12_000, 0)
    [carried] = working.carried
    assert (carried.from_year_end, carried.cents, carried.years_left, carried.until) == (
        "2026-12-31",
        7_500_00,
        5,
        "2031-12-31",
    )
    second = request_certificate(
        world.company_id, date(2027, 12, 31), world.owner, datetime(2028, 1, 3, 9, tzinfo=UTC)
    )
    later = content(second).working
    assert later is not None
    assert (later.own_base_cents, later.base_used_cents, later.reduction_euros) == (0, 7_500_00, 4_500)
    assert [use.from_year_end for use in later.uses] == ["2026-12-31"]
    assert content(second).purchases == ()


def test_later_changes_do_not_reach_it(world: World, session: Session) -> None:
    certificate = certified(world)
    before = certificate.content_sha256
    company_of(world).name = "Autre nom"
    db.session.commit()
    assert content_digest(certificate.content) == before
    assert content(certificate).company.name == "Atelier Fictif SAS"
    again = request_certificate(world.company_id, YEAR_END, world.owner, APRIL)
    assert again.number == certificate.number, "another name changes nothing that is certified"


def test_a_year_that_is_not_closed(any_world: World, any_session: Session) -> None:
    """Its last day is still in it, in Paris; nothing is issued, at a decision either."""
    decision = decision_of(decided(any_world))
    last_minute = datetime(2026, 12, 31, 22, 59, tzinfo=UTC)
    certify_decision(decision.id, last_minute)
    with pytest.raises(Refusal, match="n’est pas clos"):
        request_certificate(any_world.company_id, YEAR_END, any_world.owner, last_minute)
    db.session.rollback()
    assert certificates_of_company(any_world.company_id) == []
    found = request_certificate(
        any_world.company_id, YEAR_END, any_world.owner, last_minute + timedelta(minutes=1)
    )
    assert (found.year, found.sequence, found.cause) == (2027, 1, "request")


def test_the_job_run_again_issues_nothing_more(any_world: World, any_session: Session) -> None:
    certificate = certified(any_world)
    number = certificate.number
    for _ in range(2):
        certify_decision(certificate.decision_id, JANUARY + timedelta(days=1))
    assert [one.number for one in certificates_of_company(any_world.company_id)] == [number]
    assert db.session.get_one(Counter, ("certificates", 2027)).last == 1


@pytest.mark.parametrize(("now", "count"), [(datetime(2027, 3, 30, 9, tzinfo=UTC), 0), (APRIL, 1)])
def test_a_decision_after_31_march_issues_the_first(
    world: World, session: Session, now: datetime, count: int
) -> None:
    """Before, the company may ask for it, or has it on 31 March with everyone."""
    decision = decision_of(decided(world))
    certify_decision(decision.id, now)
    assert [one.cause for one in certificates_of_company(world.company_id)] == ["decision"] * count


def test_two_fiscal_years_of_its_own_in_one_dossier(any_world: World, any_session: Session) -> None:
    """From July to June: the last day of one and the first of the next."""
    fiscal_years(any_world, (date(2025, 7, 1), date(2026, 6, 30)), (date(2026, 7, 1), date(2027, 6, 30)))
    files = [bill(issued_on=date(2026, 6, 30)), bill(Item(20_000_00), issued_on=date(2026, 7, 1))]
    decided(any_world, draft(any_world, files))
    first, second = (
        request_certificate(any_world.company_id, end, any_world.owner, datetime(2027, 7, 1, 9, tzinfo=UTC))
        for end in (date(2026, 6, 30), date(2027, 6, 30))
    )
    assert (first.fiscal_year_start, second.fiscal_year_start) == (date(2025, 7, 1), date(2026, 7, 1))
    assert [content(one).total_eligible_base_cents for one in (first, second)] == [10_000_00, 20_000_00]
    assert [(one.sequence, one.revoked) for one in (first, second)] == [(1, False), (2, False)]


def test_a_company_without_fiscal_years_has_the_calendar_s(world: World, session: Session) -> None:
    fiscal_years(world)
    certificate = certified(world)
    assert (certificate.fiscal_year_start, certificate.fiscal_year_end) == (date(2026, 1, 1), YEAR_END)
    text = " ".join(part for section in content(certificate).sections for part in section.paragraphs)
    assert "n’a pas déclaré cet exercice" in text


def test_a_regime_chosen_later_corrects_it(any_world: World, any_session: Session) -> None:
    first = certified(any_world)
    [second] = choose_regime(any_world.company_id, YEAR_END, "deduction", any_world.owner, APRIL)
    assert (second.cause, content(second).regime, content(second).replaces) == (
        "regime",
        "deduction",
        first.number,
    )
    working = content(second).working
    assert working is not None
    assert (working.reduction_euros, working.deduction_euros) == (0, 1_100)  # 5 500 € in five fractions
    assert choose_regime(any_world.company_id, YEAR_END, "deduction", any_world.owner, APRIL) == []


def test_a_later_decision_replaces_and_revokes(any_world: World, any_session: Session) -> None:
    first = certified(any_world)
    for _ in range(2):
        certify_decision(decision_of(decided(any_world)).id, JANUARY)
    third, second, _ = certificates_of_company(any_world.company_id)
    assert (first.revoked, second.revoked, third.revoked) == (True, True, False)
    assert (second.replaces, first.replaced_by) == (first, second)
    assert content(second).replaces == first.number
    assert [len(content(one).purchases) for one in (first, second, third)] == [1, 2, 3]
    assert [one.sequence for one in (first, second, third)] == [1, 2, 3]
    in_force = certificate_in_force(any_world.company_id, YEAR_END)
    assert in_force is not None
    assert in_force.number == third.number


def test_a_line_at_zero_has_a_tax_base(world: World, session: Session) -> None:
    decided(world, draft(world, [bill(Item(200_000_00))]))
    certificate = certified(world)
    assert [(row.eligible_base_cents, row.bonus_cents) for row in content(certificate).purchases] == [
        (200_000_00, 60_000_00),
        (10_000_00, 0),
    ]


def test_nothing_to_certify(world: World, session: Session) -> None:
    """A public body pays no such tax; a refused dossier holds no eligible line."""

    def public(company: Company) -> None:
        company.kind = "public_body"

    company_id = another_company(world, "901101105", public)
    buyer = party_of(db.session.get_one(Company, company_id))
    decided(world, draft(world, [bill(buyer=buyer)], company_id=company_id))
    decided(world, draft(world, [bill(CHAIR)]))
    for one in (company_id, world.company_id):
        with pytest.raises(NotFound):
            request_certificate(one, YEAR_END, world.owner, JANUARY)
        db.session.rollback()
    assert db.session.get(Counter, ("certificates", 2027)) is None


def test_the_dossiers_still_open_are_named(world: World, session: Session) -> None:
    fiscal_years(world, (date(2025, 7, 1), date(2026, 6, 30)), (date(2026, 7, 1), date(2026, 12, 31)))
    named = filed(world, draft(world, [bill(issued_on=date(2026, 8, 1))]))
    filed(world, draft(world, [bill(issued_on=date(2026, 6, 1))]))  # of the other fiscal year
    draft(world, [bill(issued_on=date(2026, 8, 2))])  # not filed
    certificate = certified(world)
    assert content(certificate).open_claims == (named.number,)
    text = " ".join(part for section in content(certificate).sections for part in section.paragraphs)
    assert str(named.number) in text


def test_one_that_cannot_be_sealed_takes_no_number(any_world: World, any_session: Session) -> None:
    decided(any_world)
    with pytest.raises(ValueError, match="not valid at that time"):
        request_certificate(any_world.company_id, YEAR_END, any_world.owner, datetime(2040, 1, 1, tzinfo=UTC))
    db.session.rollback()
    assert db.session.get(Counter, ("certificates", 2040)) is None
    found = request_certificate(any_world.company_id, YEAR_END, any_world.owner, JANUARY)
    assert found.sequence == 1


# ---------------------------------------------------------------- accountants


def test_a_firm_sees_its_mandates_of_the_day(any_world: World, any_session: Session) -> None:
    certificate = certified(any_world)
    firms = {
        name: [
            member.firm_id
            for member in db.session.scalars(
                select(FirmMember).where(FirmMember.person_id == getattr(any_world, name).person_id)
            )
        ]
        for name in ("accountant", "stranger_accountant")
    }
    assert certificates_of_firm(firms["stranger_accountant"], ON) == []
    mandate = db.session.scalars(select(Mandate)).one()
    mandate.valid_from, mandate.valid_until = ON, ON + timedelta(days=2)
    db.session.commit()
    found = [
        len(certificates_of_firm(firms["accountant"], ON + timedelta(days=days))) for days in (-1, 0, 2, 3)
    ]
    assert found == [0, 1, 1, 0]
    mandate.revoked_at = NOW
    db.session.commit()
    assert mandates_of_firm(firms["accountant"], ON) == []
    assert certificates_of_firm(firms["accountant"], ON) == []
    assert certificates_of_firm([], ON) == []
    assert [one.number for one in certificates_of_company(any_world.company_id)] == [certificate.number]
    assert certificates_of_company(any_world.neighbour_id) == []


def test_taking_it_leaves_a_trace(world: World, session: Session) -> None:
    certificate = certified(world)
    assert trace_download(certificate, world.accountant, NOW) == certificate.pdf
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.action, entry.subject) == ("certificate.downloaded", f"certificate:{certificate.number}")
    assert db.session.get_one(Person, world.accountant.person_id).name in entry.actor


# ---------------------------------------------------------------- at once


def certifying(*decision_ids: int) -> None:
    for decision_id in decision_ids:
        certify_decision(decision_id, APRIL)


@pytest.mark.slow
def test_two_decisions_certified_by_two_processes(any_world: World, crew: Crew) -> None:
    """Each does both: one chain without a fork, the last of which states all."""
    with any_world.app.app_context():
        certified(any_world)
    dossiers = [decided(any_world, draft(any_world, [bill()])) for _ in range(2)]
    with any_world.app.app_context():
        first, second = (decision_of(dossier).id for dossier in dossiers)
    crew.race(any_world.app, certifying, [(first, second), (second, first)])
    with any_world.app.app_context():
        issued = sorted(certificates_of_company(any_world.company_id), key=lambda one: one.sequence)
        assert [one.sequence for one in issued] == [1, 2], (
            "both decisions were there: one correction states both"
        )
        assert (issued[0].replaced_by, issued[1].replaced_by) == (issued[1], None)
        assert len(content(issued[1]).purchases) == 3
