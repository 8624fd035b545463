"""Appeals as far as a test wants, and the pages of clocks and appeals."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bonus.claims.appeal_examining import answer_appeal, propose_answer, take_appeal
from bonus.claims.appeal_models import Appeal
from bonus.claims.appeals import file_appeal
from bonus.claims.models import Claim
from bonus.extensions import db
from bonus.parts import document_store

from .bills import Item, bill
from .world import NOW, Dossier, World, decided, draft

GROUNDS = "La solution de cette facture est bien labellisée : voyez l’attestation jointe."
REASONS = "La solution facturée est la suite labellisée : la ligne est éligible (art. 4)."
WRONG = Item(10_000_00, "Bureautique du fournisseur", "INCONNUE")  # no solution is found
SUITE = "suite-bureautique-collaborative"
DAY = timedelta(days=1)


def appealed(world: World, dossier: Dossier, rank: int = 1, *, now: datetime = NOW, files: Any = ()) -> str:
    reference = file_appeal(dossier.id, rank, GROUNDS, files, document_store(), world.owner, now).reference
    db.session.rollback()
    return reference


def refused_in_part(world: World) -> Dossier:
    """4 500 € granted for the cloud, a line refused whose solution nobody recognised."""
    return decided(world, draft(world, [bill(Item(10_000_00), WRONG)]))


def refused_by_officer(world: World) -> Dossier:
    return decided(world, outcome="refuse", reasons="La facture n’est pas acquittée (art. 9).")


def lines_of(dossier: Dossier) -> list[int]:
    return [line.id for invoice in db.session.get_one(Claim, dossier.id).invoices for line in invoice.lines]


def get(reference: str) -> Appeal:
    db.session.rollback()
    return db.session.scalars(select(Appeal).where(Appeal.reference == reference)).one()


def examined(
    world: World, reference: str, outcome: str, lines: dict[str, Any] | None = None, now: datetime = NOW
) -> None:
    take_appeal(reference, world.other_reviewer, now)
    propose_answer(reference, outcome, REASONS, lines or {}, world.other_reviewer, now)


def answered(
    world: World, reference: str, outcome: str, lines: dict[str, Any] | None = None, now: datetime = NOW
) -> Appeal:
    examined(world, reference, outcome, lines, now)
    answer_appeal(reference, world.other_officer, now)
    return get(reference)


def clock_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """Each under a name: who opens it, and its address."""
    return {"deadlines": (world.reviewer.email, "/agent/echeances")}
