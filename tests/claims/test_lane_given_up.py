"""A dossier that an agent was to examine is given up, and the same invoices come again: the lane is closed to them."""

from __future__ import annotations

from collections.abc import Callable
from unittest import mock

import pytest

from bonus.claims.documents import join_documents
from bonus.claims.examination import start_review
from bonus.claims.filing import abandon
from bonus.claims.lane import take_out
from bonus.claims.lane_contest import contest
from bonus.extensions import db
from bonus.parts import document_store
from tests.support.bills import File, Item, bill
from tests.support.lane import entry, known, link, opened, unmet_of
from tests.support.papers import plain_pdf
from tests.support.world import NOW, Dossier, World, draft, filed

WHY = "Un agent doit voir cette facture de près."


def brought(world: World, file: File) -> Dossier:
    """A dossier of this invoice, with its proof of payment, filed."""
    dossier = draft(world, [file])
    proof = ("virement.pdf", plain_pdf(words=f"VIREMENT {dossier.id}"))
    with world.app.app_context():
        join_documents(dossier.id, "payment_proof", [proof], document_store(), world.owner, NOW)
        db.session.rollback()
    return filed(world, dossier)


def given_up(world: World, dossier: Dossier) -> None:
    with world.app.app_context():
        abandon(dossier.id, world.owner, NOW)


def drawn(world: World, file: File) -> Dossier:
    with mock.patch("bonus.claims.lane.is_drawn", return_value=True):
        return brought(world, file)


def contested(world: World, file: File) -> Dossier:
    dossier = brought(world, file)
    secret = link(world)
    with world.app.app_context():
        contest(secret, WHY, None, NOW)
    return dossier


def taken_out(world: World, file: File) -> Dossier:
    dossier = brought(world, file)
    with world.app.app_context():
        take_out(dossier.id, WHY, world.reviewer, NOW)
    return dossier


def reviewed(world: World, file: File) -> Dossier:
    dossier = brought(world, file)
    with world.app.app_context():
        start_review(dossier.id, world.reviewer, NOW)
    return dossier


@pytest.fixture
def file(world: World) -> File:
    """An invoice that the lane would take."""
    opened(world)
    known(world)
    return bill(Item(1_000_00), number="F-1")


@pytest.mark.parametrize("examined", [drawn, contested, taken_out, reviewed])
def test_the_same_invoice_does_not_come_back(
    world: World, file: File, examined: Callable[[World, File], Dossier]
) -> None:
    given_up(world, examined(world, file))
    again = brought(world, file)
    found = entry(world, again)
    assert (found.state, found.drawn) == ("outside", None)
    assert unmet_of(world, again) == ["not_given_up"]
    assert "F-1" in found.why


def test_one_that_nobody_was_to_examine_may_come_back(world: World, file: File) -> None:
    given_up(world, brought(world, file))
    assert entry(world, brought(world, file)).state == "waiting"


def test_another_invoice_is_not_concerned(world: World, file: File) -> None:
    given_up(world, drawn(world, file))
    assert entry(world, brought(world, bill(Item(1_000_00), number="F-2"))).state == "waiting"
