"""Jobs that failed, and entries of the central register, as the agents' pages show them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Flask

from bonus.jobs.policy import MAX_ATTEMPTS
from bonus.outbox import OutboxMessage

from .rows import changed, posted
from .world import NOW, World

PAGE, MINIMIS = "/agent/travaux", "/agent/registre-de-minimis"
FAILURES: dict[str, dict[str, Any]] = {
    "refused": {"attempts": MAX_ATTEMPTS, "last_error": "payment.no_account: Aucun compte vérifié."},
    "away": {"next_try_at": NOW + timedelta(minutes=5), "last_error": "RegisterAway: <html>Bad gateway"},
    "bug": {"attempts": MAX_ATTEMPTS, "last_error": "NoResultFound: No row was found"},
}


def failed(app: Flask, kind: str, subject_id: int, cause: str, *, now: datetime = NOW, **values: Any) -> int:
    """The id of a message that failed for a cause, three times in the last hour."""
    message_id = posted(app, kind, subject_id)
    told = {"first_failed_at": now - timedelta(hours=1), "failed_at": now, "failures": 3, "queued_at": None}
    changed(app, message_id, cause=cause, **(told | FAILURES[cause] | values))
    return message_id


def fail(message: OutboxMessage, cause: str, now: datetime = NOW) -> None:
    """Have a message of this session failed."""
    message.first_failed_at, message.failed_at, message.failures = now - timedelta(hours=1), now, 3
    message.cause, message.queued_at = cause, None
    for name, value in FAILURES[cause].items():
        setattr(message, name, value)


def job_addresses(world: World) -> dict[str, dict[str, Any]]:
    """Where the pages of a failed job are: one that both who look after jobs may open."""
    own = {"message_id": failed(world.app, "pay", 900_001, "bug")}
    return {
        **{f"agent.{name}": own for name in ("one_job", "job_retry", "job_dismissal")},
        **{f"agent.{name}": {"kind": "csv"} for name in ("jobs_table", "minimis_table")},
    }


def job_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """The pages of failed jobs and of the central register, in each of their states. Call it last."""
    ids = {cause: failed(world.app, "pay", 900_000 + rank, cause) for rank, cause in enumerate(FAILURES, 2)}
    failed(world.app, "letter", 900_001, "bug")
    admin, accounting = world.administrator.email, world.accounting_officer.email
    return {
        "failed jobs": (admin, PAGE),
        "failed payments": (accounting, PAGE),
        "failed jobs of a cause": (admin, f"{PAGE}?suivi=away"),
        "failed jobs of a kind": (admin, f"{PAGE}?voir=letter"),
        "no failed job": (admin, f"{PAGE}?suivi=away&voir=letter"),
        **{f"failed job, {cause}": (accounting, f"{PAGE}/{one}") for cause, one in ids.items()},
        "failed jobs again": (admin, f"{PAGE}/relance?suivi=bug"),
        "no failed job again": (admin, f"{PAGE}/relance?suivi=away&voir=letter"),
        "de minimis register": (accounting, MINIMIS),
        "de minimis register, told": (world.officer.email, f"{MINIMIS}?suivi=inscrites"),
        "de minimis register, late": (admin, f"{MINIMIS}?suivi=en-retard"),
    }
