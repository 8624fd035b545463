"""The catalogue's search: the same answers on both databases, in the same order."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from bonus.extensions import db
from bonus.registry import search as module
from bonus.registry.models import Solution, Supplier
from bonus.registry.search import PAGE_SIZE, Filters, search, suggest, unknown_words
from bonus.registry.search_patterns import exact, found, padded, read
from bonus.registry.service import fold
from tests.support.registry import learn
from tests.support.world import ENTERED, NOW, ON

from .offers import OFFERS, certify, enter_offers

ALL = Filters()
DAY = timedelta(days=1)


def names(typed: str, filters: Filters = ALL, on: date = ON) -> list[str]:
    return [hit.name for hit in search(typed, filters, on).hits]


ANSWERS: list[tuple[str, list[str]]] = [
    # the very name, then words of the name, then the supplier's; each by name
    ("hébergement", ["Hébergement", "Hébergement cloud qualifié", "Hébergements régionaux"]),
    ("HEBERGEMENTS", ["Hébergement", "Hébergement cloud qualifié", "Hébergements régionaux"]),
    (
        "cloud",
        [
            "Cloud",
            "Hébergement cloud qualifié",
            "Assistant d’IA",
            "Calculateur quantique",
            "Messagerie sécurisée",
            "R",
            "Suite bureautique collaborative",
        ],
    ),
    ("cloud hébergement", ["Hébergement cloud qualifié"]),
    ("suite cerveau", ["Suite bureautique collaborative"]),
    ("suite-1an", ["Suite bureautique collaborative"]),
    ("oeuvres de l’état", ["Œuvres & Archives de l’État"]),
    ("digiposte", ["Coffre-fort numérique"]),
    ("coffre_10%", ["Coffre-fort numérique"]),
    ("DE136695976", ["Cloud", "Cybersécurité managée"]),
    ("136695976", ["Cloud", "Cybersécurité managée"]),
    ("m365", ["Messagerie sécurisée"]),
    ("ia", ["Assistant d’IA"]),
    ("r", ["R"]),
    # mistakes
    ("hebregement clooud", ["Hébergement cloud qualifié"]),
    ("quantqiue", ["Calculateur quantique"]),
    ("suitebureautique", ["Suite bureautique collaborative"]),
    ("sécurité", ["Cybersécurité managée", "Messagerie sécurisée"]),
    ("clodu bespiel", ["Cloud"]),
    ("beispeil", ["Cloud", "Cybersécurité managée"]),
    # nothing
    ("xyzzy", []),
    ("cloud xyzzy", []),
    ("quantique bureautique", []),
]


def test_what_is_found_in_which_order(any_session: Session) -> None:
    enter_offers()
    assert {typed: names(typed) for typed, _ in ANSWERS} == dict(ANSWERS)


def test_what_is_only_near_comes_last_and_says_so(any_session: Session) -> None:
    enter_offers()
    hits = search("regionaux", ALL, ON).hits
    assert [(hit.name, hit.near) for hit in hits] == [("Hébergements régionaux", False)]
    page = search("quallifié", ALL, ON)
    assert [(hit.name, hit.near) for hit in page.hits] == [("Hébergement cloud qualifié", True)]
    assert (page.meant, page.near) == (("qualifié",), True)
    exactly = search("qualifié", ALL, ON)
    assert (exactly.meant, exactly.near) == ((), False)


def test_with_few_exact_results_near_ones_follow(any_session: Session) -> None:
    offers = enter_offers()
    supplier = offers["Cloud"].supplier
    db.session.add(Solution(slug="cloude", name="Cloude", axis="ai", supplier=supplier, created_at=NOW))
    db.session.execute(update(Solution).where(Solution.slug == "cloude").values(search_text="cloude"))
    db.session.commit()
    assert [(hit.name, hit.near) for hit in search("quantiques", ALL, ON).hits] == [
        ("Calculateur quantique", False)
    ]
    assert [(hit.name, hit.near) for hit in search("cloude", ALL, ON).hits][:2] == [
        ("Cloude", False),
        ("Cloud", True),
    ]


def test_no_word_lists_everything_by_name(any_session: Session) -> None:
    enter_offers()
    for typed in ("", "   ", "%", "🚀", '"*"'):
        page = search(typed, ALL, ON)
        assert [fold(hit.name) for hit in page.hits] == sorted(fold(name) for name, *_ in OFFERS)
        assert (page.total, page.more, page.page, page.pages, page.near) == (len(OFFERS), False, 1, 1, False)


def test_the_database_finds_what_reading_every_text_would(any_session: Session) -> None:
    """Each beginning of each word, and pairs of them, against the definition in Python."""
    enter_offers()
    texts = {row.name: padded(row.search_text) for row in db.session.execute(select(Solution))
             .scalars()}  # fmt: skip
    words = sorted({word for one in texts.values() for word in one.split()})
    typed = {word[:end] for word in words for end in (1, 2, 3, 5, len(word))}
    for first, second in zip(sorted(typed), sorted(typed)[7:], strict=False):
        for asked in (first, f"{first} {second}"):
            groups = [exact(word) for word in read(asked)]
            expected = {name for name, one in texts.items() if found(groups, one)}
            got = {hit.name for hit in search(asked, ALL, ON).hits if not hit.near}
            assert got == expected, asked


HOSTILE = [
    '"',
    "'; DROP TABLE solutions; --",
    '" OR "cloud',
    "cloud OR",
    "NEAR(cloud qualifié)",
    "text:cloud",
    "cloud*",
    "^cloud",
    "-cloud +",
    "cloud%' OR '1'='1",
    "cl_ud",
    "\\",
    "cloud\x00qualifié",
    "\x00",
    "\ud800cloud",
    "👩‍🚀 cloud",
    "\u202ecloud",
    "x" * 10_000,
    "cloud " * 2_000,
    "数据",
    "AND OR NOT",
]


def test_a_hostile_text_does_no_harm(any_session: Session) -> None:
    enter_offers()
    for typed in HOSTILE:
        assert search(typed, Filters(usage="cloud", label="NFG", in_force=True), ON).hits == []
        for order in ("relevance", "name", "newest"):
            search(typed, Filters(order=order), ON)
        suggest(typed)
        unknown_words(typed)
    assert len(names("cloud")) == 7


def test_a_long_text_is_cut_not_refused(any_session: Session) -> None:
    enter_offers()
    assert names("cloud " * 2_000)[0] == "Cloud"


# ---------------------------------------------------------------- what is written is found


def test_what_plain_sql_writes_is_found(any_session: Session) -> None:
    offers = enter_offers()
    row = {
        "name": "Zébulon",
        "axis": "ai",
        "supplier_id": offers["Cloud"].supplier_id,
        "created_at": ENTERED,
    }
    db.session.execute(
        insert(Solution),
        [{**row, "slug": f"zebulon-{rank}", "search_text": f"zebulon {rank}"} for rank in (1, 2)],
    )
    assert [hit.slug for hit in search("zébulon", ALL, ON).hits] == ["zebulon-1", "zebulon-2"]
    assert [hit.slug for hit in search("zebluon", ALL, ON).hits] == ["zebulon-1", "zebulon-2"]

    db.session.execute(update(Solution).where(Solution.slug == "zebulon-1").values(search_text="marguerite"))
    assert [hit.slug for hit in search("zébulon", ALL, ON).hits] == ["zebulon-2"]
    assert [hit.slug for hit in search("margueritte", ALL, ON).hits] == ["zebulon-1"]

    db.session.execute(text("DELETE FROM solutions WHERE slug LIKE 'zebulon-%'"))
    assert names("zébulon") == names("marguerite") == []


def test_a_text_that_is_not_folded_breaks_nothing(any_session: Session) -> None:
    offers = enter_offers()
    strange = 'ÉTÉ "guillemets" \\ [] {} \n\t 日本 ' + "x" * 5_000
    db.session.execute(update(Solution).where(Solution.id == offers["Cloud"].id).values(search_text=strange))
    assert [(hit.name, hit.near) for hit in search("guillemets", ALL, ON).hits] == [("Cloud", True)]
    assert "Cloud" not in names("cloud")


def test_a_change_rolled_back_leaves_no_trace(any_session: Session) -> None:
    enter_offers()
    db.session.execute(update(Solution).values(search_text="zebulon"))
    assert len(names("zebulon")) == len(OFFERS)
    db.session.rollback()
    assert names("zebulon") == []
    assert names("quantique") == ["Calculateur quantique"]


# ---------------------------------------------------------------- filters


@pytest.mark.parametrize("readable", [0, 5_000], ids=["looked up", "read one by one"])
def test_filters_narrow_what_is_found(
    any_session: Session, monkeypatch: pytest.MonkeyPatch, readable: int
) -> None:
    monkeypatch.setattr(module, "READABLE", readable)
    offers = enter_offers()
    certify(offers["Cloud"])
    certify(offers["Hébergement cloud qualifié"], "SECNUMCLOUD")
    certify(offers["Suite bureautique collaborative"], end=ON - DAY)
    certify(offers["Calculateur quantique"], start=ON + DAY)
    assert names("", Filters(usage="quantum")) == ["Calculateur quantique"]
    assert names("cloud", Filters(usage="workplace")) == [
        "Messagerie sécurisée",
        "Suite bureautique collaborative",
    ]
    # a label it has, had, or will have
    assert names("", Filters(label="NFG")) == [
        "Calculateur quantique",
        "Cloud",
        "Suite bureautique collaborative",
    ]
    assert names("", Filters(label="NFG", in_force=True)) == ["Cloud"]
    assert names("", Filters(in_force=True)) == ["Cloud", "Hébergement cloud qualifié"]
    assert names("cloud", Filters(in_force=True)) == ["Cloud", "Hébergement cloud qualifié"]
    assert names("cloud", Filters(label="SECNUMCLOUD")) == ["Hébergement cloud qualifié"]
    assert names("", Filters(usage="cloud", label="SFG")) == []


@pytest.mark.parametrize(
    ("day", "there"),
    [
        (date(2026, 2, 28), False),
        (date(2026, 3, 1), True),
        (date(2026, 5, 9), True),
        (date(2026, 5, 10), False),
        (date(2026, 6, 1), False),
        (date(2026, 6, 2), True),
        (date(2026, 9, 30), True),
        (date(2026, 10, 1), False),
    ],
)
def test_in_force_follows_the_day(any_session: Session, day: date, there: bool) -> None:
    offers = enter_offers()
    certification = certify(offers["Cloud"], start=date(2026, 3, 1), end=date(2026, 9, 30))
    learn(certification, "suspended", date(2026, 5, 10), NOW)
    learn(certification, "reinstated", date(2026, 6, 2), NOW)
    for filters in (Filters(in_force=True), Filters(label="NFG", in_force=True)):
        assert ("Cloud" in names("", filters, day)) is there
        assert ("Cloud" in names("cloud", filters, day)) is there


def test_orders(any_session: Session) -> None:
    enter_offers()
    entered = [name for name, *_ in OFFERS]
    assert names("", Filters(order="newest")) == entered[::-1]
    assert names("hebergement", Filters(order="newest")) == entered[2::-1]
    assert names("hebergements", Filters(order="name")) == sorted(entered[:3])


# ---------------------------------------------------------------- pages


def many(count: int, name: str = "Gestion") -> None:
    supplier = Supplier(identifier="900200205", name="Mille Fictif", created_at=ENTERED)
    db.session.add(supplier)
    db.session.flush()
    db.session.execute(
        insert(Solution),
        [
            {
                "slug": f"{fold(name)}-{rank:05d}",
                "name": f"{name} {rank:05d}",
                "axis": "data",
                "supplier_id": supplier.id,
                "created_at": ENTERED,
                "search_text": f"{fold(name)} {rank:05d} mille fictif 900200205",
            }
            for rank in range(count)
        ],
    )
    db.session.commit()


@pytest.mark.parametrize("typed", ["", "gestion"])
def test_pages_follow_each_other_without_hole_nor_repeat(any_session: Session, typed: str) -> None:
    many(2 * PAGE_SIZE + 1)
    pages = [search(typed, ALL, ON, number) for number in (1, 2, 3)]
    assert [len(page.hits) for page in pages] == [PAGE_SIZE, PAGE_SIZE, 1]
    seen = [hit.slug for page in pages for hit in page.hits]
    assert seen == sorted(set(seen))
    assert {(page.total, page.pages, page.more) for page in pages} == {(2 * PAGE_SIZE + 1, 3, False)}
    for beyond in (4, 10**12):
        assert search(typed, ALL, ON, beyond) == pages[-1]
    for before in (0, -1, -(10**12)):
        assert search(typed, ALL, ON, before) == pages[0]


@pytest.mark.parametrize("readable", [0, 5_000], ids=["looked up", "read one by one"])
@pytest.mark.parametrize("order", ["relevance", "name", "newest"])
def test_beyond_what_is_counted_one_is_told_so(
    any_session: Session, monkeypatch: pytest.MonkeyPatch, order: str, readable: int
) -> None:
    monkeypatch.setattr(module, "READABLE", readable)
    monkeypatch.setattr(module, "SHOWN", 40)
    monkeypatch.setattr(module, "RANKED", 50)
    many(90)
    filters = Filters(usage="data", order=order)
    ranks = range(89, 49, -1) if order == "newest" else range(40)
    for typed in ("", "gestion", "gestoin"):
        pages = [search(typed, filters, ON, number) for number in (1, 2, 3)]
        assert {(page.total, page.more, page.pages) for page in pages} == {(40, True, 2)}
        assert pages[1].hits == pages[2].hits
        seen = [hit.slug for page in pages[:2] for hit in page.hits]
        assert seen == [f"gestion-{rank:05d}" for rank in ranks], typed


def test_the_very_name_is_found_however_many_others_have_its_words(
    any_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SHOWN", 40)
    monkeypatch.setattr(module, "RANKED", 50)
    many(90)
    offers = enter_offers()
    supplier = offers["Cloud"].supplier
    db.session.add(Solution(slug="gestion", name="Gestion", axis="ai", supplier=supplier, created_at=NOW))
    db.session.flush()
    db.session.execute(update(Solution).where(Solution.slug == "gestion").values(search_text="gestion"))
    assert names("GESTION")[0] == "Gestion"
    assert "Gestion" not in names("GESTION", Filters(usage="data"))


@pytest.mark.parametrize("label", ["NFG", "SFG"])
def test_a_label_few_have_and_one_many_have(
    any_session: Session, monkeypatch: pytest.MonkeyPatch, label: str
) -> None:
    monkeypatch.setattr(module, "RANKED", 3)
    monkeypatch.setattr(module, "SHOWN", 3)
    offers = enter_offers()
    for name in ("Cloud", "Hébergement", "Messagerie sécurisée", "R", "Suite bureautique collaborative"):
        certify(offers[name], "NFG")
    certify(offers["Suite bureautique collaborative"], "SFG")
    expected = ["Cloud", "Hébergement", "Messagerie sécurisée"]
    found = names("", Filters(label=label, in_force=True))
    assert found == (expected if label == "NFG" else ["Suite bureautique collaborative"])
    assert names("", Filters(label=label, usage="workplace")) == (
        ["Messagerie sécurisée", "Suite bureautique collaborative"]
        if label == "NFG"
        else ["Suite bureautique collaborative"]
    )


# ---------------------------------------------------------------- suggestions


def test_suggestions(any_session: Session) -> None:
    enter_offers()
    assert [hit.name for hit in suggest("cloud", 2)] == ["Cloud", "Hébergement cloud qualifié"]
    assert [hit.name for hit in suggest("clodu", 2)] == ["Cloud", "Hébergement cloud qualifié"]
    assert suggest("") == suggest("%") == suggest("xyzzy") == suggest("cloud", 0) == []
    (hit,) = suggest("bureautique")
    assert (hit.slug, hit.supplier, hit.supplier_identifier, hit.axis) == (
        "suite-bureautique-collaborative",
        "Cerveau Cloud SAS",
        "900600602",
        "workplace",
    )


def test_words_the_registry_has_nowhere(any_session: Session) -> None:
    enter_offers()
    assert unknown_words("cloud xyzzy hebregement plugh") == ["xyzzy", "plugh"]
    assert unknown_words("") == []
