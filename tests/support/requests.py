"""A dossier whose documents are asked for, and its answer, as far as a test wants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from bonus.claims.answers import explain_absence, join_answer, send_answer
from bonus.claims.request_models import DocumentRequest
from bonus.claims.requests import Asked, ask_documents, request_of
from bonus.extensions import db
from bonus.parts import document_store

from .bills import bill
from .papers import plain_pdf
from .world import Dossier, World, draft, filed

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
