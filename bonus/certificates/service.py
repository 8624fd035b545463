"""When tax certificates are issued (art. 15): on request once the fiscal year is closed, for all on 31 March, and anew
at each decision, correction or choice made since. One is in force per company and fiscal year; each revokes the former.

A certificate is issued anew only when what it states has changed, so that a job run twice issues once.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from bonus.audit.service import Actor
from bonus.calendar import civil_date
from bonus.claims.appeal_models import Appeal
from bonus.claims.models import Claim, Decision, Invoice
from bonus.claims.revocation_models import Revocation
from bonus.companies.models import Company
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.money import NBSP
from bonus.recoveries.giving_back import note_recovered
from bonus.recoveries.models import Recovery
from bonus.recoveries.settlement_models import Settlement

from .content import REGIMES
from .held import certificate_in_force, certificates_of_company
from .issuing import Why, issue
from .models import TaxCertificate
from .stating import fiscal_year_of, same_inputs, stated_years


def campaign_day(fiscal_year_end: date) -> date:
    """The 31 March on which the certificate of a fiscal year is issued for all: the first one after its last day."""
    day = date(fiscal_year_end.year, 3, 31)
    return day if fiscal_year_end < day else date(fiscal_year_end.year + 1, 3, 31)


def request_certificate(
    company_id: int, fiscal_year_end: date, actor: Actor, now: datetime
) -> TaxCertificate:
    """The certificate of a closed fiscal year, on request; the one in force when it still states what is; committed.

    Raises Refusal (``certificate.year_open``) before the year is closed, and NotFound when there is nothing to state.
    """
    if civil_date(now) <= fiscal_year_end:
        raise Refusal(
            "certificate.year_open",
            f"Cet exercice n’est pas clos{NBSP}: son attestation pourra être demandée dès le lendemain de son dernier "
            "jour (art. 15).",
        )
    company = _locked(company_id)
    stated = next(
        (one for one in stated_years(company, fiscal_year_end) if one.year.ends_on == fiscal_year_end), None
    )
    if stated is None or stated.says_nothing:
        raise NotFound("certificate.nothing", "Aucun achat décidé ni report ne relève de cet exercice.")
    former = certificate_in_force(company.id, fiscal_year_end)
    if former is not None and same_inputs(former.inputs, stated.inputs):
        db.session.commit()
        return former
    found = issue(company, stated, Why("request", actor=actor), now)
    db.session.commit()
    return found


def certify_decision(decision_id: int, now: datetime) -> None:
    """The job after a decision: corrects the certificates of closed years that it changes; issues those whose 31 March
    has passed; committed."""
    decision = db.session.get_one(Decision, decision_id)
    _correct(decision.claim, Why("decision"), now)


def correct_certificates(revocation_id: int, now: datetime) -> None:
    """The same after a decision is taken back (art. 11): the former certificate is replaced, also when nothing is left
    to state."""
    revocation = db.session.get_one(Revocation, revocation_id)
    _correct(revocation.claim, Why("revocation", revocation_id=revocation_id), now)


def restore_certificates(appeal_id: int, now: datetime) -> None:
    """The same after a withdrawal is annulled on appeal (art. 11)."""
    appeal = db.session.get_one(Appeal, appeal_id)
    _correct(appeal.claim, Why("appeal", appeal_id=appeal_id), now)


def correct_after_recovery(recovery_id: int, now: datetime) -> None:
    """The same once an undue sum is confirmed (art. 14): base and bonus are then those that should have been; or once
    its titre is cancelled, which makes them what they were."""
    _correct(db.session.get_one(Recovery, recovery_id).claim, Why("recovery"), now)


def correct_after_settlement(settlement_id: int, now: datetime) -> None:
    """The same once a titre is settled (art. 14), the log naming first the certificates concerned."""
    note_recovered(settlement_id, now)
    settlement = db.session.get_one(Settlement, settlement_id)
    _correct(settlement.order.recovery.claim, Why("recovery"), now)


def choose_regime(
    company_id: int, fiscal_year_end: date, regime: str, actor: Actor, now: datetime
) -> list[TaxCertificate]:
    """Write the regime a company picks for a declared fiscal year (art. 8), and issue anew the certificates it changes;
    committed. Raises NotFound for a year it did not declare, Refusal for a regime nobody knows."""
    company = _locked(company_id)
    year = next((one for one in company.fiscal_years if one.ends_on == fiscal_year_end), None)
    if year is None:
        raise NotFound("fiscal_year.unknown", "L’entreprise n’a pas déclaré cet exercice.")
    if regime not in REGIMES:
        raise Refusal("fiscal_year.regime", "Choisissez l’un des deux régimes de l’article 8.")
    year.regime = regime
    db.session.flush()
    issued = _bring_up_to_date(company, year.starts_on, Why("regime", actor=actor), now)
    db.session.commit()
    return issued


def _correct(claim: Claim, why: Why, now: datetime) -> None:
    company = _locked(claim.company_id)
    today = civil_date(now)
    touched = [
        fiscal_year_of(company, day)
        for day in db.session.scalars(
            select(Invoice.issued_on).where(Invoice.claim_id == claim.id).distinct()
        )
    ]
    closed = [start for start, end in touched if end < today]
    if closed:
        _bring_up_to_date(company, min(closed), why, now)
    db.session.commit()


def _bring_up_to_date(company: Company, since: date, why: Why, now: datetime) -> list[TaxCertificate]:
    """What is carried over goes from year to year: every closed year from ``since`` on is looked at."""
    today = civil_date(now)
    issued = []
    stated_in_force = [
        one.fiscal_year_start for one in certificates_of_company(company.id) if not one.revoked
    ]
    for stated in stated_years(company, today, *stated_in_force):
        end = stated.year.ends_on
        if stated.year.starts_on < since or end >= today or _issued_for(why, end):
            continue
        former = certificate_in_force(company.id, end)
        missing = former is None and not stated.says_nothing and campaign_day(end) <= today
        if missing or (former is not None and not same_inputs(former.inputs, stated.inputs)):
            issued.append(issue(company, stated, why, now))
    return issued


def _issued_for(why: Why, end: date) -> bool:
    """Whether a certificate was issued already for an act that leads to one a fiscal year."""
    if why.revocation_id is None and why.appeal_id is None:
        return False
    query = select(TaxCertificate.id).where(
        TaxCertificate.revocation_id == why.revocation_id,
        TaxCertificate.appeal_id == why.appeal_id,
        TaxCertificate.fiscal_year_end == end,
    )
    return db.session.scalars(query.limit(1)).first() is not None


def _locked(company_id: int) -> Company:
    """One certificate of a company at a time: the chain of replacements has no fork."""
    return db.session.scalars(
        select(Company)
        .where(Company.id == company_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
