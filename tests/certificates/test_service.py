"""Issuing (art. 15): per fiscal year, once a decision, each new one revoking the former."""

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
from bonus.certificates.service import certify_decision
from bonus.companies.models import Company, FiscalYear, Mandate
from bonus.extensions import db
from bonus.numbering import Counter
from tests.claims.reading import decision_of
from tests.support.bills import Item, bill, demo_files
from tests.support.crew import Crew
from tests.support.world import NOW, ON, Dossier, World, another_company, decided, draft, filed, party_of

CHAIR = Item(1_000_00, "Chaise", "CH-1")


def certified(world: World, dossier: Dossier | None = None, now: datetime = NOW) -> list[TaxCertificate]:
    """The certificates that a decision led to."""
    decision = decision_of(decided(world, dossier))
    certify_decision(decision.id, now)
    return of_decision(decision.id)


def of_decision(decision_id: int) -> list[TaxCertificate]:
    return list(
        db.session.scalars(
            select(TaxCertificate)
            .where(TaxCertificate.decision_id == decision_id)
            .order_by(TaxCertificate.id)
        )
    )


def content(certificate: TaxCertificate) -> CertificateContent:
    return CertificateContent.from_dict(certificate.content)


def fiscal_years(world: World, *bounds: tuple[date, date], regime: str = "reduction") -> None:
    company = db.session.get_one(Company, world.company_id)
    for year in list(company.fiscal_years):
        db.session.delete(year)
    db.session.flush()
    db.session.expire(company)
    company.fiscal_years = [
        FiscalYear(starts_on=start, ends_on=end, turnover_cents=1_000_00, regime=regime)
        for start, end in bounds
    ]
    db.session.commit()


def test_what_it_says_is_frozen_with_its_hash(any_world: World, any_session: Session) -> None:
    dossier = draft(any_world, [*demo_files(ON), bill(CHAIR)])
    [certificate] = certified(any_world, dossier)
    any_session.expire_all()
    assert (certificate.year, certificate.sequence, is_well_formed(certificate.number)) == (2026, 1, True)
    assert content_digest(certificate.content) == certificate.content_sha256
    assert hashlib.sha256(certificate.pdf).hexdigest() == certificate.pdf_sha256
    said = content(certificate)
    assert (said.number, said.key, said.issued_on) == (certificate.number, certificate.key, ON)
    assert (said.fiscal_year_start, said.fiscal_year_end) == (date(2026, 1, 1), date(2026, 12, 31))
    assert (said.fiscal_year_closed, said.regime, said.replaces) == (False, "reduction", None)
    lines = [line for line in decision_of(dossier).lines if line.status == "eligible"]
    assert len(lines) == 5  # of the six: nobody certified the chair
    assert sorted((row.eligible_base_cents, row.bonus_cents) for row in said.purchases) == sorted(
        (line.base_cents, line.bonus_cents) for line in lines
    )
    assert said.total_bonus_cents == 6_957_94
    assert said.total_incentive_base_cents == said.total_eligible_base_cents - 6_957_94
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "certificate.issued")).one()
    assert entry.facts == {"number": said.number, "pdf_sha256": certificate.pdf_sha256, "revokes": None}


def test_later_changes_do_not_reach_it(world: World, session: Session) -> None:
    [certificate] = certified(world)
    before = certificate.content_sha256
    db.session.get_one(Company, world.company_id).name = "Autre nom"
    db.session.commit()
    assert content_digest(certificate.content) == before
    assert content(certificate).company.name == "Atelier Fictif SAS"


def test_the_job_run_again_issues_nothing_more(any_world: World, any_session: Session) -> None:
    [certificate] = certified(any_world)
    number = certificate.number
    for _ in range(2):
        certify_decision(certificate.decision_id, NOW + timedelta(days=1))
    assert [one.number for one in certificates_of_company(any_world.company_id)] == [number]
    assert db.session.get_one(Counter, ("certificates", 2026)).last == 1


def test_two_fiscal_years_of_its_own_in_one_dossier(any_world: World, any_session: Session) -> None:
    """From July to June: the last day of one and the first of the next."""
    fiscal_years(any_world, (date(2025, 7, 1), date(2026, 6, 30)), (date(2026, 7, 1), date(2027, 6, 30)))
    files = [bill(issued_on=date(2026, 6, 30)), bill(Item(20_000_00), issued_on=date(2026, 7, 1))]
    first, second = certified(any_world, draft(any_world, files))
    assert (first.fiscal_year_start, first.fiscal_year_end) == (date(2025, 7, 1), date(2026, 6, 30))
    assert (second.fiscal_year_start, second.fiscal_year_end) == (date(2026, 7, 1), date(2027, 6, 30))
    assert [content(one).total_eligible_base_cents for one in (first, second)] == [10_000_00, 20_000_00]
    assert [content(one).fiscal_year_closed for one in (first, second)] == [True, False]
    assert [(one.sequence, one.revoked) for one in (first, second)] == [(1, False), (2, False)]


