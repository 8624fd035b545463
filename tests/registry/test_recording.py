"""What a keeper or a certifier enters: checked against its label, logged, committed; nobody touches another's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.audit.service import Actor, first_fault
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.outbox import OutboxMessage
from bonus.registry.labels import SchemeContent, certifier_named, enter_scheme
from bonus.registry.models import Certification, CertificationFact, RegistryChange, Solution
from bonus.registry.recording import record_certification, record_correction, record_event
from bonus.registry.rules import Audit
from bonus.registry.service import enter_certification
from bonus.registry.writing import FOLLOW, Grant, Source
from tests.support.registry import (
    AUDIT,
    CERTIFIERS,
    END,
    ENTERED,
    KEEPER,
    LEARNED,
    START,
    certified,
    offer,
    require_reading,
)
from tests.support.words import plain
from tests.support.world import NOW

from .lives import DAY

MAY_1, JUNE_1 = date(2026, 5, 1), date(2026, 6, 1)
MACHINE = Actor("api:bureau-veritas")


def of(slug: str, kind: str = "api") -> Source:
    """What a certifier sends."""
    return Source(kind, MACHINE, certifier=certifier_named(slug))


def entered(solution: Solution, source: Source = LEARNED, **changes: Any) -> Certification:
    """A certification recorded by NFG's certifier unless told."""
    values: dict[str, Any] = {
        "label": "NFG",
        "reference": "R-1",
        "valid_from": START,
        "valid_until": END,
        "audit": AUDIT,
    }
    granted = Grant(**(values | changes))
    certifier = source.certifier or certifier_named(CERTIFIERS[granted.label])
    return record_certification(solution, certifier, granted, source, NOW)


def last_entry() -> AuditEntry:
    return db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def nothing_written(session: Session, act: Callable[[], object], code: str) -> Refusal:
    """The refusal of an act that leaves no fact, no change, no message and no entry in the log."""

    def rows() -> list[int]:
        return [
            session.query(model).count()
            for model in (Certification, CertificationFact, RegistryChange, OutboxMessage, AuditEntry)
        ]

    session.commit()
    before = rows()
    with pytest.raises(Refusal) as caught:
        act()
    session.rollback()
    assert rows() == before
    assert caught.value.code == code
    return caught.value


def test_a_certification_by_the_keeper(any_session: Session) -> None:
    solution = offer()
    found = entered(solution)
    any_session.rollback()  # it is committed
    change = any_session.scalars(select(RegistryChange)).one()
    entry = last_entry()
    assert (entry.action, entry.subject, entry.actor) == (
        "registry.certification_entered",
        f"solution:{solution.slug}",
        KEEPER.label,
    )
    assert entry.facts == {
        "label": "NFG",
        "reference": "R-1",
        "valid_from": "2026-01-01",
        "valid_until": "2026-12-31",
        "change": change.id,
        "source": "keeper",
        "reasons": "Courrier du certificateur",
    }
    assert first_fault() is None
    message = any_session.scalars(select(OutboxMessage)).one()
    assert (message.kind, message.subject_id) == (FOLLOW, change.id)
    require_reading(found.id)


def test_an_event_and_its_correction(any_session: Session) -> None:
    found = entered(offer())
    fact = record_event(found, "suspended", MAY_1, LEARNED, NOW, reference="E-1")
    entry = last_entry()
    assert entry.action == "registry.event_recorded"
    assert entry.facts == {
        "certification": "R-1",
        "kind": "suspended",
        "on": "2026-05-01",
        "valid_from": None,
        "valid_until": None,
        "retroactive": False,
        "corrects": None,
        "void": False,
        "change": fact.change_id,
        "source": "keeper",
        "reasons": "Courrier du certificateur",
    }
    mended = record_correction(fact, {"happened_on": JUNE_1}, LEARNED, NOW)
    entry = last_entry()
    assert entry.action == "registry.fact_corrected"
    assert (entry.facts["corrects"], entry.facts["on"], entry.facts["void"]) == (fact.id, "2026-06-01", False)
    record_correction(mended, None, LEARNED, NOW)
    assert (last_entry().facts["corrects"], last_entry().facts["void"]) == (mended.id, True)
    assert any_session.query(RegistryChange).count() == any_session.query(OutboxMessage).count() == 4
    require_reading(found.id)
    assert first_fault() is None


