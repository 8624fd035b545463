"""What must not be on a page is seen when it is there: else the other tests would prove nothing."""

from __future__ import annotations

import pytest

from .conftest import Visit
from .visitor import grave_findings

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize(
    ("script", "event", "fault"),
    [
        ("console.error('perdu')", "console", "console: perdu"),
        ("void setTimeout(() => { throw new Error('cassé') })", "weberror", "script: cassé"),
        ("document.body.setAttribute('style', 'color: red')", "console", "style-src"),
        ("void fetch('/static/nulle-part.js')", "response", "answer 404"),
        ("void fetch('/aide', { method: 'DELETE' })", "response", "answer 405"),
        (
            "void (location.href = 'http://ailleurs.example/')",
            "request",
            "request to elsewhere: http://ailleurs",
        ),
        ("void (location.href = '/nulle-part')", "response", "answer 404"),
    ],
)
def test_a_fault_is_seen(visit: Visit, script: str, event: str, fault: str) -> None:
    visitor = visit()
    visitor.open("/contact")
    assert visitor.watch.faults == []
    # Playwright tells Watch first; other answers and requests of the page may still come before ours.
    with visitor.page.context.expect_event(event, lambda _: fault in " ".join(visitor.watch.faults)):
        visitor.page.evaluate(script)
    visitor.page.context.close()  # nothing more comes, and what came was wanted
    visitor.watch.faults.clear()


def test_a_grave_finding_is_seen(visit: Visit) -> None:
    visitor = visit()
    visitor.open("/contact")
    visitor.page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    assert any(found.startswith("image-alt (critical)") for found in grave_findings(visitor.page))


def test_a_page_too_wide_is_seen(visit: Visit) -> None:
    visitor = visit()
    visitor.open("/contact")
    visitor.page.evaluate("document.querySelector('h1').style.minWidth = '400px'")
    with pytest.raises(AssertionError, match="at 360 px overflows"):
        visitor.look()
