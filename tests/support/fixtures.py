"""Fixtures for every test: the named cast (``tests.support.world``), the crew that races (``tests.support.crew``)."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from flask import Flask

from .crew import Crew
from .provider import Provider, lacking
from .world import World, build_world


@pytest.fixture
def world(app: Flask) -> World:
    """The cast on SQLite. Ask for ``session`` too in a test of services; not in one of pages."""
    return build_world(app)


@pytest.fixture
def pg_world(pg_app: Flask) -> World:
    """The cast on PostgreSQL."""
    return build_world(pg_app)


@pytest.fixture
def any_world(any_app: Flask) -> World:
    """The cast on each database in turn; with ``any_session`` in a test of services."""
    return build_world(any_app)


@pytest.fixture(scope="session")
def crew() -> Iterator[Crew]:
    """Four processes, started once a run: they are used again, as their start is what costs."""
    with Crew(4) as processes:
        yield processes


@pytest.fixture(scope="session")
def _provider() -> Iterator[Provider]:
    sentence = lacking()
    if sentence is not None:
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    with Provider() as provider:
        yield provider


@pytest.fixture
def oidc(_provider: Provider) -> Provider:
    """A real OpenID provider, which knows nobody yet and sends people back to this house's test address."""
    _provider.order("reset")
    _provider.registered("http://localhost")
    return _provider
