"""Letters of dossiers, and the pages where they are read."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bonus.claims.letter_models import Letter
from bonus.extensions import db

from .world import Dossier, World, decided, run_jobs, set_envelope

OF_A_LETTER = ("company.letter", "company.letter_pdf", "agent.letter", "agent.letter_pdf")


def letter_of(dossier: Dossier, kind: str | None = None) -> Letter:
    """The last letter of a dossier, of one kind if wanted; a context is pushed."""
    query = select(Letter).where(Letter.claim_id == dossier.id).order_by(Letter.id.desc())
    if kind is not None:
        query = query.where(Letter.kind == kind)
    return db.session.scalars(query.limit(1)).one()


def letter_addresses(dossier: Dossier) -> dict[str, dict[str, Any]]:
    """The values of the addresses of a settled dossier's letter; a context is pushed."""
    reference = letter_of(dossier).reference
    db.session.rollback()
    return {
        name: {"letter": reference, ("reference" if name.startswith("company") else "number"): dossier.number}
        for name in OF_A_LETTER
    }


def letter_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """The pages of letters, each under a name: who opens it, and its address."""
    refused = decided(world, outcome="refuse", reasons="La solution n’est pas celle de la facture (art. 4).")
    granted = decided(world)
    set_envelope(world, 100)
    waiting = decided(world)
    run_jobs(world)
    set_envelope(world, 50_000_000_00)
    pages: dict[str, tuple[str | None, str]] = {}
    with world.app.app_context():
        for name, dossier in (("granted", granted), ("refused", refused), ("waiting", waiting)):
            path = f"{dossier.number}/courriers/{letter_of(dossier).reference}"
            pages[f"letter {name}"] = (world.owner.email, f"/entreprise/dossiers/{path}")
            pages[f"letter {name}, agent"] = (world.reviewer.email, f"/agent/dossiers/{path}")
        db.session.rollback()
    return pages
