"""Label schemes are data with dates: which label exists on a day, who grants it, on which criteria."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.errors import InvalidInput, NotFound
from bonus.registry.labels import (
    SchemeContent,
    all_certifiers,
    certifier_named,
    enter_certifier,
    enter_scheme,
    scheme_history,
    scheme_on,
    schemes_on,
    terms_of,
)
from bonus.registry.models import RegistryHead
from bonus.registry.scheme_models import Certifier, LabelScheme
from bonus.regulation import load_parameters
from tests.support.registry import KEEPER
from tests.support.words import plain
from tests.support.world import NOW

from .lives import DAY

TODAY = date(2026, 11, 22)
NEXT_YEAR = date(2027, 1, 1)
WHY = "Arrêté du 3 novembre 2026"
EUROPEAN = {"country": "DE", "name": "Cloud-Siegel", "decision": "Décision n° 2026-12"}
CONTENT = SchemeContent(
    name="Cloud de confiance",
    description="Une offre en nuage à l’abri des lois d’ailleurs.",
    valid_from=NEXT_YEAR,
    valid_until=None,
    criteria=("Hébergement dans l’EEE", "Exploitation dans l’EEE"),
    axes=("cloud", "data"),
    certifiers=("anssi", "dge"),
    equivalences=(EUROPEAN,),
)


def entered(code: str = "CONFIANCE", **changes: Any) -> LabelScheme:
    return enter_scheme(code, replace(CONTENT, **changes), WHY, KEEPER, NOW)


# ---------------------------------------------------------------- what every installation finds


def test_the_labels_that_the_law_recognises(any_session: Session) -> None:
    found = schemes_on(TODAY)
    assert list(found) == sorted(load_parameters().codes("label"))
    assert {code: [one.slug for one in scheme.certifiers] for code, scheme in found.items()} == {
        "ANSSI_QUALIFICATION": ["anssi"],
        "EEA_EQUIVALENT": ["dge"],
        "NFG": ["bureau-veritas"],
        "SECNUMCLOUD": ["anssi"],
        "SFG": ["bureau-veritas", "afnor-certification"],
    }


@pytest.mark.parametrize("code", ["NFG", "SECNUMCLOUD", "ANSSI_QUALIFICATION", "SFG", "EEA_EQUIVALENT"])
def test_their_axes_are_those_of_the_law(session: Session, code: str) -> None:
    recognised = load_parameters().on(f"label.{code}.axes", TODAY).value
    assert isinstance(recognised, tuple)
    assert (sorted(scheme_on(code, TODAY).axes) or ["every"]) == sorted(recognised)


def test_nfg_has_its_three_criteria(session: Session) -> None:
    assert scheme_on("NFG", TODAY).criteria == [
        "Activités clés, gouvernance et hébergement en France",
        "Sécurité et protection des données",
        "Majorité de la valeur ajoutée numérique produite en France",
    ]
    assert [code for code, scheme in schemes_on(TODAY).items() if scheme.criteria] == ["NFG"]


# ---------------------------------------------------------------- versions by date


def test_a_label_from_a_day_on(any_session: Session) -> None:
    scheme = entered()
    any_session.rollback()  # it is committed
    assert "CONFIANCE" not in schemes_on(NEXT_YEAR - DAY)
    assert scheme_on("CONFIANCE", NEXT_YEAR).id == scheme.id
    assert scheme.criteria == list(CONTENT.criteria)
    assert (scheme.axes, scheme.equivalences) == (["cloud", "data"], [EUROPEAN])
    assert [one.slug for one in scheme.certifiers] == ["anssi", "dge"]
    assert (scheme.reason, scheme.recorded_at, scheme.recorded_by) == (WHY, NOW, KEEPER.label)


def test_a_new_version_does_not_change_the_past(any_session: Session) -> None:
    before = scheme_on("NFG", NEXT_YEAR - DAY)
    was = (before.name, list(before.criteria), terms_of(before))
    again = entered("NFG", name="Numérique France Garanti 2", criteria=("Un seul",), certifiers=("dge",))
    assert [one.id for one in scheme_history("NFG")] == [before.id, again.id]
    found = scheme_on("NFG", NEXT_YEAR - DAY)
    assert (found.id, (found.name, list(found.criteria), terms_of(found))) == (before.id, was)
    assert scheme_on("NFG", NEXT_YEAR).name == "Numérique France Garanti 2"
    assert terms_of(scheme_on("NFG", NEXT_YEAR)).certifiers == {certifier_named("dge").id}


def test_versions_entered_in_another_order_than_their_days(any_session: Session) -> None:
    late, early = entered(valid_from=date(2028, 1, 1)), entered()
    assert scheme_on("CONFIANCE", date(2027, 12, 31)).id == early.id
    assert scheme_on("CONFIANCE", date(2028, 1, 1)).id == late.id
    assert [one.id for one in scheme_history("CONFIANCE")] == [early.id, late.id]


def test_of_two_from_the_same_day_the_latest_entered_counts(any_session: Session) -> None:
    entered()
    second = enter_scheme("CONFIANCE", replace(CONTENT, name="Corrigé"), WHY, KEEPER, NOW + DAY)
    assert scheme_on("CONFIANCE", NEXT_YEAR).id == second.id


def test_a_label_that_ends(any_session: Session) -> None:
    end = date(2027, 6, 30)
    entered(valid_until=end)
    assert scheme_on("CONFIANCE", end).name == CONTENT.name
    with pytest.raises(InvalidInput) as caught:
        scheme_on("CONFIANCE", end + DAY)
    assert (caught.value.code, caught.value.field) == ("registry.unknown_label", "label")
    entered(valid_from=date(2028, 1, 1))
    assert "CONFIANCE" not in schemes_on(date(2027, 12, 31))
    assert "CONFIANCE" in schemes_on(date(2028, 1, 1))


def test_an_unknown_label_names_those_there_are(session: Session) -> None:
    with pytest.raises(InvalidInput) as caught:
        scheme_on("MAISON", TODAY)
    assert plain(caught.value.sentence) == (
        "Le label « MAISON » n’existe pas. Labels connus : ANSSI_QUALIFICATION, EEA_EQUIVALENT, NFG, SECNUMCLOUD, SFG."
    )
    with pytest.raises(InvalidInput) as caught:
        scheme_on("x" * 5000, date(1999, 12, 31))
    assert plain(caught.value.sentence) == f"Le label « {'x' * 60} » n’existe pas. Labels connus : aucun."


def test_it_is_logged_and_counted(session: Session) -> None:
    entered()
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.action, entry.subject, entry.actor) == (
        "registry.label_entered",
        "label:CONFIANCE",
        KEEPER.label,
    )
    assert entry.facts == {"valid_from": "2027-01-01", "certifiers": ["anssi", "dge"], "reasons": WHY}
    assert session.get_one(RegistryHead, 1).version == 1


def test_what_is_given_twice_is_kept_once(any_session: Session) -> None:
    scheme = entered(certifiers=("dge", "dge"), axes=("cloud", "cloud"))
    assert ([one.slug for one in scheme.certifiers], scheme.axes) == (["dge"], ["cloud"])


@pytest.mark.parametrize("country", ["DE", "GR", "NO", "IS", "LI"])
def test_equivalences_are_of_other_states_of_the_eea(session: Session, country: str) -> None:
    assert entered(equivalences=(EUROPEAN | {"country": country},)).equivalences[0]["country"] == country


BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("confiance", {}, "code", "code"),
    ("1ER", {}, "code", "code"),
    ("C", {}, "code", "code"),
    ("C" * 31, {}, "code", "code"),
    ("C\n", {}, "code", "code"),
    ("NEUF", {"name": "  "}, "name", "name"),
    ("NEUF", {"valid_until": NEXT_YEAR - DAY}, "dates", "valid_until"),
    ("NEUF", {"valid_from": date(1999, 12, 31)}, "dates", "valid_from"),
    ("NEUF", {"valid_from": date(2101, 1, 1)}, "dates", "valid_from"),
    ("NEUF", {"axes": ("cloud", "blockchain")}, "axes", "axes"),
    ("NEUF", {"criteria": tuple("abcdefghij")}, "criteria", "criteria"),
    ("NEUF", {"criteria": ("Un critère", " ")}, "criteria", "criteria"),
    ("NEUF", {"certifiers": ()}, "certifiers", "certifiers"),
    ("NEUF", {"equivalences": (EUROPEAN | {"country": "FR"},)}, "equivalences", "equivalences"),
    ("NEUF", {"equivalences": (EUROPEAN | {"country": "US"},)}, "equivalences", "equivalences"),
    ("NEUF", {"equivalences": (EUROPEAN | {"decision": " "},)}, "equivalences", "equivalences"),
    ("NEUF", {"equivalences": ({"country": "DE"},)}, "equivalences", "equivalences"),
]


@pytest.mark.parametrize(("code", "changes", "suffix", "field"), BAD)
def test_what_is_no_label(
    session: Session, code: str, changes: dict[str, Any], suffix: str, field: str
) -> None:
    before = session.query(LabelScheme).count()
    with pytest.raises(InvalidInput) as caught:
        entered(code, **changes)
    assert (caught.value.code, caught.value.field) == (f"registry.label_{suffix}", field)
    session.rollback()
    assert session.query(LabelScheme).count() == before


def test_a_name_that_does_not_fit(any_session: Session) -> None:
    entered(name="x" * 200)
    with pytest.raises(InvalidInput, match=r"registry\.text_too_long"):
        entered(name="x" * 201)


def test_nine_criteria_are_the_most(session: Session) -> None:
    assert len(entered(criteria=tuple("abcdefghi")).criteria) == 9


def test_a_reason_is_given(session: Session) -> None:
    with pytest.raises(InvalidInput) as caught:
        enter_scheme("NEUF", CONTENT, "  ", KEEPER, NOW)
    assert (caught.value.code, caught.value.field) == ("registry.label_reason", "reason")


def test_a_certifier_that_does_not_exist(any_session: Session) -> None:
    before = any_session.query(LabelScheme).count()
    with pytest.raises(NotFound) as caught:
        entered(certifiers=("anssi", "inconnu"))
    assert plain(caught.value.sentence) == (
        "Le certificateur « inconnu » n’existe pas. Connus : afnor-certification, anssi, bureau-veritas, dge."
    )
    any_session.rollback()
    assert any_session.query(LabelScheme).count() == before


# ---------------------------------------------------------------- certifiers


def test_a_new_certifier(any_session: Session) -> None:
    found = enter_certifier("lne-2", "LNE", "labels@lne.example", KEEPER, NOW)
    any_session.rollback()
    assert certifier_named("lne-2").id == found.id
    assert [one.slug for one in all_certifiers()] == [
        "afnor-certification",
        "anssi",
        "bureau-veritas",
        "dge",
        "lne-2",
    ]
    entry = any_session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.subject) == ("registry.certifier_entered", "certifier:lne-2")


@pytest.mark.parametrize(
    "slug", ["", "LNE", "l ne", "-lne", "lne-", "l--ne", "été", "x" * 41, "lne\n", "../lne"]
)
def test_a_slug_that_is_none(session: Session, slug: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        enter_certifier(slug, "LNE", None, KEEPER, NOW)
    assert (caught.value.code, caught.value.field) == ("registry.slug", "slug")
    assert session.query(Certifier).count() == 4


def test_or_is_taken(session: Session) -> None:
    with pytest.raises(InvalidInput) as caught:
        enter_certifier("anssi", "Une autre", None, KEEPER, NOW)
    assert caught.value.code == "registry.slug_taken"
    with pytest.raises(InvalidInput, match=r"registry\.text_missing"):
        enter_certifier("neuf", " ", None, KEEPER, NOW)
