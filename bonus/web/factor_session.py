"""What the signed session keeps of the second factor: whose it was, and when; nothing outlives a sign-in."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app, session

_FACTOR, _ENROLMENT = "second_factor", "factor_enrolment"


def note_factor(person_id: int, now: datetime) -> None:
    """Note that a person gave their second factor."""
    session[_FACTOR] = {"person": person_id, "at": int(now.timestamp())}


def note_provider_factor(person_id: int) -> None:
    """Note that the identity provider asked for it: that opens the pages, and is never fresh enough for a grave act."""
    session[_FACTOR] = {"person": person_id, "at": None}


def has_factor(person_id: int) -> bool:
    """Whether the factor was given since this person signed in."""
    kept = session.get(_FACTOR)
    return isinstance(kept, dict) and kept.get("person") == person_id


def is_fresh(person_id: int, now: datetime) -> bool:
    """Whether it was given a moment ago (``SECOND_FACTOR_FRESH``)."""
    at = session[_FACTOR].get("at") if has_factor(person_id) else None
    if not isinstance(at, int):
        return False
    fresh: timedelta = current_app.config["SECOND_FACTOR_FRESH"]
    return 0 <= int(now.timestamp()) - at < fresh.total_seconds()


def note_enrolment(mark: str) -> None:
    """Note which secret this session was shown, to put it in place; signing in again forgets it."""
    session[_ENROLMENT] = mark


def begun_enrolment() -> str | None:
    """The mark of the secret that this session was shown last."""
    mark = session.get(_ENROLMENT)
    return mark if isinstance(mark, str) else None
