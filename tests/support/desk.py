"""The dossier's page for agents, with what agents do side by side on it, as far as a test wants."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bonus.claims.models import Claim, Document
from bonus.claims.notes import write_note
from bonus.claims.presence import enter
from bonus.demo.invoices import make_invoices
from bonus.extensions import db
from tests.support.world import NOW, ON, Dossier, World, decided, draft, filed

NOTE = "Le fournisseur confirme la livraison par téléphone."
PAGE = "abcdefghijklmnopqrstuv"
"""A name such as pages are given."""


def noted(world: World, dossier: Dossier | None = None, text: str = NOTE) -> Dossier:
    """A filed dossier on which a reviewer has written a note."""
    dossier = dossier or filed(world)
    with world.app.app_context():
        write_note(db.session.get_one(Claim, dossier.id), text, world.reviewer, NOW)
        db.session.rollback()
    return dossier


def opened_by_another(world: World, dossier: Dossier) -> None:
    """The second reviewer has had it open for three minutes."""
    with world.app.app_context():
        assert world.other_reviewer.person_id is not None
        enter(dossier.id, world.other_reviewer.person_id, PAGE, NOW - timedelta(minutes=3))


def documents_of(world: World, dossier: Dossier) -> list[str]:
    """The references of its documents, in the order they were sent."""
    with world.app.app_context():
        query = select(Document.reference).where(Document.claim_id == dossier.id).order_by(Document.id)
        found = list(db.session.scalars(query))
        db.session.rollback()
    return found


def demonstration(world: World) -> Dossier:
    """The three invoices of the demonstration, filed: two Factur-X, one of them a credit note, and an XML file."""
    return filed(world, draft(world, make_invoices(ON - timedelta(days=5))))


def desk_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """The pages of the dossier for agents, each under a name: who opens it, and its address."""
    shared = noted(world, demonstration(world))
    done = decided(world)
    opened_by_another(world, shared)
    pictures, _, xml = documents_of(world, shared)
    claims = f"/agent/dossiers/{shared.number}"
    agent = world.reviewer.email
    return {
        "to examine with others": (agent, claims),
        "document in pictures": (agent, f"{claims}/documents/{pictures}/vue"),
        "document in words": (agent, f"{claims}/documents/{xml}/vue"),
        "explanation of an estimate": (agent, f"{claims}/explication"),
        "explanation of a decision": (agent, f"/agent/dossiers/{done.number}/explication"),
        "explanation for its company": (world.owner.email, f"/entreprise/dossiers/{done.number}/explication"),
    }
