"""A queue filtered by the day its dossiers fall due: typed, shared by its address, put right when it is wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from lxml import html

from tests.support.words import plain
from tests.support.world import NOW, World, decided, draft, filed
from tests.web.visitor import Visitor, signed_in

QUEUE = "/agent/dossiers?file=a-verifier"


def reviewer(world: World) -> Visitor:
    return signed_in(world.app, world.reviewer.email)


def field(page: str, name: str) -> tuple[str | None, str]:
    """The kind of a field of the filters, and what it holds."""
    tree: Any = html.fromstring(page)
    (found,) = tree.xpath(f'//form[@aria-label="Filtrer cette file"]//input[@name="{name}"]')
    return found.get("type"), found.get("value")


@pytest.mark.parametrize(
    ("asked", "listed"),
    [
        ("echeance_du=2027-01-22", True),
        ("echeance_du=2027-01-23", False),
        ("echeance_au=2027-01-22", True),
        ("echeance_au=2027-01-21", False),
        ("echeance_du=22/01/2027&echeance_au=22/1/2027", True),
    ],
)
def test_both_ends_are_included(world: World, asked: str, listed: bool) -> None:
    dossier = filed(world)
    assert (str(dossier.number) in reviewer(world).get(f"{QUEUE}&{asked}").text) == listed


def test_what_was_asked_is_in_the_form_the_tags_and_every_link(world: World) -> None:
    filed(world, draft(world, now=NOW - timedelta(days=1)), now=NOW - timedelta(days=1))
    page = reviewer(world).get(f"{QUEUE}&echeance_du=20/01/2027&echeance_au=2027-01-22&axe=cloud").text
    assert field(page, "echeance_du") == ("date", "2027-01-20")
    assert field(page, "echeance_au") == ("date", "2027-01-22")
    words = plain(page)
    assert "Échéance à partir du 20/01/2027" in words
    assert "Échéance jusqu’au 22/01/2027" in words
    assert "axe=cloud&amp;echeance_du=2027-01-20&amp;echeance_au=2027-01-22" in page  # the exports


@pytest.mark.parametrize("typed", ["hier", "2027-02-30", "31/02/2027", "2027-01-22T10", "20270122"])
def test_what_is_no_day_stays_to_be_put_right(world: World, typed: str) -> None:
    dossier = filed(world)
    page = reviewer(world).get(f"{QUEUE}&echeance_du={typed}").text
    assert field(page, "echeance_du") == (None, typed)
    assert "Écrivez une date, par exemple 22/11/2026." in plain(page)
    assert str(dossier.number) in page  # it asks nothing meanwhile
    assert html.fromstring(page).xpath("//details[@open]//input[@aria-invalid]")


def test_an_end_before_the_beginning_is_said(world: World) -> None:
    filed(world)
    page = reviewer(world).get(f"{QUEUE}&echeance_du=2027-01-22&echeance_au=2027-01-21").text
    assert "est avant le jour « à partir du »" in plain(page)
    assert field(page, "echeance_au") == ("date", "2027-01-21")


@pytest.mark.parametrize(("queue", "label"), [("decides", "Décidé"), ("liste-d-attente", "Complet")])
def test_where_nothing_falls_due_the_day_has_its_own_name(world: World, queue: str, label: str) -> None:
    decided(world)
    page = plain(reviewer(world).get(f"/agent/dossiers?file={queue}&echeance_au=2026-11-21").text)
    assert f"{label} à partir du" in page
    assert f"{label} jusqu’au 21/11/2026" in page
    assert "Échéance à partir du" not in page
