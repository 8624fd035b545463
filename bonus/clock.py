"""The one place where the clock is read, at the edge (a request, a job, a command): rules are handed the time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

from flask import current_app


def now() -> datetime:
    """The moment, in UTC; the setting ``CLOCK`` replaces it where another day is played (demo, tests)."""
    clock = cast("Callable[[], datetime] | None", current_app.config.get("CLOCK"))
    return clock() if clock else datetime.now(UTC)
