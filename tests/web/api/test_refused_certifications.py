"""Certifications that the registry does not take: the sentence is at its field, and nothing is written."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.world import World

from .machine import Machine, body, refusal, sentence_at, written

ADDRESS = "/certifications/BV-2026-0042"
WHY = "Erreur de saisie de la date de fin"


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"label": "INCONNU"}, "label", "registry.unknown_label"),
        ({"valid_until": "2026-02-28"}, "valid_until", "registry.dates"),
        ({"valid_from": "2027-11-23", "valid_until": "2029-01-01"}, "valid_from", "registry.too_far"),
        ({"audit__audited_on": "2026-11-23"}, "audit.audited_on", "registry.future_audit"),
        ({"audit__audited_on": None}, "audit.audited_on", "registry.audit_missing"),
        ({"audit__evidence": None}, "audit.evidence", "registry.evidence_missing"),
        ({"audit__criteria": None}, "audit.criteria", "registry.criteria"),
        ({"audit__criteria": [True, True]}, "audit.criteria", "registry.criteria"),
        ({"audit__criteria": [True, False, True]}, "audit.criteria", "registry.criteria"),
        ({"audit__criteria": [True] * 4}, "audit.criteria", "registry.criteria"),
        ({"audit": None}, "audit.criteria", "registry.criteria"),
    ],
)
def test_what_the_registry_refuses(
    world: World, veritas: Machine, changes: dict[str, Any], field: str, code: str
) -> None:
    before = written(world)
    response = veritas.put(ADDRESS, body(**changes))
    assert refusal(response) == (422, code)
    assert sentence_at(response, field)
    assert written(world) == before


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"supplier__identifier": "900600009"}, "supplier.identifier", "sa clé est fausse"),
        ({"supplier__identifier": "FR83900100207"}, "supplier.identifier", "indiquez le SIREN"),
        ({"supplier__identifier": "90010020700019"}, "supplier.identifier", "est un SIRET"),
        ({"supplier__identifier": "DE000000000"}, "supplier.identifier", "TVA"),
        ({"supplier__identifier": "CHE123456789"}, "supplier.identifier", "ni un SIREN"),
        ({"supplier__identifier": 900600008}, "supplier.identifier", "Un texte est attendu"),
        ({"supplier__name": ""}, "supplier.name", "vide"),
        ({"supplier__name": "x" * 201}, "supplier.name", "200 au plus"),
        ({"supplier__name": "a\u0000b"}, "supplier.name", "invisible"),
        ({"supplier__name": "a\u202eb"}, "supplier.name", "invisible"),
        ({"supplier__name": "a\ud800b"}, "supplier.name", "invisible"),
        ({"supplier": "900600008"}, "supplier", "objet"),
        ({"supplier__\ud800": "x"}, "supplier.\ufffd", "n’existe pas"),
        ({"supplier__email": "a@b.fr"}, "supplier.email", "n’existe pas"),
        ({"solution__name": "***"}, "solution.name", "ni lettre ni chiffre"),
        ({"solution__axis": "nuage"}, "solution.axis", "n’est pas un usage connu"),
        ({"solution__axis": ["cloud"]}, "solution.axis", "Un texte est attendu"),
        ({"solution__aliases": "Coffre"}, "solution.aliases", "liste"),
        ({"solution__aliases": ["a"] * 51}, "solution.aliases", "50 au plus"),
        ({"solution__aliases": ["Coffre", 3]}, "solution.aliases.1", "Un texte est attendu"),
        ({"solution__product_reference": "x" * 81}, "solution.product_reference", "80 au plus"),
        ({"valid_from": "01/03/2026"}, "valid_from", "2026-03-01"),
        ({"valid_from": "2026-02-30"}, "valid_from", "n’existe pas au calendrier"),
        ({"valid_from": "1999-12-31"}, "valid_from", "l’an 2000"),
        ({"valid_from": "٢٠٢٦-03-01"}, "valid_from", "2026-03-01"),
        ({"valid_from": 20260301}, "valid_from", "Une date est attendue"),
        ({"valid_from": None}, "valid_from", "obligatoire"),
        ({"audit__criteria": [True, "oui", True]}, "audit.criteria.1", "true ou false"),
        ({"audit__criteria": [True, 1, True]}, "audit.criteria.1", "true ou false"),
        ({"audit__criteria": [True] * 10}, "audit.criteria", "9 au plus"),
        ({"audit__criteria": {"0": True}}, "audit.criteria", "liste"),
        ({"audit__score": 12}, "audit.score", "n’existe pas"),
        ({"etat": "en vigueur"}, "etat", "n’existe pas"),
        ({"label": {"code": "NFG"}}, "label", "Un texte est attendu"),
    ],
)
def test_what_has_not_the_right_form(
    world: World, veritas: Machine, changes: dict[str, Any], field: str, says: str
) -> None:
    before = written(world)
    response = veritas.put(ADDRESS, body(**changes))
    assert refusal(response) == (422, "api.invalid_fields")
    assert says in sentence_at(response, field)
    assert written(world) == before


def test_every_fault_is_told_at_once(veritas: Machine) -> None:
    response = veritas.put(
        ADDRESS, {"label": "", "supplier": {}, "solution": {"axis": "x"}, "valid_from": "hier"}
    )
    assert response.json is not None
    assert set(response.json["errors"]) == {
        "label",
        "supplier.identifier",
        "supplier.name",
        "solution.name",
        "solution.axis",
        "valid_from",
        "valid_until",
    }
    assert response.json["message"].startswith("7 champs sont à corriger")


@pytest.mark.parametrize("label", ["SECNUMCLOUD", "ANSSI_QUALIFICATION", "EEA_EQUIVALENT"])
def test_another_certifiers_label(world: World, veritas: Machine, label: str) -> None:
    before = written(world)
    axis = "cybersecurity" if label == "ANSSI_QUALIFICATION" else "cloud"
    response = veritas.put(ADDRESS, body(label=label, audit=None, solution__axis=axis))
    assert refusal(response) == (403, "registry.not_your_label")
    assert response.json is not None
    assert "n’est pas délivré par Bureau Veritas" in response.json["message"]
    assert written(world) == before


def test_a_label_that_does_not_cover_the_axis(world: World, anssi: Machine) -> None:
    response = anssi.put(ADDRESS, body(label="SECNUMCLOUD", audit=None, solution__axis="quantum"))
    assert refusal(response) == (422, "registry.axis_not_covered")
    assert sentence_at(response, "label")


def test_two_that_would_cover_the_same_day(world: World, veritas: Machine) -> None:
    veritas.put(ADDRESS, body())
    response = veritas.put("/certifications/BV-2", body(valid_from="2026-11-01", valid_until="2030-01-01"))
    assert refusal(response) == (422, "registry.overlap")
    assert "BV-2026-0042" in sentence_at(response, "valid_from")
    # The day after the last is free.
    renewed = body(valid_from="2026-11-01", valid_until="2027-11-01")
    assert veritas.put(ADDRESS, body(valid_until="2026-10-31", reason=WHY)).status_code == 200
    assert veritas.put("/certifications/BV-2", renewed).status_code == 201


def test_two_offers_that_answer_to_one_name(world: World, veritas: Machine) -> None:
    veritas.put("/certifications/A", body(solution__product_reference="A"))
    veritas.put("/certifications/B", body(solution__product_reference="B"))
    response = veritas.put(
        ADDRESS, body(solution__product_reference=None, label="SFG", audit=None, solution__axis="cloud")
    )
    assert refusal(response) == (409, "registry.ambiguous_solution")
    assert "indiquez la référence" in sentence_at(response, "solution.name")


def test_a_supplier_of_another_state(world: World, veritas: Machine) -> None:
    response = veritas.put(ADDRESS, body(supplier__identifier="de 136 695 976"))
    assert response.status_code == 201, response.text
    assert response.json is not None
    assert response.json["certification"]["supplier"]["identifier"] == "DE136695976"


def test_texts_are_kept_as_they_are(world: World, veritas: Machine) -> None:
    """A formula of a spreadsheet, markup, quotes: texts like others, to be escaped where they are shown."""
    name = "=1+1 <script>alert(1)</script> '; DROP TABLE x --"
    response = veritas.put(ADDRESS, body(solution__name=name))
    assert response.status_code == 201
    assert veritas.get(ADDRESS).json["solution"]["name"] == name  # type: ignore[index]
