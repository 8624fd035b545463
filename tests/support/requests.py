"""A dossier whose documents are asked for, and its answer, as far as a test wants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from bonus.claims.answers import explain_absence, join_answer, send_answer
from bonus.claims.messages import write_message
from bonus.claims.request_models import DocumentRequest
from bonus.claims.requests import Asked, ask_documents, request_of
from bonus.extensions import db
from bonus.parts import document_store

from .bills import bill
from .papers import plain_pdf
from .world import NOW, ON, Dossier, World, draft, filed

FILED, ASKED, RECEIVED = date(2026, 3, 10), date(2026, 3, 20), date(2026, 3, 30)
LAST = date(2026, 4, 19)
"""The regulation's own example (art. 11), and the last day to answer in it."""
ITEMS = (Asked("payment_proof", detail="Le relevé de mars."), Asked(None, "Bon de commande signé"))


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """A moment of a day, on clocks of UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def filed_on(world: World, day: date = FILED) -> Dossier:
    """A dossier filed that day, with a bill of the month before."""
    files = [bill(issued_on=date(2026, 2, 20))]
    return filed(world, draft(world, files, now=at(day)), now=at(day))


def asked(
    world: World, dossier: Dossier | None = None, *, items: Sequence[Asked] = ITEMS, day: date = ASKED
) -> Dossier:
    """A dossier whose reviewer asks for documents, in the application context that is pushed."""
    dossier = dossier or filed_on(world)
    ask_documents(dossier.id, items, world.reviewer, at(day))
    db.session.rollback()
    return dossier


def request_to(dossier: Dossier) -> DocumentRequest:
    """The request made on it."""
    found = request_of(dossier.id)
    assert found is not None
    return found


def item_ids(dossier: Dossier) -> list[int]:
    """What is asked, by id."""
    return [item.id for item in request_to(dossier).items]


def prepared(world: World, dossier: Dossier, now: datetime) -> None:
    """A file for the first thing asked for, an explanation for each other one; not sent."""
    first, *others = item_ids(dossier)
    file = (f"releve-{dossier.id}.pdf", plain_pdf(words=f"RELEVE {dossier.id}"))
    (result,) = join_answer(dossier.id, first, [file], document_store(), world.owner, now)
    assert result.sentence is None
    for item in others:
        explain_absence(dossier.id, item, "Nous avons commandé par téléphone.", world.owner, now)


def answered(world: World, dossier: Dossier | None = None, *, day: date = RECEIVED) -> Dossier:
    """A dossier whose company has answered."""
    dossier = dossier or asked(world)
    prepared(world, dossier, at(day))
    send_answer(dossier.id, world.owner, at(day))
    return dossier


def request_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """The pages of what follows a filing, each under a name: who opens it, and its address."""
    waiting, awaited, replied = filed(world), filed(world), filed(world)
    with world.app.app_context():
        asked(world, awaited, day=ON)
        answered(world, asked(world, replied, day=ON), day=ON)
        words = "Bonjour,\n\nQuelle pièce, exactement\u00a0?"
        write_message(awaited.id, "company", words, world.owner, NOW)
        write_message(awaited.id, "reviewer", "Le relevé de votre banque.", world.reviewer, NOW)
    company, claims = "/entreprise/dossiers", "/agent/dossiers"
    owned = {
        "documents asked": awaited.number,
        "documents to send": f"{awaited.number}/reponse",
        "documents sent": replied.number,
        "history": f"{replied.number}/historique",
        "withdrawal": f"{waiting.number}/desistement",
    }
    examined = {
        "asking for documents": f"/{waiting.number}/demande",
        "awaiting documents": f"/{awaited.number}",
        "answered": f"/{replied.number}",
        "queue pieces-attendues": "?file=pieces-attendues",
    }
    return {
        **{name: (world.owner.email, f"{company}/{path}") for name, path in owned.items()},
        **{name: (world.reviewer.email, f"{claims}{path}") for name, path in examined.items()},
    }