def test_a_company_without_fiscal_years_has_the_calendar_s(world: World, session: Session) -> None:
    fiscal_years(world)
    [certificate] = certified(world)
    assert (certificate.fiscal_year_start, certificate.fiscal_year_end) == (
        date(2026, 1, 1),
        date(2026, 12, 31),
    )


def test_the_regime_of_that_year(world: World, session: Session) -> None:
    fiscal_years(world, (date(2026, 1, 1), date(2026, 12, 31)), regime="deduction")
    [certificate] = certified(world)
    assert content(certificate).regime == "deduction"


def test_a_second_decision_replaces_and_revokes(any_world: World, any_session: Session) -> None:
    [first] = certified(any_world)
    [second] = certified(any_world)
    [third] = certified(any_world)
    assert (first.revoked, second.revoked, third.revoked) == (True, True, False)
    assert (second.replaces, first.replaced_by) == (first, second)
    assert content(second).replaces == first.number
    assert [len(content(one).purchases) for one in (first, second, third)] == [1, 2, 3]
    assert [one.sequence for one in (first, second, third)] == [1, 2, 3]
    in_force = certificate_in_force(any_world.company_id, date(2026, 12, 31))
    assert in_force is not None
    assert in_force.number == third.number
    revokes = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "certificate.issued")).all()
    assert [entry.facts["revokes"] for entry in revokes] == [None, first.number, second.number]


def test_a_line_at_zero_has_a_tax_base(world: World, session: Session) -> None:
    decided(world, draft(world, [bill(Item(200_000_00))]))
    [certificate] = certified(world)
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
    assert certified(world, draft(world, [bill(buyer=buyer)], company_id=company_id)) == []
    assert certified(world, draft(world, [bill(CHAIR)])) == []
    assert db.session.get(Counter, ("certificates", 2026)) is None


def test_the_dossiers_still_open_are_named(world: World, session: Session) -> None:
    fiscal_years(world, (date(2025, 7, 1), date(2026, 6, 30)), (date(2026, 7, 1), date(2027, 6, 30)))
    named = filed(world, draft(world, [bill(issued_on=date(2026, 8, 1))]))
    filed(world, draft(world, [bill(issued_on=date(2026, 6, 1))]))  # of the other fiscal year
    draft(world, [bill(issued_on=date(2026, 8, 2))])  # not filed
    [certificate] = certified(world)
    assert content(certificate).open_claims == (named.number,)
    text = " ".join(part for section in content(certificate).sections for part in section.paragraphs)
    assert str(named.number) in text


def test_one_that_cannot_be_sealed_takes_no_number(any_world: World, any_session: Session) -> None:
    decision = decision_of(decided(any_world))
    with pytest.raises(ValueError, match="not valid at that time"):
        certify_decision(decision.id, datetime(2040, 1, 1, tzinfo=UTC))
    db.session.rollback()
    assert db.session.get(Counter, ("certificates", 2040)) is None
    certify_decision(decision.id, NOW)
    [certificate] = of_decision(decision.id)
    assert certificate.sequence == 1


# ---------------------------------------------------------------- accountants


def test_a_firm_sees_its_mandates_of_the_day(any_world: World, any_session: Session) -> None:
    [certificate] = certified(any_world)
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
    [certificate] = certified(world)
    assert trace_download(certificate, world.accountant, NOW) == certificate.pdf
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.action, entry.subject) == ("certificate.downloaded", f"certificate:{certificate.number}")
    assert db.session.get_one(Person, world.accountant.person_id).name in entry.actor


# ---------------------------------------------------------------- at once


def certifying(*decision_ids: int) -> None:
    for decision_id in decision_ids:
        certify_decision(decision_id, NOW)


@pytest.mark.slow
def test_two_decisions_certified_by_two_processes(any_world: World, crew: Crew) -> None:
    """Each does both: one certificate a decision, one chain."""
    dossiers = [decided(any_world, draft(any_world, [bill()])) for _ in range(2)]
    with any_world.app.app_context():
        first, second = (decision_of(dossier).id for dossier in dossiers)
    crew.race(any_world.app, certifying, [(first, second), (second, first)])
    with any_world.app.app_context():
        issued = sorted(certificates_of_company(any_world.company_id), key=lambda one: one.sequence)
        assert [one.sequence for one in issued] == [1, 2]
        assert {one.decision_id for one in issued} == {first, second}
        assert (issued[0].replaced_by, issued[1].replaced_by) == (issued[1], None)
        assert content(issued[1]).replaces == issued[0].number
