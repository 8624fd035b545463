"""A browser, the demonstration it looks at, and people at it. Each worker process that runs such a test has its own.

The browser ends with the last test of this folder: Playwright keeps an event loop running in its process,
where others could not start theirs. The demonstration stays: this worker may be given more of these tests.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from .served import HOST, House, demonstration, house
from .visitor import HEIGHT, WIDE, Visitor
from .watch import Watch

PATIENCE = 60_000
"""Milliseconds for what a loaded machine may be slow at: nothing waits so long when all is well."""

# Nothing of the browser's own may leave the machine either: no name is resolved, ours is an address.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HOST}",
]

Visit = Callable[..., Visitor]


def needed(program: str, package: str) -> str:
    """The path of a program; without it these tests are skipped, or fail where everything must have run."""
    found = shutil.which(program)
    if found is None:
        sentence = f"{program} is absent: apt-get install {package}"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    return found


@pytest.fixture(scope="session")
def pdftoppm() -> str:
    return needed("pdftoppm", "poppler-utils")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    return needed("chromium", "chromium")


@pytest.fixture(scope="package")
def browser(chromium_path: str) -> Iterator[Browser]:
    """Debian's chromium, on a profile that is new and thrown away."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        expect.set_options(timeout=PATIENCE)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def base_url(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the demonstration answers; without a browser it would serve nobody, and is not started."""
    with demonstration(tmp_path_factory.mktemp("served")) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, base_url: str) -> Iterator[Visit]:
    """``visit(**options of a context)``: one more person at the demonstration."""
    with visits(browser, base_url) as arrive:
        yield arrive


@contextmanager
def visits(browser: Browser, base_url: str) -> Iterator[Visit]:
    """``visit(**options of a context)``: one more person at an address. In the end, nothing that Watch saw remains."""
    watch = Watch(base_url)
    with ExitStack() as stack:

        def arrive(**options: Any) -> Visitor:
            context = browser.new_context(
                base_url=base_url, locale="fr-FR", viewport={"width": WIDE, "height": HEIGHT}, **options
            )
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE)
            watch.follow(context)
            return Visitor(context, watch)

        yield arrive
    assert watch.faults == []
    assert watch.expected == []


@pytest.fixture
def there(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A new world, served on a clock that the test moves."""
    with house(tmp_path_factory.mktemp("house")) as served:
        yield served


@pytest.fixture
def come(browser: Browser, there: House) -> Iterator[Visit]:
    """``come()``: one more person in that world."""
    with visits(browser, there.address) as arrive:
        yield arrive
