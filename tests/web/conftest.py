"""What the tests of pages share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache

from tests.support.files import run_folder
from tests.support.world import World

from .visitor import Visitor, signed_in


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once() -> Iterator[None]:
    """Each test has an application of its own: without this, each would compile the templates again."""
    folder = run_folder() / "templates"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": FileSystemBytecodeCache(str(folder))})
        yield


@pytest.fixture
def owner(world: World) -> Visitor:
    """The company's owner, signed in."""
    return signed_in(world.app, world.owner.email)
