"""A copy of the parameters shipped, to be changed by a test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bonus.regulation.loader import FOLDER


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the parameters shipped, to be changed."""
    return Path(shutil.copytree(FOLDER, tmp_path / "parameters"))
