"""What anyone reads of the registry on a day: lists, and a solution's card."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from bonus.errors import NotFound
from bonus.extensions import db
from bonus.registry.catalogue import Card, card, last_change, results
from bonus.registry.history import State
from bonus.registry.labels import label_names
from bonus.registry.models import Solution
from bonus.registry.search import Filters
from bonus.registry.search_names import meaning
from bonus.registry.writing import change, correct
from tests.support.registry import LEARNED, disown, learn
from tests.support.world import NOW, ON

from .offers import certify, enter_offers

DAY = timedelta(days=1)
ALL = Filters()
USAGES = {"cloud": "Cloud", "ai": "Intelligence artificielle", "cybersecurity": "Cybersécurité"}
LABELS = {
    "NFG": "Numérique France Garanti",
    "SECNUMCLOUD": "SecNumCloud",
    "ANSSI_QUALIFICATION": "Qualification de l’ANSSI",
}


@pytest.fixture
def offers(any_session: Session) -> dict[str, Solution]:
    return enter_offers()


def states(found: Card) -> list[tuple[str, str]]:
    return [(one.standing.label, one.standing.state.code) for one in found.held]


# ---------------------------------------------------------------- lists


def test_a_list_says_where_each_label_stands(offers: dict[str, Solution]) -> None:
    cloud, suite = offers["Cloud"], offers["Suite bureautique collaborative"]
    certify(cloud, "SECNUMCLOUD", end=ON - DAY)
    certify(cloud, "NFG")
    # of two certifications of one label, the one that tells most
    certify(suite, "NFG", date(2024, 1, 1), date(2024, 12, 31), "N-1")
    certify(suite, "NFG", ON + DAY, ON + 30 * DAY, "N-2")
    entries = {entry.hit.name: entry for entry in results("", ALL, ON).entries}
    told = [(one.name, one.state.code) for one in entries["Cloud"].standings]
    assert told == [("Numérique France Garanti", "in_force"), ("SecNumCloud", "expired")]
    assert entries["Cloud"].in_force
    (one,) = entries["Suite bureautique collaborative"].standings
    assert (one.state, one.valid_from) == (State("not_yet"), ON + DAY)
    assert not entries["Suite bureautique collaborative"].in_force
    assert entries["R"].standings == []
    assert not entries["R"].in_force


def test_what_was_entered_by_mistake_is_not_in_lists(offers: dict[str, Solution]) -> None:
    certification = certify(offers["Cloud"])
    disown(certification.facts[0], NOW)
    (entry,) = results("cloud", Filters(usage="cloud"), ON).entries[:1]
    assert (entry.hit.name, entry.standings) == ("Cloud", [])


def test_nothing_found_says_what_to_change(offers: dict[str, Solution]) -> None:
    certify(offers["Cloud"])
    certify(offers["Hébergement"], "SECNUMCLOUD")
    found = results("cloud xyzzy", Filters(usage="quantum"), ON)
    assert (found.entries, found.unknown, found.without) == ([], ("xyzzy",), {})
    found = results("cloud", Filters(usage="cloud", label="SECNUMCLOUD", in_force=True), ON)
    assert found.entries == []
    assert found.unknown == ()
    assert found.without == {"label": (1, False)}


def test_an_empty_registry(any_session: Session) -> None:
    found = results("", ALL, ON)
    assert (found.entries, found.page.total, found.unknown, found.without) == ([], 0, (), {})
    assert results("cloud", ALL, ON).unknown == ("cloud",)


# ---------------------------------------------------------------- usages and labels in what is typed


@pytest.mark.parametrize(
    ("typed", "text", "usage", "label"),
    [
        ("secnumcloud", "", None, "SECNUMCLOUD"),
        ("SecNumClod", "", None, "SECNUMCLOUD"),
        ("messagerie NFG", "messagerie", None, "NFG"),
        ("numerique france garanti", "", None, "NFG"),
        ("anssi", "", None, "ANSSI_QUALIFICATION"),
        ("qualification ANSSI", "", None, "ANSSI_QUALIFICATION"),
        ("pare-feu cybersecurité anssi", "pare feu", "cybersecurity", "ANSSI_QUALIFICATION"),
        ("intelligense artificielle", "", "ai", None),
    ],
)
def test_a_filter_said_in_words(typed: str, text: str, usage: str | None, label: str | None) -> None:
    found = meaning(typed, ALL, USAGES, LABELS)
    assert found is not None
    assert (found.text, found.filters.usage, found.filters.label) == (text, usage, label)


@pytest.mark.parametrize("typed", ["", "messagerie", "intelligence", "numérique", "qualification", "nfx"])
def test_words_that_say_no_filter(typed: str) -> None:
    assert meaning(typed, ALL, USAGES, LABELS) is None


def test_a_filter_that_is_set_is_not_said_again() -> None:
    assert meaning("secnumcloud", Filters(label="NFG"), USAGES, LABELS) is None


def test_a_label_typed_finds_what_has_it(offers: dict[str, Solution]) -> None:
    certify(offers["Messagerie sécurisée"], "SECNUMCLOUD")
    found = results("secnumclowd", ALL, ON)
    assert [entry.hit.name for entry in found.entries] == ["Messagerie sécurisée"]
    assert found.read_as is not None
    assert found.read_as.names == ("SecNumCloud",)
    assert [entry.hit.name for entry in results("messagerie SecNumCloud", ALL, ON).entries] == [
        "Messagerie sécurisée"
    ]


def test_words_of_solutions_come_before_the_usage_they_name(offers: dict[str, Solution]) -> None:
    found = results("cybersécurité", ALL, ON)
    assert [entry.hit.name for entry in found.entries] == ["Cybersécurité managée"]
    assert found.read_as is None
    assert found.also is not None
    assert found.also.filters.usage == "cybersecurity"


# ---------------------------------------------------------------- cards


def test_a_card_tells_each_certification_those_that_count_first(offers: dict[str, Solution]) -> None:
    cloud = offers["Cloud"]
    certify(cloud, "SECNUMCLOUD", date(2024, 1, 1), date(2024, 12, 31))
    certify(cloud, "NFG")
    withdrawn = certify(cloud, "EEA_EQUIVALENT")
    learn(withdrawn, "withdrawn", ON, NOW, retroactive=True)
    mistaken = certify(cloud, "NFG", date(2020, 1, 1), date(2020, 12, 31), "MISTAKE")
    disown(mistaken.facts[0], NOW)
    found = card("cloud", ON)
    assert found.solution.name == "Cloud"
    assert states(found) == [
        ("NFG", "in_force"),
        ("SECNUMCLOUD", "expired"),
        ("EEA_EQUIVALENT", "never_counted"),
        ("NFG", "annulled"),
    ]
    assert found.in_force
    assert found.held[3].known is None
    assert found.held[3].grant.evidence == "RA-1"


def test_a_card_shows_the_criteria_and_the_audit(offers: dict[str, Solution]) -> None:
    certification = certify(offers["Cloud"])
    (held,) = card("cloud", ON).held
    assert [(one.name, one.met) for one in held.criteria] == [
        ("Activités clés, gouvernance et hébergement en France", True),
        ("Sécurité et protection des données", True),
        ("Majorité de la valeur ajoutée numérique produite en France", True),
    ]
    assert held.grant.evidence == "RA-1"
    with change(LEARNED, NOW) as made:
        correct(certification.facts[0], {"evidence": "RA-2"}, made, NOW)
    db.session.commit()
    (held,) = card("cloud", ON).held
    assert held.grant.evidence == "RA-2"


@pytest.mark.parametrize("slug", ["nulle-part", "", "x" * 500, "Cloud", "cloud%", "'"])
def test_no_such_solution(offers: dict[str, Solution], slug: str) -> None:
    with pytest.raises(NotFound):
        card(slug, ON)


def test_the_names_of_labels_in_their_order(any_session: Session) -> None:
    names = label_names(ON)
    assert list(names.values()) == sorted(names.values())
    assert names["NFG"] == "Numérique France Garanti"


def test_when_the_registry_last_changed(offers: dict[str, Solution]) -> None:
    before, _ = last_change()
    learn(certify(offers["Cloud"]), "suspended", ON, NOW)
    after, changed_at = last_change()
    assert after > before
    assert changed_at == NOW
