"""The demonstration's world, on a SQLite file of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from bonus.adapters.seal import make_demo_key
from bonus.demo.seed import seed
from tests.conftest import AppMaker

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
DATABASES = [
    ("sqlite", 50_000),
    pytest.param(("sqlite", 1_000_000), marks=pytest.mark.slow),
    pytest.param(("postgresql", 1_000_000), marks=[pytest.mark.slow, pytest.mark.postgresql]),
]
"""What the agents' pages are measured on: the kind of database, and how many dossiers it holds."""


@pytest.fixture
def seeded(make_app: AppMaker, tmp_path: Path) -> Flask:
    key = tmp_path / "seal.p12"
    make_demo_key(key, "passphrase", valid_from=NOW - timedelta(days=1), name="Essai")
    app = make_app(SEAL_KEY_FILE=str(key), SEAL_KEY_PASSPHRASE="passphrase", CLOCK=lambda: NOW)
    with app.app_context():
        seed(NOW.date(), NOW)
    return app