def test_a_keeper_without_reason_does_nothing(any_session: Session) -> None:
    found = entered(offer())
    silent = Source("keeper", KEEPER, " ")
    acts: list[Callable[[], object]] = [
        lambda: entered(found.solution, silent, reference="R-2", valid_from=END + DAY, valid_until=END + DAY),
        lambda: record_event(found, "suspended", MAY_1, silent, NOW),
        lambda: record_correction(found.facts[0], {"valid_until": MAY_1}, silent, NOW),
        lambda: record_correction(found.facts[0], None, silent, NOW),
    ]
    for act in acts:
        assert nothing_written(any_session, act, "registry.reason_missing").field == "reason"


# ---------------------------------------------------------------- a certifier and its own


@pytest.mark.parametrize("kind", ["api", "file"])
def test_a_certifier_enters_its_own(any_session: Session, kind: str) -> None:
    found = entered(offer(), of("bureau-veritas", kind))
    fact = record_event(found, "suspended", MAY_1, of("bureau-veritas", kind), NOW)
    record_correction(fact, {"happened_on": JUNE_1}, of("bureau-veritas", kind), NOW)
    require_reading(found.id)
    sources = any_session.execute(select(RegistryChange.source, RegistryChange.recorded_by)).all()
    assert [tuple(row) for row in sources] == [(kind, MACHINE.label)] * 3


def test_not_anothers_label(any_session: Session) -> None:
    solution = offer()
    refusal = nothing_written(any_session, lambda: entered(solution, of("anssi")), "registry.not_your_label")
    assert isinstance(refusal, Forbidden)
    assert plain(refusal.sentence) == (
        "Le label Numérique France Garanti n’est pas délivré par Agence nationale de la sécurité des systèmes "
        "d’information (ANSSI) : il ne peut pas l’inscrire."
    )


@pytest.mark.parametrize("act", ["event", "correction", "annulment"])
def test_nor_anothers_certification(any_session: Session, act: str) -> None:
    """Both grant SFG; each its own. It is not told that the other's exists."""
    found = entered(offer(axis="workplace"), label="SFG", audit=Audit())  # AFNOR's
    stranger = of("bureau-veritas")
    acts: dict[str, Callable[[], object]] = {
        "event": lambda: record_event(found, "withdrawn", MAY_1, stranger, NOW, retroactive=True),
        "correction": lambda: record_correction(found.facts[0], {"valid_until": MAY_1}, stranger, NOW),
        "annulment": lambda: record_correction(found.facts[0], None, stranger, NOW),
    }
    refusal = nothing_written(any_session, acts[act], "registry.unknown_certification")
    assert isinstance(refusal, NotFound)
    assert refusal.sentence == "Cette certification n’existe pas."
    owner = of("afnor-certification")
    record_event(found, "withdrawn", MAY_1, owner, NOW)


def test_nor_in_anothers_name(any_session: Session) -> None:
    solution = offer(axis="workplace")
    granted = Grant("SFG", "R-1", START, END)
    afnor = certifier_named("afnor-certification")
    nothing_written(
        any_session,
        lambda: record_certification(solution, afnor, granted, of("bureau-veritas"), NOW),
        "registry.unknown_certification",
    )


@pytest.mark.parametrize("kind", ["api", "file"])
def test_a_machine_without_its_certifier_reaches_nothing(any_session: Session, kind: str) -> None:
    found = entered(offer())
    nobody = Source(kind, MACHINE)
    nothing_written(
        any_session,
        lambda: record_event(found, "suspended", MAY_1, nobody, NOW),
        "registry.unknown_certification",
    )


# ---------------------------------------------------------------- what a label asks


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"label": "MAISON"}, "registry.unknown_label"),
        ({"label": "SECNUMCLOUD", "audit": Audit()}, "registry.not_your_label"),
        ({"audit": Audit((True, False, True), START, "RA")}, "registry.criteria"),
        ({"audit": Audit()}, "registry.criteria"),
        ({"audit": Audit((True,) * 3, None, "RA")}, "registry.audit_missing"),
        ({"audit": Audit((True,) * 3, START, "")}, "registry.evidence_missing"),
        ({"audit": Audit((True,) * 3, date(2026, 11, 23), "RA")}, "registry.future_audit"),
        ({"valid_until": START - DAY}, "registry.dates"),
        ({"reference": ""}, "registry.text_missing"),
    ],
)
def test_refusals(any_session: Session, changes: dict[str, Any], code: str) -> None:
    solution = offer()
    certifier = certifier_named("bureau-veritas")
    values: dict[str, Any] = {
        "label": "NFG",
        "reference": "R-1",
        "valid_from": START,
        "valid_until": END,
        "audit": AUDIT,
    }
    nothing_written(
        any_session,
        lambda: record_certification(solution, certifier, Grant(**(values | changes)), LEARNED, NOW),
        code,
    )


