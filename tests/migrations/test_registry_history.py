"""Certifications and events of revision 0006 become facts at 0009, and come back as they were."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from bonus.extensions import db
from bonus.registry.history import Fact, life
from tests.support.application import migrate_to

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)
AT = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
START, END = date(2026, 3, 1), date(2026, 3, 20)
RANDOM_LIVES = 60

Row = dict[str, Any]
LIVES: dict[str, list[tuple[str, str, bool]]] = {
    "in force": [],
    "suspended": [("suspended", "03-05", False)],
    "reinstated": [("suspended", "03-05", False), ("reinstated", "03-10", False)],
    "reinstated that day": [("suspended", "03-05", False), ("reinstated", "03-05", False)],
    "withdrawn": [("withdrawn", "03-10", False)],
    "withdrawn at once": [("withdrawn", "03-01", False)],
    "fraud": [("withdrawn", "03-25", True)],
    "fraud found later": [("withdrawn", "03-10", False), ("withdrawn", "02-01", True)],
    "suspended, then withdrawn": [("suspended", "03-05", False), ("withdrawn", "03-10", False)],
    "told in another order": [("reinstated", "03-10", False), ("suspended", "03-05", False)],
    # Nothing refused these before.
    "suspended before it began": [("suspended", "02-20", False)],
    "suspended after its end": [("suspended", "03-25", False)],
    "suspended after its withdrawal": [("withdrawn", "03-05", False), ("suspended", "03-10", False)],
    "reinstated after its withdrawal": [("withdrawn", "03-05", False), ("reinstated", "03-10", False)],
}


def table(name: str) -> sa.Table:
    return sa.Table(name, sa.MetaData(), autoload_with=db.engine)


def put(name: str, rows: list[Row]) -> None:
    if rows:
        insertion = table(name).insert()
        with db.engine.begin() as connection:
            connection.execute(insertion, rows)


def rows_of(name: str) -> list[Row]:
    """Every row, in the order of their ids, moments in UTC."""
    found = table(name)
    with db.engine.connect() as connection:
        rows = connection.execute(sa.select(found).order_by(found.c.id)).mappings().all()
    return [{key: _aware(value) for key, value in row.items()} for row in rows]


def _aware(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return value


def certification(number: int, **changes: Any) -> Row:
    """A certification at revision 0006, each of a solution of its own."""
    return {
        "id": number,
        "solution_id": number,
        "label": "NFG",
        "reference": f"R-{number}",
        "valid_from": START,
        "valid_until": END,
        "recorded_at": AT + number * DAY,
    } | changes


def event(certification_id: int, kind: str, on: date, retroactive: bool = False) -> Row:
    return {
        "certification_id": certification_id,
        "type": kind,
        "on": on,
        "retroactive": retroactive,
        "recorded_at": AT + timedelta(hours=certification_id),
    }


def fill(certifications: list[Row], events: list[Row]) -> None:
    """A database at revision 0006 that holds these."""
    put(
        "suppliers",
        [{"id": 1, "identifier": "900100207", "name": "Éditions du Nuage", "created_at": AT}],
    )
    solutions = sorted({row["solution_id"] for row in certifications})
    named = {"axis": "cloud", "supplier_id": 1, "created_at": AT}
    put(
        "solutions",
        [
            named | {"id": number, "slug": f"s-{number}", "name": f"Œuvre {number}", "reference": None}
            for number in solutions
        ],
    )
    put("certifications", certifications)
    put("certification_events", [{"id": rank} | one for rank, one in enumerate(events, 1)])


def examples() -> tuple[list[Row], list[Row]]:
    """The lives above, then some at random."""
    lives = [
        [(kind, date(2026, *map(int, on.split("-"))), fraud) for kind, on, fraud in told]
        for told in LIVES.values()
    ]
    chance = Random(7)
    for _ in range(RANDOM_LIVES):
        told = []
        for _ in range(chance.randint(1, 6)):
            kind = chance.choice(["suspended", "suspended", "reinstated", "reinstated", "withdrawn"])
            on = START + chance.randint(-2, 22) * DAY
            told.append((kind, on, kind == "withdrawn" and chance.random() < 0.2))
        lives.append(told)
    events = [event(number, *one) for number, told in enumerate(lives, 1) for one in told]
    return [certification(number) for number in range(1, len(lives) + 1)], events


def facts_by_certification() -> dict[int, list[Fact]]:
    names = [
        "id",
        "kind",
        "recorded_at",
        "valid_from",
        "valid_until",
        "happened_on",
        "retroactive",
        "corrects_id",
        "void",
    ]
    found: dict[int, list[Fact]] = {}
    for row in rows_of("certification_facts"):
        found.setdefault(row["certification_id"], []).append(Fact(**{name: row[name] for name in names}))
    return found


def test_what_was_entered_before_becomes_facts(empty_app: Flask) -> None:
    migrate_to(empty_app, "0006")
    with empty_app.app_context():
        certifications, events = examples()
        fill(certifications, events)
    migrate_to(empty_app, "0009")
    with empty_app.app_context():
        facts = facts_by_certification()
        now = {row["id"]: row for row in rows_of("certifications")}
        periods: dict[int, list[tuple[date, date]]] = {number: [] for number in now}
        for row in rows_of("in_force_periods"):
            periods[row["certification_id"]].append((row["starts_on"], row["ends_on"]))
            assert (row["solution_id"], row["label"]) == (row["certification_id"], "NFG")
        for row in certifications:
            number = row["id"]
            known = life(facts[number])
            assert known is not None
            assert {name: now[number][name] for name in row} == row
            assert now[number]["covers_until"] == known.covers_until, known
            assert sorted(periods[number]) == known.periods(), known
            assert facts[number][0].recorded_at == row["recorded_at"]
        told = [one for number in sorted(facts) for one in facts[number] if one.kind != "granted"]
        by_order = sorted(
            enumerate(events), key=lambda pair: (pair[1]["certification_id"], pair[1]["on"], pair[0])
        )
        assert [(one.kind, one.happened_on, one.retroactive, one.recorded_at) for one in told] == [
            (one["type"], one["on"], one["retroactive"], one["recorded_at"]) for _, one in by_order
        ]
        [change] = rows_of("registry_changes")
        assert (change["source"], change["recorded_by"]) == ("service", "service:migration")
        assert change["done_at"] is not None  # no follow-up: nothing was learned
        assert rows_of("solutions")[0]["search_text"] == "oeuvre 1 editions du nuage 900100207"


def test_and_comes_back_as_it_was(empty_app: Flask) -> None:
    migrate_to(empty_app, "0006")
    with empty_app.app_context():
        certifications, events = examples()
        fill(certifications, events)
    migrate_to(empty_app, "0009")
    migrate_to(empty_app, "0006", down=True)
    with empty_app.app_context():
        assert rows_of("certifications") == certifications
        back = [{name: row[name] for name in events[0]} for row in rows_of("certification_events")]
        # The order of the days decides, then the order told: ids may be others.
        assert sorted(back, key=_by_day) == sorted(events, key=_by_day)
        put("certifications", [certification(999, solution_id=1, label="SFG")])
    migrate_to(empty_app, "0009")
    with empty_app.app_context():
        assert [row["id"] for row in rows_of("certifications")][-1] == 999


def _by_day(row: Row) -> tuple[int, date]:
    return row["certification_id"], row["on"]


def test_two_of_one_reference(empty_app: Flask) -> None:
    """Nothing forbade it; a certifier's reference is now one certification's. The way back gives both theirs again."""
    certifications = [
        certification(1, reference="NFG-DEMO"),
        certification(2, reference="NFG-DEMO"),
        certification(3, reference="NFG-DEMO", label="SECNUMCLOUD"),
        certification(4, reference="NFG-DEMO-5"),
        certification(5, reference="NFG-DEMO"),
        certification(6, reference="x" * 80),
        certification(7, reference="x" * 80),
    ]
    migrate_to(empty_app, "0006")
    with empty_app.app_context():
        fill(certifications, [])
    migrate_to(empty_app, "0009")
    with empty_app.app_context():
        assert {row["id"]: row["reference"] for row in rows_of("certifications")} == {
            1: "NFG-DEMO",
            2: "NFG-DEMO-2",
            3: "NFG-DEMO",  # another certifier's
            4: "NFG-DEMO-5",
            5: "NFG-DEMO-5-bis",
            6: "x" * 80,
            7: "x" * 78 + "-7",
        }
        assert [row["reason"].replace("\u00a0", " ") for row in rows_of("registry_changes")[:2]] == [
            "Inscrit avant la tenue de l’historique",
            "Inscrit avant la tenue de l’historique, sous une référence déjà prise : NFG-DEMO",
        ]
    migrate_to(empty_app, "0006", down=True)
    with empty_app.app_context():
        assert rows_of("certifications") == certifications


def test_new_certifications_follow_those_carried_over(empty_app: Flask) -> None:
    """PostgreSQL counts ids apart: it must go on after the last."""
    migrate_to(empty_app, "0006")
    with empty_app.app_context():
        fill([certification(7)], [])
    for revision, down in (("0009", False), ("0006", True)):
        migrate_to(empty_app, revision, down=down)
        with empty_app.app_context():
            last = rows_of("certifications")[-1]
            new = {name: value for name, value in last.items() if name != "id"} | {
                "reference": revision,
                "label": {"0009": "SFG", "0006": "SECNUMCLOUD"}[revision],
            }
            put("certifications", [new])
            if revision == "0009":  # one that was never granted is none for the former form
                assert rows_of("certifications")[-1]["id"] == 8
            else:
                assert [row["id"] for row in rows_of("certifications")] == [7, 8]


def test_what_was_corrected_has_no_place_in_the_former_form(empty_app: Flask) -> None:
    migrate_to(empty_app, "0006")
    with empty_app.app_context():
        fill(
            [certification(1), certification(2)],
            [
                event(1, "suspended", date(2026, 3, 5)),
                event(1, "reinstated", date(2026, 3, 10)),
                event(2, "suspended", date(2026, 3, 5)),
            ],
        )
    migrate_to(empty_app, "0009")
    with empty_app.app_context():
        facts = {(row["certification_id"], row["kind"]): row for row in rows_of("certification_facts")}
        mended = dict(facts[(1, "suspended")])
        never = dict(facts[(2, "granted")])
        later = {"recorded_at": AT + 99 * DAY}
        mended |= later | {"corrects_id": mended.pop("id"), "happened_on": date(2026, 3, 10)}
        never |= later | {"corrects_id": never.pop("id"), "void": True}
        put("certification_facts", [mended, never])
    migrate_to(empty_app, "0006", down=True)
    with empty_app.app_context():
        assert [row["id"] for row in rows_of("certifications")] == [1]  # the other never was
        told = [(row["certification_id"], row["type"], row["on"]) for row in rows_of("certification_events")]
        # On the day they now share, the order told first is kept.
        assert told == [(1, "suspended", date(2026, 3, 10)), (1, "reinstated", date(2026, 3, 10))]


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        (
            {"solution_id": 1, "valid_from": END},
            "certifications 1 and 2: both NFG for solution 1 on 2026-03-20",
        ),
        ({"label": "MAISON"}, "certification 2: no certifier grants the label MAISON"),
    ],
)
def test_what_cannot_stand_any_more_is_told_before_anything_changes(
    empty_app: Flask, second: Row, sentence: str
) -> None:
    certifications = [certification(1), certification(2, **second)]
    migrate_to(empty_app, "0006")
    with empty_app.app_context():
        fill(certifications, [event(1, "suspended", END)])
    migrate_to(empty_app, "0008")
    with pytest.raises(SystemExit, match=sentence):
        migrate_to(empty_app, "0009")
    with empty_app.app_context():
        assert rows_of("certifications") == certifications
        assert len(rows_of("certification_events")) == 1
        mended = table("certifications").update().where(sa.text("id = 2"))
        with db.engine.begin() as connection:
            connection.execute(mended.values(valid_from=END + DAY, valid_until=END + DAY, label="NFG"))
    migrate_to(empty_app, "0009")


def test_one_may_follow_another_that_was_withdrawn(empty_app: Flask) -> None:
    on = date(2026, 3, 10)
    migrate_to(empty_app, "0006")
    with empty_app.app_context():
        fill(
            [
                certification(1),
                certification(2, solution_id=1, valid_from=on),
                certification(3, solution_id=1),
            ],
            [event(1, "withdrawn", on), event(3, "withdrawn", END, True)],
        )
    migrate_to(empty_app, "0009")
    with empty_app.app_context():
        assert [row["covers_until"] for row in rows_of("certifications")] == [on - DAY, END, None]
