"""A house that people enter by ProConnect."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import AppMaker
from tests.support.provider import Provider

from .passage import Passage, passages


@pytest.fixture
def passage(make_app: AppMaker, oidc: Provider) -> Iterator[Passage]:
    yield from passages(make_app, oidc)
