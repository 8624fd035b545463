"""A dossier granted and paid, and an undue sum of it, as far as a test wants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select

from bonus.claims.models import Claim, PurchaseLine
from bonus.companies.models import Company
from bonus.extensions import db
from bonus.parts import document_store
from bonus.recoveries.drafting import add_finding, open_recovery
from bonus.recoveries.finding_forms import Found
from bonus.recoveries.models import Recovery
from bonus.recoveries.notifying import notify, open_notice, reply

from .bills import Item, bill
from .payments import sent_batch
from .requests import at
from .world import Dossier, World, decided, draft, run_jobs

DECIDED = date(2026, 3, 10)
PAID = DECIDED + timedelta(days=5)
FOUND = date(2026, 5, 4)
FACTS = "Le contrat a pris fin avant la date prévue, selon la lettre de résiliation."
WHY = "Votre réponse n’établit pas que le service a été rendu jusqu’au bout (art. 14)."
SAID = "Le service a bien été rendu\u00a0: voici le procès-verbal de recette."
YEAR = (date(2026, 2, 1), date(2027, 1, 31))
"""A period of service paid for, 365 days."""


def granted(world: World, *items: Item, paid: bool = True, day: date = DECIDED) -> Dossier:
    """A dossier granted that day and, unless told otherwise, paid five days later."""
    files = [bill(*(items or (Item(10_000_00, service=YEAR),)), issued_on=day - timedelta(days=18))]
    dossier = decided(world, draft(world, files, now=at(day)), now=at(day))
    run_jobs(world, at(day))
    if paid:
        pay(world, day + timedelta(days=5))
    return dossier


def pay(world: World, day: date = PAID) -> None:
    """What is due handed to the bank."""
    sent_batch(day, day, world.accounting_officer, at(day))


def claim_of(dossier: Dossier) -> Claim:
    return db.session.get_one(Claim, dossier.id)


def lines_of(dossier: Dossier) -> Sequence[PurchaseLine]:
    claim = claim_of(dossier)
    return [line for invoice in claim.invoices for line in invoice.lines]


def drafted(world: World, dossier: Dossier, *found: Found, origin: str = "contract_ended") -> Recovery:
    """A draft that holds what was found; by default, that the service ended on 31 July."""
    recovery = open_recovery(dossier.id, origin, FACTS, world.reviewer, at(FOUND))
    for one in found or (ended(dossier, date(2026, 7, 31)),):
        add_finding(recovery.id, one, world.reviewer, at(FOUND))
    return recovery


def ended(dossier: Dossier, on: date, rank: int = 0) -> Found:
    return Found("ended", line_id=lines_of(dossier)[rank].id, on=on)


def told(
    world: World, dossier: Dossier, *found: Found, opened: date | None = FOUND, origin: str = "contract_ended"
) -> Recovery:
    """One that its company is told of, and opens on ``opened``, if it does."""
    recovery = drafted(world, dossier, *found, origin=origin)
    notify(recovery.id, world.reviewer, at(FOUND))
    if opened is not None:
        open_notice(recovery, world.owner, at(opened))
    return recovery


def replied(world: World, recovery: Recovery, day: date, files: Sequence[tuple[str, bytes]] = ()) -> None:
    company = db.session.get_one(Company, recovery.claim.company_id)
    reply(recovery.id, company, SAID, files, document_store(), world.owner, at(day))


def of(dossier: Dossier) -> Recovery:
    """The last undue sum of a dossier."""
    query = select(Recovery).where(Recovery.claim_id == dossier.id).order_by(Recovery.id.desc())
    return db.session.scalars(query).first()  # type: ignore[return-value]