def test_a_label_that_does_not_cover_the_axis(any_session: Session) -> None:
    solution = offer(axis="quantum")
    nothing_written(
        any_session,
        lambda: entered(solution, label="SECNUMCLOUD", audit=Audit()),
        "registry.axis_not_covered",
    )
    entered(solution)  # NFG covers them all


def test_the_label_is_that_of_the_day_it_is_granted(any_session: Session) -> None:
    """From 1 June on, SecNumCloud is another certifier's."""
    content = SchemeContent("SecNumCloud", "", JUNE_1, None, (), (), ("dge",))
    enter_scheme("SECNUMCLOUD", content, "Décision du 2 mai 2026", KEEPER, NOW)
    solution, anssi = offer(), of("anssi")
    nothing_written(
        any_session,
        lambda: entered(solution, anssi, label="SECNUMCLOUD", valid_from=JUNE_1, audit=Audit()),
        "registry.not_your_label",
    )
    found = entered(solution, anssi, label="SECNUMCLOUD", valid_until=JUNE_1, audit=Audit())
    record_event(found, "suspended", JUNE_1, anssi, NOW)  # what it granted stays its own


# ---------------------------------------------------------------- corrections of a grant


def test_a_corrected_audit_meets_the_criteria_too(any_session: Session) -> None:
    found = entered(offer())
    grant = found.facts[0]
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"criteria": [True, False, True]}, "registry.criteria"),
        ({"criteria": None}, "registry.criteria"),
        ({"audited_on": None}, "registry.audit_missing"),
        ({"audited_on": date(2026, 11, 23)}, "registry.future_audit"),
        ({"evidence": " "}, "registry.evidence_missing"),
    ]
    for values, code in wrong:
        nothing_written(any_session, partial(record_correction, grant, values, LEARNED, NOW), code)
    fact = record_correction(grant, {"audited_on": MAY_1, "evidence": "RA-2"}, LEARNED, NOW)
    assert (fact.audited_on, fact.evidence, fact.criteria) == (MAY_1, "RA-2", [True, True, True])


def test_a_date_is_corrected_even_when_no_audit_was_ever_kept(any_session: Session) -> None:
    found = enter_certification(offer(), "NFG", "OLD-1", START, END, KEEPER, ENTERED)
    any_session.commit()
    record_correction(found.facts[0], {"valid_until": JUNE_1}, LEARNED, NOW)
    require_reading(found.id)
    assert found.valid_until == JUNE_1


def test_the_label_exists_on_the_corrected_day(any_session: Session) -> None:
    content = SchemeContent("Label neuf", "", MAY_1, None, (), (), ("dge",))
    enter_scheme("NEUF", content, "Décision du 2 mai 2026", KEEPER, NOW)
    granted = Grant("NEUF", "R-1", MAY_1, END)
    found = record_certification(offer(), certifier_named("dge"), granted, LEARNED, NOW)
    nothing_written(
        any_session,
        lambda: record_correction(found.facts[0], {"valid_from": MAY_1 - DAY}, LEARNED, NOW),
        "registry.unknown_label",
    )
    record_correction(found.facts[0], {"valid_from": MAY_1 + DAY}, LEARNED, NOW)
    require_reading(found.id)


def test_a_refusal_by_the_facts_leaves_nothing_either(any_session: Session) -> None:
    solution = offer()
    found, other = certified(solution, START, MAY_1), certified(solution, JUNE_1, END)
    assert isinstance(
        nothing_written(
            any_session,
            lambda: record_correction(found.facts[0], {"valid_until": JUNE_1}, LEARNED, NOW),
            "registry.overlap",
        ),
        InvalidInput,
    )
    nothing_written(
        any_session, lambda: record_event(other, "reinstated", JUNE_1, LEARNED, NOW), "registry.not_suspended"
    )
