"""What an entry of the log must carry, and that it is part of the act itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry, AuditHead
from bonus.audit.service import GENESIS, REQUIRED_FACTS, SERVICE, Actor, entry_hash, first_fault, record
from bonus.calendar import PARIS
from bonus.errors import Refusal
from bonus.extensions import db
from tests.support.words import plain
from tests.support.world import NOW

SOMEONE = Actor("Camille Laurent", 7, "192.0.2.7")
FULL = {
    "decision_due_on": "2027-01-22",
    "total_cents": 1,
    "outcome": "refuse",
    "reasons": "Facture non acquittée (art. 9).",
    "bonus_cents": 0,
    "facts_sha256": "0",
    "parameters": "2026",
    "amount_cents": 1,
    "decision": 1,
    "orders": [],
    "files": [],
    "sha256": "0",
    "number": "AF",
    "pdf_sha256": "0",
    "revokes": None,
    "ground": "fraud",
    "supplier": "900100207",
    "recovery": "IND-2026-000001",
}


def test_an_entry(any_session: Session) -> None:
    record("test.done", "thing:1", SOMEONE, NOW, é="œuvre", list=[1, {"a": None}])
    db.session.commit()
    any_session.expire_all()
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.action, entry.subject, entry.address) == (
        "Camille Laurent (n° 7)",
        "test.done",
        "thing:1",
        "192.0.2.7",
    )
    assert (entry.at, entry.facts) == (NOW, {"é": "œuvre", "list": [1, {"a": None}]})
    assert entry.previous_hash == GENESIS
    head = db.session.get_one(AuditHead, 1)
    assert (head.last_hash, head.entries) == (entry.hash, 1)


@pytest.mark.parametrize("action", sorted(REQUIRED_FACTS))
def test_an_act_does_not_leave_without_each_of_its_facts(session: Session, action: str) -> None:
    for name in sorted(REQUIRED_FACTS[action]):
        facts = {key: FULL[key] for key in REQUIRED_FACTS[action] if key != name}
        with pytest.raises(Refusal) as refusal:
            record(action, "claim:1", SOMEONE, NOW, **facts)
        assert plain(refusal.value.sentence) == f"L’acte {action} doit porter : {name}."
    record(action, "claim:1", SOMEONE, NOW, **{key: FULL[key] for key in REQUIRED_FACTS[action]})
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 1


@pytest.mark.parametrize("action", ["claim.decided", "claim.proposed", "claim.sent_back"])
@pytest.mark.parametrize("reasons", ["", "  \n"])
def test_empty_reasons_are_none(session: Session, action: str, reasons: str) -> None:
    facts = {key: FULL[key] for key in REQUIRED_FACTS[action]} | {"reasons": reasons}
    with pytest.raises(Refusal, match="reasons"):
        record(action, "claim:1", SOMEONE, NOW, **facts)


def test_to_propose_what_the_law_gives_needs_no_reasons(session: Session) -> None:
    record("claim.proposed", "claim:1", SOMEONE, NOW, outcome="apply", reasons="")


def test_an_act_taken_back_leaves_no_entry(any_session: Session) -> None:
    record("test.done", "thing:1", SERVICE, NOW)
    db.session.commit()
    record("test.done", "thing:2", SERVICE, NOW)
    db.session.rollback()
    record("test.done", "thing:3", SERVICE, NOW)
    db.session.commit()
    assert list(db.session.scalars(select(AuditEntry.subject).order_by(AuditEntry.id))) == [
        "thing:1",
        "thing:3",
    ]
    assert first_fault() is None


def test_the_longest_name_fits(any_session: Session) -> None:
    entry = record("test.done", "thing:1", Actor("é" * 120, 1_234_567), NOW)
    nameless = record("test.done", "thing:1", Actor("é" * 200), NOW)
    db.session.commit()
    assert entry.actor == f"{'é' * 100} (n° 1234567)"
    assert nameless.actor == "é" * 120
    assert first_fault() is None


def test_a_naive_time_is_refused(session: Session) -> None:
    record("test.done", "thing:1", SERVICE, datetime(2026, 11, 22, 10, 0))  # noqa: DTZ001
    with pytest.raises(StatementError, match="naive"):
        db.session.flush()


def test_the_hash_covers_every_field_and_does_not_depend_on_the_zone() -> None:
    base: dict[str, Any] = {
        "previous": GENESIS,
        "at": NOW,
        "actor": "a",
        "action": "b",
        "subject": "c",
        "address": None,
        "facts": {"x": 1, "y": 2},
    }
    reference = entry_hash(**base)
    assert entry_hash(**base | {"facts": {"y": 2, "x": 1}}) == reference
    assert entry_hash(**base | {"at": NOW.astimezone(PARIS)}) == reference
    others = ("1" * 64, NOW + timedelta(microseconds=1), "A", "B", "C", "", {"x": 1, "y": 3})
    changed = [entry_hash(**base | {name: other}) for name, other in zip(base, others, strict=True)]
    assert len({reference, *changed}) == 8


def test_fields_do_not_run_into_each_other() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert entry_hash("0", moment, "ab", "c", "d", None, {}) != entry_hash(
        "0", moment, "a", "bc", "d", None, {}
    )
