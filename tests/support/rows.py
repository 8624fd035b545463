"""Rows that tests of the plumbing need, with nothing in them that the test does not look at."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask

from bonus.accounts.models import Person
from bonus.claims.models import Claim, Decision
from bonus.companies.models import Company
from bonus.extensions import db
from bonus.outbox import OutboxMessage, post

PAST = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def posted(app: Flask, kind: str, subject_id: int, now: datetime = PAST) -> int:
    """The id of a new outbox message, committed."""
    with app.app_context():
        message = post(kind, subject_id, now)
        db.session.commit()
        return message.id


def message(app: Flask, message_id: int) -> OutboxMessage:
    """A message as the database has it now, detached from any session."""
    with app.app_context():
        found = db.session.get_one(OutboxMessage, message_id)
        db.session.expunge(found)
        return found


def changed(app: Flask, message_id: int, **values: object) -> None:
    """Change a message, committed."""
    with app.app_context():
        found = db.session.get_one(OutboxMessage, message_id)
        for name, value in values.items():
            setattr(found, name, value)
        db.session.commit()


def refusal(app: Flask) -> int:
    """The id of a decision that grants nothing: its payment is really done by paying nothing."""
    with app.app_context():
        people = [
            Person(email=f"{name}@etat.example", name=name, password_hash="-", created_at=PAST)
            for name in ("reviewer", "officer")
        ]
        company = Company(
            siren="732829320",
            name="Entreprise",
            naf="62.01Z",
            headcount=3,
            turnover_cents=0,
            balance_sheet_cents=0,
            created_at=PAST,
        )
        db.session.add_all([*people, company])
        db.session.flush()
        claim = Claim(
            reference="reference",
            number="BS-2026-000001",
            company_id=company.id,
            status="refused",
            created_at=PAST,
            filed_at=PAST,
        )
        db.session.add(claim)
        db.session.flush()
        decision = Decision(
            claim_id=claim.id,
            decided_at=PAST,
            decided_on=PAST.date(),
            decided_by_id=people[1].id,
            proposed_by_id=people[0].id,
            outcome="refused",
            bonus_cents=0,
            reasons="art. 5",
            facts={},
            facts_sha256="0" * 64,
            parameters_version="test",
            result={},
        )
        db.session.add(decision)
        db.session.commit()
        return decision.id
