"""Dossiers for the fast lane: a world where it is open, and one that meets every condition."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from unittest import mock

from sqlalchemy import select

from bonus.adapters.draw_seeds import SeedSafe
from bonus.claims.documents import join_documents
from bonus.claims.lane import lane_entry_of
from bonus.claims.lane_decisions import decide_by_rule, run_lane
from bonus.claims.lane_models import LaneEntry
from bonus.claims.lane_seeds import prepare_seeds
from bonus.claims.models import Claim
from bonus.companies.models import Company
from bonus.demo.invoices import SELLER, DemoParty
from bonus.extensions import db
from bonus.mail import MailMessage
from bonus.parts import document_store
from bonus.registry.models import Supplier

from .bills import Item, bill
from .papers import plain_pdf
from .world import NOW, ON, Dossier, World, draft, filed, party_of, run_jobs

EVE = NOW - timedelta(days=1)
LAST = ON + timedelta(days=5)
"""The last day to contest what is filed on ``ON``."""
DUE = LAST + timedelta(days=1)
SUPPLIER = "certifications@nuage.example"
NOBODY = "f" * 64
"""A seed under which the first numbers of 2026 are not drawn (asserted by ``opened``'s users)."""


def at(day: date, hour: int = 9) -> datetime:
    """A moment of a day, on clocks of UTC."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def opened(world: World, *, seed: str = NOBODY, days: int = 20, now: datetime = EVE) -> None:
    """The lane is open from the day after ``now``, for days whose seed is known to the test, and the supplier of the
    world's bills has an address."""
    with world.app.app_context():
        supplier = db.session.scalars(select(Supplier).where(Supplier.identifier == SELLER.siren)).one()
        supplier.email = SUPPLIER
        db.session.commit()
        seeds = iter([seed, *(f"{number:064x}" for number in range(1, 100))])
        with mock.patch.object(SeedSafe, "new", side_effect=lambda: next(seeds)):
            prepare_seeds(now)


def ready(
    world: World,
    cents: int = 1_000_00,
    *,
    company_id: int | None = None,
    seller: DemoParty = SELLER,
    issued_on: date = date(2026, 10, 15),
    now: datetime = NOW,
) -> Dossier:
    """A draft with one structured bill of so much without VAT (45 % of it is the bonus), and its proof of payment."""
    with world.app.app_context():
        company = db.session.get_one(Company, company_id or world.company_id)
        files = [bill(Item(cents), buyer=party_of(company), seller=seller, issued_on=issued_on)]
        db.session.rollback()
    dossier = draft(world, files, company_id=company_id, now=now)
    owner = world.neighbour_owner if company_id == world.neighbour_id else world.owner
    with world.app.app_context():
        proof = ("virement.pdf", plain_pdf(words=f"VIREMENT {dossier.id}"))
        (result,) = join_documents(dossier.id, "payment_proof", [proof], document_store(), owner, now)
        assert result.sentence is None
        db.session.rollback()
    return dossier


def known(world: World, *, company_id: int | None = None, now: datetime = EVE) -> Dossier:
    """A dossier of before, with the same supplier: of two, the second may be decided by rule."""
    return filed(world, ready(world, company_id=company_id, now=now), now=now)


def in_lane(world: World, cents: int = 1_000_00, *, now: datetime = NOW, told: bool = True) -> Dossier:
    """A dossier in the lane of a world where it is ``opened`` and the company ``known``; its supplier's mail left."""
    dossier = filed(world, ready(world, cents, now=now), now=now)
    if told:
        run_jobs(world, now)
    return dossier


def entry(world: World, dossier: Dossier) -> LaneEntry:
    """The dossier's entry, read whole, outside of any session."""
    with world.app.app_context():
        found = lane_entry_of(dossier.id)
        assert found is not None
        _ = [(notice.mail.sent_at, notice.reason) for notice in found.notices]
        db.session.expunge_all()
        db.session.rollback()
        return found


def unmet_of(world: World, dossier: Dossier) -> list[str]:
    """The codes of the conditions that do not hold, as looked at last."""
    return [one["code"] for one in entry(world, dossier).looked_at if not one["met"]]


def link(world: World) -> str:
    """The link in the last mail to the supplier, before it leaves."""
    with world.app.app_context():
        mail = db.session.scalars(
            select(MailMessage)
            .where(MailMessage.to == SUPPLIER, MailMessage.secret.is_not(None))
            .order_by(MailMessage.id.desc())
        ).first()
        assert mail is not None
        secret = str(mail.secret)
        db.session.rollback()
    assert re.fullmatch(r"[\w-]{32}", secret)
    return secret


def decide(world: World, dossier: Dossier, day: date = DUE) -> None:
    """The decision by rule asked for on a day."""
    with world.app.app_context():
        decide_by_rule(dossier.id, at(day))


def day_of_lane(world: World, day: date = DUE) -> None:
    """The lane's job of a day, and what it asks for."""
    with world.app.app_context():
        run_lane(day.toordinal(), at(day))
    run_jobs(world, at(day))


def status(world: World, dossier: Dossier) -> str:
    """The dossier's own status."""
    with world.app.app_context():
        found = db.session.get_one(Claim, dossier.id).status
        db.session.rollback()
        return found
