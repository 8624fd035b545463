"""The catalogue as open data: its schema, its two forms, and nothing of anybody."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime, timedelta
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from bonus.calendar import PARIS
from bonus.extensions import db
from bonus.registry import open_data as module
from bonus.registry.history import Life
from bonus.registry.models import Solution
from bonus.registry.open_data import csv_parts, edition, json_parts
from bonus.registry.open_data_schema import COLUMNS, STATES, VERSION, json_schema
from tests.support.registry import disown, learn
from tests.support.world import ENTERED, NOW, ON

from .offers import OFFERS, certify, enter_offers

DAY = timedelta(days=1)
SCHEMA = "https://bonus.example/donnees/schema.json"


def page_of(slug: str) -> str:
    return f"https://bonus.example/solutions/{slug}"


def as_json(on: date = ON) -> dict[str, Any]:
    """The JSON of a day, which its schema accepts."""
    found = json.loads("".join(json_parts(edition(on), page_of, SCHEMA)))
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(json_schema(SCHEMA), format_checker=checker).validate(found)
    return dict(found)


def as_rows(on: date = ON) -> list[dict[str, str]]:
    text = "".join(csv_parts(edition(on), page_of))
    return list(csv.DictReader(io.StringIO(text, newline="")))


def certifications_of(slug: str, on: date = ON) -> list[dict[str, Any]]:
    (solution,) = [one for one in as_json(on)["solutions"] if one["identifiant"] == slug]
    return list(solution["certifications"])


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema(SCHEMA))


def test_the_schema_refuses_what_is_not_of_it(any_session: Session) -> None:
    enter_offers()
    found = as_json()
    validator = jsonschema.Draft202012Validator(json_schema(SCHEMA))
    for change in (
        {"version": "0.9"},
        {"licence": None},
        {"more": 1},
        {"solutions": [found["solutions"][0] | {"en_vigueur": "oui"}]},
        {"solutions": [found["solutions"][0] | {"email": "someone@example.org"}]},
    ):
        assert not validator.is_valid(found | change), change


def test_the_stable_form() -> None:
    """Whoever changes what follows changes VERSION too: others read these files."""
    assert VERSION == "1.0"
    assert [column.name for column in COLUMNS] == [
        "etat_au",
        "identifiant",
        "nom",
        "reference",
        "usage",
        "usage_nom",
        "description",
        "site",
        "page",
        "en_vigueur",
        "fournisseur_identifiant",
        "fournisseur_nom",
        "certification_label",
        "certification_label_nom",
        "certification_certificateur",
        "certification_reference",
        "certification_valable_du",
        "certification_valable_au",
        "certification_etat",
        "certification_etat_depuis",
        "certification_en_vigueur",
        "certification_audit_du",
        "certification_preuve",
        "certification_evenements",
    ]
    assert list(json_schema(SCHEMA)["properties"]) == [
        "version",
        "titre",
        "licence",
        "licence_adresse",
        "schema",
        "etat_au",
        "registre_modifie_le",
        "solutions",
    ]


def test_every_state_has_its_public_name() -> None:
    life = Life(date(2026, 1, 1), date(2026, 12, 31), ())
    codes = {life.state(day).code for day in (date(2025, 1, 1), date(2026, 6, 1), date(2027, 1, 1))}
    assert codes | {"suspended", "withdrawn", "never_counted"} == STATES.keys()


def test_an_empty_registry(any_session: Session) -> None:
    found = as_json()
    assert (found["solutions"], found["registre_modifie_le"]) == ([], None)
    assert as_rows() == []


def test_each_solution_is_there_once_in_the_order_of_entry(
    any_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    offers = enter_offers()
    certify(offers["Cloud"])
    certify(offers["R"])
    whole, rows = as_json(), as_rows()
    assert [one["nom"] for one in whole["solutions"]] == [name for name, *_ in OFFERS]
    for part in (1, 5, len(OFFERS)):
        monkeypatch.setattr(module, "PART", part)
        assert as_json() == whole
        assert as_rows() == rows


def test_a_solution(any_session: Session) -> None:
    offers = enter_offers()
    solution = offers["Suite bureautique collaborative"]
    solution.description, solution.website = "Une suite\ncomplète", "https://suite.example"
    db.session.commit()
    certification = certify(solution, start=date(2026, 1, 1), end=date(2027, 12, 31), reference="NFG-42")
    learn(certification, "suspended", date(2026, 3, 1), NOW)
    learn(certification, "reinstated", date(2026, 4, 1), NOW)
    (found,) = [one for one in as_json()["solutions"] if one["certifications"]]
    assert found == {
        "identifiant": "suite-bureautique-collaborative",
        "nom": "Suite bureautique collaborative",
        "reference": "SUITE-1AN",
        "usage": "workplace",
        "usage_nom": "Environnement de travail",
        "description": "Une suite\ncomplète",
        "site": "https://suite.example",
        "page": "https://bonus.example/solutions/suite-bureautique-collaborative",
        "en_vigueur": True,
        "fournisseur": {"identifiant": "900600602", "nom": "Cerveau Cloud SAS"},
        "certifications": [
            {
                "label": "NFG",
                "label_nom": "Numérique France Garanti",
                "certificateur": "Bureau Veritas Certification",
                "reference": "NFG-42",
                "valable_du": "2026-01-01",
                "valable_au": "2027-12-31",
                "etat": "en_vigueur",
                "etat_depuis": None,
                "en_vigueur": True,
                "audit_du": "2025-12-02",
                "preuve": "RA-1",
                "evenements": [
                    {"type": "suspension", "le": "2026-03-01", "retroactif": False},
                    {"type": "retablissement", "le": "2026-04-01", "retroactif": False},
                ],
            }
        ],
    }
    (row,) = [one for one in as_rows() if one["certification_label"]]
    assert row["nom"] == "Suite bureautique collaborative"
    assert row["description"] == "Une suite\ncomplète"
    assert (row["en_vigueur"], row["certification_en_vigueur"], row["etat_au"]) == (
        "oui",
        "oui",
        "2026-11-22",
    )
    assert row["certification_evenements"] == "suspension:2026-03-01|retablissement:2026-04-01"


def test_states_are_those_of_the_day(any_session: Session) -> None:
    certification = certify(enter_offers()["Cloud"], start=date(2026, 3, 1), end=date(2026, 9, 30))
    learn(certification, "suspended", date(2026, 5, 10), NOW)
    states = {
        day: (one["etat"], one["etat_depuis"], one["en_vigueur"])
        for day in (date(2026, 2, 28), date(2026, 3, 1), date(2026, 5, 10), date(2026, 10, 1))
        for one in certifications_of("cloud", day)
    }
    assert list(states.values()) == [
        ("a_venir", None, False),
        ("en_vigueur", None, True),
        ("suspendue", "2026-05-10", False),
        ("expiree", None, False),
    ]


def test_withdrawals_and_mistakes(any_session: Session) -> None:
    cloud = enter_offers()["Cloud"]
    learn(certify(cloud, "NFG"), "withdrawn", ON, NOW)
    learn(certify(cloud, "SECNUMCLOUD"), "withdrawn", ON, NOW, retroactive=True)
    disown(certify(cloud, "EEA_EQUIVALENT").facts[0], NOW)
    assert [(one["etat"], one["etat_depuis"]) for one in certifications_of("cloud")] == [
        ("retiree", "2026-11-22"),
        ("retiree_retroactivement", "2026-11-22"),
    ]
    rows = [row for row in as_rows() if row["identifiant"] == "cloud"]
    assert [row["certification_evenements"] for row in rows] == [
        "retrait:2026-11-22",
        "retrait_retroactif:2026-11-22",
    ]
    assert {row["en_vigueur"] for row in rows} == {"non"}


def test_a_solution_without_label_has_a_line(any_session: Session) -> None:
    enter_offers()
    rows = as_rows()
    assert len(rows) == len(OFFERS)
    assert {row["certification_label"] for row in rows} == {""}


def test_a_name_that_is_a_formula(any_session: Session) -> None:
    name = '=HYPERLINK("https://evil.example";"Cloud"), "x"\n;'
    offers = enter_offers()
    db.session.execute(
        insert(Solution).values(
            slug="formule", name=name, axis="ai", supplier_id=offers["R"].supplier_id, created_at=ENTERED
        )
    )
    db.session.commit()
    assert as_rows()[-1]["nom"] == f"'{name}"
    assert as_json()["solutions"][-1]["nom"] == name


def test_nothing_of_anybody_is_in_it(any_session: Session) -> None:
    offers = enter_offers()
    offers["Cloud"].supplier.email = "jeanne@beispiel.example"
    db.session.commit()
    learn(certify(offers["Cloud"]), "suspended", ON, NOW)
    for text in ("".join(json_parts(edition(ON), page_of, SCHEMA)), "".join(csv_parts(edition(ON), page_of))):
        for private in ("jeanne", "@", "Gardienne", "Courrier", "keeper"):
            assert private not in text


# ---------------------------------------------------------------- editions


def test_an_edition_is_the_same_until_something_changes(any_session: Session) -> None:
    offers = enter_offers()
    first = edition(ON)
    assert edition(ON) == first
    assert edition(ON + DAY).tag != first.tag
    certification = certify(offers["Cloud"])
    certified = edition(ON)
    assert certified.tag != first.tag
    learn(certification, "suspended", ON, NOW)
    suspended = edition(ON)
    assert suspended.tag != certified.tag
    db.session.execute(
        insert(Solution).values(
            slug="neuve", name="Neuve", axis="ai", supplier_id=offers["R"].supplier_id, created_at=NOW
        )
    )
    assert edition(ON).tag != suspended.tag


def test_it_changed_this_morning_or_at_the_last_write(any_session: Session) -> None:
    morning = datetime(2026, 11, 22, tzinfo=PARIS)
    assert edition(ON).modified_at == morning
    certification = certify(enter_offers()["Cloud"])
    assert edition(ON).modified_at == morning
    learn(certification, "suspended", ON, NOW)
    assert edition(ON).modified_at == NOW
    assert edition(ON + DAY).modified_at == morning + DAY
