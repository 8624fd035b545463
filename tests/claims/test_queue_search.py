"""Finding a dossier by what people have in hand; the same on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from bonus.claims import queue_search
from bonus.claims.company_words import words_of
from bonus.claims.filing import abandon
from bonus.claims.queue_search import search
from bonus.companies.models import Company
from bonus.extensions import db
from tests.support.bills import bill
from tests.support.world import NOW, World, another_company, draft, filed


def found(text: str) -> list[str]:
    return [row.number for row in search(text, None).rows]


def named(world: World, siren: str, name: str) -> str:
    """The number of a dossier of a company of that name."""

    def change(company: Company) -> None:
        company.name = name

    company_id = another_company(world, siren, change)
    number = filed(world, draft(world, company_id=company_id, owner=world.owner)).number
    assert number is not None
    return number


def test_by_number_siren_name_and_invoice(any_world: World, any_session: Session) -> None:
    world = any_world
    one = filed(world, draft(world, [bill(number="FAC 2026/00-17")]))
    other = named(world, "552100554", "Établissements Cœur-de-Lion & Fils SARL")
    draft(world, [bill(number="BROUILLON-9")])
    assert one.number is not None
    short = f"2026-{int(one.number[-6:])}"
    for text in (
        one.number,
        one.number.lower(),
        f"  {one.number} ",
        short,
        "fac2026/00-17",
        "FAC 2026 00 17",
    ):
        assert found(text) == [one.number], text
    for text in ("900 300 401", "90030040100017", "FR12900300401", "atelier", "fictif atel"):
        assert one.number in found(text), text
        assert other not in found(text), text
    for text in ("552100554", "coeur de lion", "ÉTABLISSEMENTS", "lion etab", "cœur"):
        assert found(text) == [other], text
    for text in (
        "",
        "   ",
        "BROUILLON-9",
        "absent",
        "lion absent",
        "ion",
        "999999999",
        "BS-2026-999999",
        "%",
        "'",
        "z" * 500,
    ):
        assert found(text) == [], text


def test_a_dossier_given_up_is_found_all_the_same(any_world: World, any_session: Session) -> None:
    dossier = filed(any_world)
    abandon(dossier.id, any_world.owner, NOW)
    [row] = search(str(dossier.number), None).rows
    assert (row.status, row.due_on) == ("abandoned", None)


def test_the_latest_filed_first_and_no_more_than_shown(
    any_world: World, any_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [filed(any_world).number for _ in range(3)]
    assert found("atelier") == numbers[::-1]
    assert not search("atelier", None).more
    monkeypatch.setattr(queue_search, "SHOWN", 2)
    hits = search("atelier", None)
    assert ([row.number for row in hits.rows], hits.more) == (numbers[:0:-1], True)


def test_words_that_very_many_names_have_are_said_to_be_looked_at_in_part(
    any_world: World, any_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = {
        named(any_world, "552100554", "Menuiserie du Port"),
        named(any_world, "732829320", "Menuiserie Portal"),
    }
    monkeypatch.setattr(queue_search, "_READ", 2)
    hits = search("menuiserie port", None)
    assert ({row.number for row in hits.rows}, hits.partial) == (numbers, False)
    monkeypatch.setattr(queue_search, "_READ", 1)
    hits = search("menuiserie port", None)
    assert (len(hits.rows), hits.more, hits.partial) == (1, False, True)
    assert search("portal menuiserie", None).partial is False, "the rarest word leads"


def test_a_name_that_changes_is_found_by_the_new_one(any_world: World, any_session: Session) -> None:
    dossier = filed(any_world)
    db.session.get_one(Company, any_world.company_id).name = "Zéphyr"
    db.session.commit()
    assert found("zephyr") == [dossier.number]
    assert found("atelier") == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Atelier Fictif SAS", ["atelier", "fictif"]),
        ("SAS", ["sas"]),
        ("L’Œuvre d’Été", ["oeuvre", "ete"]),
        ("A" * 60, ["a" * 40]),
        ("???", []),
    ],
)
def test_the_words_of_a_name(name: str, words: list[str]) -> None:
    assert words_of(name) == words
