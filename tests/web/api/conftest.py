"""What the tests of the API share."""

from __future__ import annotations

import pytest

from tests.support.world import World

from .machine import Machine, key_for


@pytest.fixture
def veritas(world: World) -> Machine:
    """Bureau Veritas' machine: every scope, labels NFG and SFG."""
    return Machine(world.app, key_for(world))


@pytest.fixture
def anssi(world: World) -> Machine:
    """Another certifier's machine."""
    return Machine(world.app, key_for(world, "anssi"))
