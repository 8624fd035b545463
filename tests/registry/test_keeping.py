"""What the keeper enters by hand besides facts: each with a reason, logged, and refused when it would mislead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.outbox import OutboxMessage
from bonus.registry.keeping import (
    alias_of,
    enter_label,
    inscribe_solution,
    note_alias,
    rehearse_event,
    remove_alias,
)
from bonus.registry.labels import SchemeContent, scheme_history, scheme_on
from bonus.registry.models import CertificationFact, Solution, SolutionAlias, Supplier
from bonus.registry.search import Filters, search
from bonus.registry.service import add_alias
from bonus.registry.writing import Source
from tests.support.crew import Crew, Refused
from tests.support.registry import KEEPER, certified, learn, offer
from tests.support.words import plain
from tests.support.world import NOW, ON

WHY = "Certificat reçu le 20 novembre 2026"
NO_REASON = "Dites pourquoi : la pièce ou la décision sur laquelle vous vous fondez."


def inscribed(**changes: Any) -> Solution:
    values: dict[str, Any] = {
        "identifier": "900100207",
        "supplier_name": "Nuage Fictif SAS",
        "name": "Coffre-fort numérique",
        "axis": "cloud",
        "reference": None,
        "reason": WHY,
    }
    return inscribe_solution(**values | changes, actor=KEEPER, now=NOW)


def said(refused: Callable[[], object]) -> tuple[str, str | None, str]:
    """The refusal of an act: its code, its field, its sentence; nothing of the act is kept."""
    with pytest.raises(Refusal) as caught:
        refused()
    db.session.rollback()
    return caught.value.code, caught.value.field, plain(caught.value.sentence)


def logged(action: str) -> list[dict[str, Any]]:
    return [
        dict(entry.facts)
        for entry in db.session.scalars(select(AuditEntry).where(AuditEntry.action == action))
    ]


# ---------------------------------------------------------------- a solution


def test_a_solution_and_its_supplier_are_inscribed(any_session: Session) -> None:
    made = inscribed(reference="COFFRE-1")
    assert (made.slug, made.supplier.name, made.reference) == (
        "coffre-fort-numerique",
        "Nuage Fictif SAS",
        "COFFRE-1",
    )
    assert logged("registry.entered_by_hand") == [{"reasons": WHY}]
    again = inscribed(supplier_name="", name="Autre offre")
    assert again.supplier is made.supplier
    assert (
        inscribed(identifier="DE136695976", supplier_name="Beispiel GmbH").slug == "coffre-fort-numerique-2"
    )


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"identifier": "900100208"}, "registry.supplier_identifier", "identifier"),
        ({"identifier": "FR40303265045"}, "registry.supplier_identifier", "identifier"),
        ({"identifier": "GB100000034"}, "registry.supplier_identifier", "identifier"),
        ({"supplier_name": ""}, "registry.text_missing", "supplier_name"),
        ({"name": "x" * 201}, "registry.text_too_long", "name"),
        ({"reference": "x" * 81}, "registry.text_too_long", "reference"),
        ({"axis": "mainframe"}, "registry.unknown_axis", "axis"),
        ({"reason": ""}, "registry.reason_missing", "reason"),
        ({"reason": "   court   "}, "registry.reason_missing", "reason"),
    ],
)
def test_what_is_none_is_not_inscribed(
    any_session: Session, changes: dict[str, Any], code: str, field: str
) -> None:
    assert said(lambda: inscribed(**changes))[:2] == (code, field)
    assert db.session.scalar(select(func.count()).select_from(Solution)) == 0
    assert db.session.scalar(select(func.count()).select_from(Supplier)) == 0


def test_a_supplier_of_another_name_is_a_wrong_number(any_session: Session) -> None:
    inscribed()
    assert said(lambda: inscribed(supplier_name="Orage SA", name="Autre")) == (
        "registry.another_supplier",
        "identifier",
        "Ce numéro est celui de « Nuage Fictif SAS », déjà au registre : vérifiez-le, ou laissez le nom vide.",
    )
    assert inscribed(supplier_name="NUAGE fictif  sas", name="Autre").supplier.name == "Nuage Fictif SAS"


def test_an_offer_is_inscribed_once(any_session: Session) -> None:
    made = inscribed(reference="COFFRE-1")
    assert said(lambda: inscribed(name="COFFRE FORT numerique")) == (
        "registry.solution_known",
        "name",
        "Ce fournisseur a déjà cette offre au registre : « Coffre-fort numérique ».",
    )
    assert said(lambda: inscribed(name="Autre nom", reference="coffre1"))[0] == "registry.solution_known"
    note_alias(made, "name", "Trésor", WHY, KEEPER, NOW)
    assert said(lambda: inscribed(name="TRESOR"))[0] == "registry.solution_known"
    assert inscribed(name="Coffre-fort numérique", reference="COFFRE-2").slug == "coffre-fort-numerique-2"


# ---------------------------------------------------------------- other names


def test_another_name_is_noted_searched_and_logged(any_session: Session) -> None:
    made = inscribed()
    note_alias(made, "name", "  Trésor 3000 ", WHY, KEEPER, NOW)
    note_alias(made, "reference", "TR-3000", WHY, KEEPER, NOW)
    assert [(one.kind, one.text, one.source) for one in made.aliases] == [
        ("name", "Trésor 3000", "keeper"),
        ("reference", "TR-3000", "keeper"),
    ]
    assert [hit.id for hit in search("tresor", Filters(), ON).hits] == [made.id]
    assert logged("registry.alias_added")[0] == {"kind": "name", "text": "Trésor 3000", "reasons": WHY}


@pytest.mark.parametrize("kind", ["name", "reference"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "registry.text_missing"),
        (" \t", "registry.text_missing"),
        ("***", "registry.no_letter"),
        ("x" * 201, "registry.text_too_long"),
        ("a\x00b", "registry.text_control"),
    ],
)
def test_a_name_that_is_none(any_session: Session, kind: str, text: str, code: str) -> None:
    made = inscribed()
    assert said(lambda: note_alias(made, kind, text, WHY, KEEPER, NOW))[:2] == (code, "text")


def test_a_name_is_of_one_offer(any_session: Session) -> None:
    made = inscribed(reference="COFFRE-1")
    other = inscribed(name="Sauvegarde", reference="SAUV-1")
    for kind, text in (("name", "coffre fort NUMERIQUE"), ("reference", "coffre 1")):
        assert said(lambda kind=kind, text=text: note_alias(made, kind, text, WHY, KEEPER, NOW)) == (  # type: ignore[misc]
            "registry.alias_known",
            "text",
            "« Coffre-fort numérique » se nomme déjà ainsi au registre.",
        )
        assert said(lambda kind=kind, text=text: note_alias(other, kind, text, WHY, KEEPER, NOW)) == (  # type: ignore[misc]
            "registry.alias_of_another",
            "text",
            "C’est ainsi que se nomme une autre offre de ce fournisseur : « Coffre-fort numérique ».",
        )
    note_alias(made, "name", "Trésor", WHY, KEEPER, NOW)
    assert said(lambda: note_alias(made, "name", "TRÉSOR", WHY, KEEPER, NOW))[0] == "registry.alias_known"
    assert said(lambda: note_alias(made, "name", "Autre", " ", KEEPER, NOW)) == (
        "registry.reason_missing",
        "reason",
        NO_REASON,
    )


def test_a_wrong_name_is_removed_and_that_is_written(any_session: Session) -> None:
    made, other = inscribed(), inscribed(name="Sauvegarde")
    add_alias(made, "name", "Sauvegarde Trésor", "confirmed", NOW)
    db.session.commit()
    alias = made.aliases[0]
    assert alias_of(made, alias.id) is alias
    assert said(lambda: remove_alias(made, alias.id, "non", KEEPER, NOW))[0] == "registry.reason_missing"
    assert said(lambda: remove_alias(other, alias.id, WHY, KEEPER, NOW))[0] == "registry.unknown_alias"
    remove_alias(made, alias.id, WHY, KEEPER, NOW)
    assert made.aliases == []
    assert db.session.scalar(select(func.count()).select_from(SolutionAlias)) == 0
    assert search("tresor", Filters(), ON).hits == []
    assert logged("registry.alias_removed") == [
        {"kind": "name", "text": "Sauvegarde Trésor", "source": "confirmed", "reasons": WHY}
    ]
    with pytest.raises(NotFound):
        alias_of(made, 1)


# ---------------------------------------------------------------- rehearsing


def test_a_rehearsal_writes_nothing_and_refuses_as_the_act_would(any_session: Session) -> None:
    found = certified(offer())
    source = Source("keeper", KEEPER, WHY)
    before = counts()
    rehearse_event(found, "withdrawn", ON, source, NOW, retroactive=True)
    assert counts() == before
    assert len(found.facts) == 1
    learn(found, "withdrawn", date(2026, 5, 1), NOW)
    before = counts()
    assert (
        said(lambda: rehearse_event(found, "withdrawn", ON, source, NOW, retroactive=False))[0]
        == "registry.after_withdrawal"
    )
    nothing = Source("keeper", KEEPER, "")
    assert (
        said(lambda: rehearse_event(found, "withdrawn", ON, nothing, NOW, retroactive=True))[0]
        == "registry.reason_missing"
    )
    assert counts() == before


def counts() -> list[int | None]:
    """How much of what an act writes there is."""
    return [
        db.session.scalar(select(func.count()).select_from(model))
        for model in (CertificationFact, OutboxMessage, AuditEntry)
    ]


# ---------------------------------------------------------------- labels

CONTENT = SchemeContent("Label vert", "", ON, None, (), (), ("dge",))


def test_a_label_is_entered_once(any_session: Session) -> None:
    enter_label("VERT", CONTENT, WHY, KEEPER, NOW)
    assert scheme_on("VERT", ON).name == "Label vert"
    assert said(lambda: enter_label("VERT", CONTENT, WHY, KEEPER, NOW)) == (
        "registry.label_known",
        "code",
        "Le label VERT existe déjà : ouvrez-le pour en entrer une nouvelle version.",
    )
    assert len(scheme_history("VERT")) == 1
    with pytest.raises(InvalidInput):
        enter_label("vert", CONTENT, WHY, KEEPER, NOW)


# ---------------------------------------------------------------- at once


def inscribing(name: str) -> str:
    return inscribed(name=name).slug


def removing(alias_id: int) -> bool:
    solution = db.session.scalars(select(Solution)).one()
    remove_alias(solution, alias_id, WHY, KEEPER, NOW)
    return True


def test_of_four_who_inscribe_one_offer_one_does(any_app: Flask, crew: Crew) -> None:
    outcomes = crew.race(
        any_app, inscribing, [("Coffre-fort",), ("COFFRE FORT",), ("coffre fort",), ("Coffre fort",)]
    )
    assert [one for one in outcomes if not isinstance(one, Refused)] == ["coffre-fort"]
    assert {one.code for one in outcomes if isinstance(one, Refused)} == {"registry.solution_known"}
    with any_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Supplier)) == 1


def test_of_two_who_remove_a_name_one_does(any_app: Flask, crew: Crew) -> None:
    with any_app.app_context():
        made = inscribed()
        note_alias(made, "name", "Trésor", WHY, KEEPER, NOW)
        alias_id = made.aliases[0].id
    outcomes = crew.race(any_app, removing, [(alias_id,)] * 2)
    assert sorted(str(getattr(one, "code", one)) for one in outcomes) == ["True", "registry.unknown_alias"]
    with any_app.app_context():
        assert len(logged("registry.alias_removed")) == 1
