"""Dossiers that wait for credits, of companies that have nothing in common."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import date, datetime

from flask import has_app_context
from sqlalchemy import select

from bonus.budget.models import Envelope, WaitingEntry
from bonus.claims.models import Claim
from bonus.companies.models import Company
from bonus.extensions import db
from bonus.outbox import OutboxMessage

from .bills import Item, bill
from .world import NOW, Dossier, World, another_company, decided, draft, filed, party_of

MICRO, SME, MID_CAP, LARGE = "901101105", "901201202", "901301309", "901401406"


def mid_cap(company: Company) -> None:
    """Of the other class: 35 % of cloud, where an ``sme`` has 45 %."""
    company.headcount = 4_000


def dossier_of(
    world: World,
    siren: str,
    *,
    complete: datetime = NOW,
    net_cents: int = 10_000_00,
    other: bool = False,
    invoiced: date = date(2026, 6, 15),
) -> Dossier:
    """A dossier of one line of cloud, complete at a moment; of a mid-cap with ``other``."""
    with nullcontext() if has_app_context() else world.app.app_context():
        known = db.session.scalars(select(Company.id).where(Company.siren == siren)).first()
        db.session.rollback()
        company_id = known or another_company(world, siren, mid_cap if other else None)
        party = party_of(db.session.get_one(Company, company_id))
        db.session.rollback()
    file = bill(Item(net_cents), issued_on=invoiced, buyer=party, number=f"F-{siren}-{complete:%j%H%M%S}")
    return filed(world, draft(world, [file], company_id=company_id, now=complete), now=complete)


def joined(world: World, dossiers: Sequence[Dossier], now: datetime = NOW) -> None:
    """Decide each, in this order."""
    for dossier in dossiers:
        decided(world, dossier, now=now)


def statuses(dossiers: Sequence[Dossier]) -> list[str]:
    """The status of each; a context is pushed."""
    found = [db.session.get_one(Claim, dossier.id, populate_existing=True).status for dossier in dossiers]
    db.session.rollback()
    return found


def waiting_ids() -> list[int]:
    """The dossiers that wait, in order; a context is pushed."""
    query = select(WaitingEntry.claim_id).where(WaitingEntry.left_at.is_(None))
    found = list(db.session.scalars(query.order_by(WaitingEntry.complete_at, WaitingEntry.claim_id)))
    db.session.rollback()
    return found


def asked_to_serve() -> list[str]:
    """The keys of the messages that ask for the list to be served; a context is pushed."""
    query = select(OutboxMessage.key).where(OutboxMessage.kind == "serve_waiting").order_by(OutboxMessage.id)
    found = list(db.session.scalars(query))
    db.session.rollback()
    return found


def figures_of(year: int = NOW.year) -> tuple[int, int, int]:
    """Authorised, committed, committed to micro and sme; a context is pushed."""
    one = db.session.get_one(Envelope, year, populate_existing=True)
    found = one.authorised_cents, one.committed_cents, one.committed_sme_cents
    db.session.rollback()
    return found
