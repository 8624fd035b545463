"""Choosing the solution of a line: the likeliest first, the registry searched, nothing typed lost."""

from __future__ import annotations

import pytest

from bonus.claims.models import Claim
from bonus.extensions import db
from tests.support.bills import Item, bill
from tests.support.world import CLOUD, DATA, SUITE, Dossier, World, draft
from tests.web.company_pages import address, filled
from tests.web.visitor import Visitor, document, errors, spaced, words


def chosen(world: World, dossier: Dossier) -> str | None:
    with world.app.app_context():
        solution = db.session.get_one(Claim, dossier.id).invoices[0].lines[0].solution
        return solution.slug if solution else None


def choices(page: object) -> dict[str, list[str]]:
    groups = document(page).xpath('//select[@name="lines-0-solution"]/optgroup')  # type: ignore[arg-type]
    return {spaced(group.get("label")): [one.get("value") for one in group] for group in groups}


def searched(owner: Visitor, dossier: Dossier, typed: str, **more: str) -> object:
    sent = filled(owner.get(f"{address(dossier)}/lignes")) | {"lines-0-search": typed, "search": "1"} | more
    return owner.post(f"{address(dossier)}/lignes", sent)


def test_what_is_searched_for_comes_first_and_nothing_is_saved(world: World, owner: Visitor) -> None:
    dossier = draft(world)
    page = searched(owner, dossier, "plateforme donnees", **{"lines-0-other_public_aid": "12,50"})
    found = choices(page)
    assert found["Résultats pour « plateforme donnees »"][0] == DATA
    assert chosen(world, dossier) == CLOUD
    sent = filled(page)  # type: ignore[arg-type]
    assert (sent["lines-0-other_public_aid"], sent["lines-0-search"]) == ("12,50", "plateforme donnees")
    owner.post(f"{address(dossier)}/lignes", sent | {"lines-0-solution": DATA, "lines-0-search": ""})
    assert chosen(world, dossier) == DATA
    again = choices(owner.get(f"{address(dossier)}/lignes"))
    assert again["Solution choisie"] == [DATA]


def test_a_typing_mistake_is_forgiven(world: World, owner: Visitor) -> None:
    found = choices(searched(owner, draft(world), "burautique colaborative"))
    assert SUITE in next(iter(slugs for label, slugs in found.items() if label.startswith("Résultats")))


def test_a_solution_stands_once_among_the_choices(world: World, owner: Visitor) -> None:
    slugs = [slug for group in choices(searched(owner, draft(world), "cloud")).values() for slug in group]
    assert len(slugs) == len(set(slugs))


@pytest.mark.parametrize("typed", ["zzzzqqqq", "<script>alert(1)</script>", '"; DROP TABLE', "%", "é" * 200])
def test_nothing_found_is_said(world: World, owner: Visitor, typed: str) -> None:
    page = searched(owner, draft(world), typed)
    assert "<script>alert" not in page.text  # type: ignore[attr-defined]
    assert "Rien trouvé" in words(page)  # type: ignore[arg-type]


def test_too_long_a_search(world: World, owner: Visitor) -> None:
    page = searched(owner, draft(world), "x" * 201)
    assert errors(page) == ["200 caractères au plus."]  # type: ignore[arg-type]


def test_the_search_button_without_words_saves_like_the_other(world: World, owner: Visitor) -> None:
    """Enter in any field presses the form's first button: what was typed is kept."""
    dossier = draft(world)
    sent = filled(owner.get(f"{address(dossier)}/lignes")) | {"lines-0-solution": SUITE, "search": "1"}
    response = owner.post(f"{address(dossier)}/lignes", sent)
    assert response.headers["Location"].endswith("/lignes")
    assert chosen(world, dossier) == SUITE


def test_a_near_miss_is_a_question_with_its_likeliest_answers(world: World, owner: Visitor) -> None:
    lines = [bill(Item(5_000_00, "Formation hébergement cloud qualifié", "FORM-1"))]
    dossier = draft(world, lines)
    assert chosen(world, dossier) is None
    assert choices(owner.get(f"{address(dossier)}/lignes"))["Les plus proches"][0] == CLOUD
