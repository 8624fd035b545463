"""Suppliers and solutions, and what the registry says of itself at a moment."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.errors import InvalidInput
from bonus.extensions import db
from bonus.outbox import OutboxMessage
from bonus.registry.models import Certification, RegistryHead, Solution, SolutionAlias, Supplier
from bonus.registry.service import (
    add_alias,
    all_solutions,
    certification_facts,
    enter_certification,
    enter_solution,
    enter_supplier,
    facts_of,
    fold,
    search_text,
    slugify,
    solution_by_slug,
    supplier_by_identifier,
)
from tests.support.registry import KEEPER, disown, learn, mend, require_reading
from tests.support.words import plain
from tests.support.world import NOW

from .lives import DAY

START, END = date(2026, 1, 1), date(2026, 12, 31)


def solution(name: str = "Coffre-fort numérique", **more: Any) -> Solution:
    supplier = enter_supplier("900100207", "Nuage Fictif SAS", KEEPER, NOW)
    return enter_solution(supplier, name, "cloud", KEEPER, NOW, **more)


def certified(found: Solution, start: date = START, end: date = END) -> Certification:
    return enter_certification(found, "NFG", "NFG-1", start, end, KEEPER, NOW)


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Hébergement cloud qualifié", "hebergement-cloud-qualifie"),
        ("  Œuvre & Cie\u00a0 (v2) ", "oeuvre-cie-v2"),
        ("***", "solution"),
        ("Assistant d’IA", "assistant-d-ia"),
        ("数据", "shu-ju"),
        ("x" * 200, "x" * 60),
        ("x" * 59 + " y", "x" * 59),
    ],
)
def test_slugs(name: str, slug: str) -> None:
    assert slugify(name) == slug


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Hébergement  QUALIFIÉ", "hebergement qualifie"),
        ("L’IA « souveraine » (v2.1)", "l ia souveraine v2 1"),
        ("SUITE-1AN", "suite 1an"),
        ("ŒUVRE ß", "oeuvre ss"),
        ("***", ""),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(folded) == folded


# ---------------------------------------------------------------- suppliers


def test_a_supplier_is_entered_once(any_session: Session) -> None:
    first = enter_supplier("900100207", "Nuage Fictif SAS", KEEPER, NOW)
    again = enter_supplier("900100207", "Autre nom", KEEPER, NOW)
    assert (again.id, again.name) == (first.id, "Nuage Fictif SAS")
    assert [entry.action for entry in db.session.scalars(select(AuditEntry))] == ["registry.supplier_entered"]
    assert supplier_by_identifier("900100207") is first
    assert supplier_by_identifier("900100208") is None


@pytest.mark.parametrize("identifier", ["900100207", "DE136695976", "NO923609016MVA", "LI12345"])
def test_by_its_siren_or_by_its_vat_number_elsewhere_in_the_eea(session: Session, identifier: str) -> None:
    assert enter_supplier(identifier, "Fournisseur", KEEPER, NOW).identifier == identifier


@pytest.mark.parametrize(
    "identifier",
    [
        "",
        "900100208",
        "900 100 207",
        "90010020700017",
        "FR40303265045",
        "DE136695977",
        "GB100000034",
        "CHE107787577",
        "de136695976",
        "Nuage",
        "x" * 5000,
    ],
)
def test_by_nothing_else(session: Session, identifier: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        enter_supplier(identifier, "Fournisseur", KEEPER, NOW)
    assert (caught.value.code, caught.value.field) == ("registry.supplier_identifier", "identifier")
    assert plain(caught.value.sentence) == (
        f"« {identifier[:60]} » n’est ni un SIREN valable ni un numéro de TVA d’un autre État de l’Espace économique "
        "européen : vérifiez ses chiffres."
    )
    assert session.query(Supplier).count() == 0


@pytest.mark.parametrize("name", [" ", "x" * 201, "Nuage\x00"])
def test_a_name_that_is_none(any_session: Session, name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        enter_supplier("900100207", name, KEEPER, NOW)
    assert caught.value.field == "supplier_name"
    supplier = enter_supplier("900100207", "x" * 200, KEEPER, NOW)
    with pytest.raises(InvalidInput) as caught:
        enter_solution(supplier, name, "cloud", KEEPER, NOW)
    assert caught.value.field == "name"
    with pytest.raises(InvalidInput) as caught:
        enter_solution(supplier, "Offre", "cloud", KEEPER, NOW, reference=name)
    assert caught.value.field == "reference"


# ---------------------------------------------------------------- solutions


@pytest.mark.parametrize("name", ["Coffre-fort numérique", "x" * 200])
def test_two_solutions_of_one_name_have_two_addresses(any_session: Session, name: str) -> None:
    """On both databases: one of them counts the characters of what the log keeps."""
    slugs = [solution(name).slug for _ in range(3)]
    assert slugs == [slugify(name), f"{slugify(name)}-2", f"{slugify(name)}-3"]
    certified(solution(name))
    db.session.commit()


def test_an_axis_that_is_none(session: Session) -> None:
    supplier = enter_supplier("900100207", "Nuage Fictif SAS", KEEPER, NOW)
    with pytest.raises(InvalidInput) as caught:
        enter_solution(supplier, "Offre", "blockchain", KEEPER, NOW)
    assert (caught.value.code, caught.value.field) == ("registry.unknown_axis", "axis")


def test_it_is_found_by_all_it_is_called(any_session: Session) -> None:
    found = solution("Coffre-fort", reference="CF-1")
    assert found.search_text == "coffre fort nuage fictif sas 900100207 cf 1"
    assert found.search_text == search_text(found.name, found.supplier, found.reference)
    assert add_alias(found, "name", "  Le Coffre\tÉtoilé ", "keeper", NOW)
    assert add_alias(found, "reference", "CFE", "confirmed", NOW)
    assert found.search_text == "coffre fort nuage fictif sas 900100207 cf 1 le coffre etoile cfe"
    assert [(one.kind, one.text, one.key, one.source) for one in found.aliases] == [
        ("name", "Le Coffre Étoilé", "le coffre etoile", "keeper"),
        ("reference", "CFE", "cfe", "confirmed"),
    ]
    assert solution_by_slug("coffre-fort") is found
    assert solution_by_slug("coffre") is None


def test_another_name_is_noted_once(any_session: Session) -> None:
    found = solution()
    assert add_alias(found, "name", "Le Coffre", "keeper", NOW)
    assert not add_alias(found, "name", "LE  COFFRE !", "confirmed", NOW)
    assert not add_alias(found, "name", " ?! ", "confirmed", NOW)
    assert add_alias(found, "reference", "Le Coffre", "keeper", NOW)
    assert add_alias(solution("Autre"), "name", "Le Coffre", "keeper", NOW)
    assert add_alias(found, "name", "y" * 300 + "\x00", "keeper", NOW)
    assert any_session.query(SolutionAlias).count() == 4


@pytest.mark.parametrize(("kind", "source"), [("nickname", "keeper"), ("name", "rumour")])
def test_of_a_kind_and_a_source_that_exist(any_session: Session, kind: str, source: str) -> None:
    with pytest.raises(IntegrityError):
        add_alias(solution(), kind, "Le Coffre", source, NOW)
    any_session.rollback()


def test_the_list_is_by_name(session: Session) -> None:
    for name in ("Zèbre", "Abeille"):
        solution(name)
    assert [one.name for one in all_solutions()] == ["Abeille", "Zèbre"]


# ---------------------------------------------------------------- certifications that the service enters


def test_a_certification_of_one_day(session: Session) -> None:
    day = date(2026, 5, 1)
    assert certified(solution(), day, day).valid_until == day


def test_one_that_ends_before_it_begins(any_session: Session) -> None:
    found = solution()
    with pytest.raises(InvalidInput) as refusal:
        certified(found, date(2026, 5, 2), date(2026, 5, 1))
    assert (refusal.value.code, refusal.value.field) == ("registry.dates", "valid_until")


def test_the_service_asks_for_no_follow_up(any_session: Session) -> None:
    found = certified(solution())
    db.session.commit()
    assert found.certifier.slug == "bureau-veritas"
    assert found.facts[0].change.source == "service"
    assert any_session.query(OutboxMessage).count() == 0
    require_reading(found.id)


def test_an_unknown_label(session: Session) -> None:
    with pytest.raises(InvalidInput, match=r"registry\.unknown_label"):
        enter_certification(solution(), "MAISON", "M-1", START, END, KEEPER, NOW)


# ---------------------------------------------------------------- what was known when


def test_what_was_known_when(any_session: Session) -> None:
    found = solution()
    early = certified(found)
    enter_certification(found, "SECNUMCLOUD", "S-1", START, END, KEEPER, NOW + DAY)
    # Learned in another order than that of their days.
    learn(early, "suspended", date(2026, 8, 1), NOW + 2 * DAY)
    june = learn(early, "suspended", date(2026, 6, 1), NOW + 3 * DAY)
    learn(early, "reinstated", date(2026, 7, 1), NOW + 4 * DAY)
    mend(june, NOW + 5 * DAY, happened_on=date(2026, 5, 1))
    disown(found.certifications[1].facts[0], NOW + 6 * DAY)
    any_session.expire_all()

    def seen(days: int) -> list[tuple[str, list[str]]]:
        [row] = facts_of([found], NOW + days * DAY)["solutions"]
        return [
            (one["label"], [f"{event['type']} {event['on'][5:]}" for event in one["events"]])
            for one in row["certifications"]
        ]

    nfg = "NFG"
    snc: tuple[str, list[str]] = ("SECNUMCLOUD", [])
    assert seen(-1) == []
    assert seen(0) == [(nfg, [])]
    assert seen(1) == [(nfg, []), snc]
    assert seen(2) == [(nfg, ["suspended 08-01"]), snc]
    assert seen(3) == [(nfg, ["suspended 06-01", "suspended 08-01"]), snc]
    assert seen(4) == [(nfg, ["suspended 06-01", "reinstated 07-01", "suspended 08-01"]), snc]
    assert seen(5) == [(nfg, ["suspended 05-01", "reinstated 07-01", "suspended 08-01"]), snc]
    assert seen(6) == [(nfg, ["suspended 05-01", "reinstated 07-01", "suspended 08-01"])]


def test_the_form_the_law_reads(session: Session) -> None:
    found = solution()
    certification = certified(found)
    learn(certification, "withdrawn", date(2026, 6, 1), NOW, retroactive=True)
    assert facts_of([found], NOW) == {
        "solutions": [
            {
                "id": "coffre-fort-numerique",
                "supplier_id": "900100207",
                "axis": "cloud",
                "certifications": [
                    {
                        "label": "NFG",
                        "valid_from": "2026-01-01",
                        "valid_until": "2026-12-31",
                        "events": [{"type": "withdrawn", "on": "2026-06-01", "retroactive": True}],
                    }
                ],
            }
        ]
    }
    assert certification_facts(certification, NOW - DAY) is None


def test_every_entry_is_in_the_log_and_counted(session: Session) -> None:
    certified(solution())
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == [
        "registry.supplier_entered",
        "registry.solution_entered",
        "registry.certification_entered",
    ]
    assert entries[-1].facts == {
        "label": "NFG",
        "reference": "NFG-1",
        "valid_from": "2026-01-01",
        "valid_until": "2026-12-31",
    }
    head = session.get_one(RegistryHead, 1)
    assert (head.version, head.changed_at) == (3, NOW)
