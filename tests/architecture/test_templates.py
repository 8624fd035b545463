"""What no template may hold: what the policy of bonus/web/security.py refuses, what calls outside."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
TEMPLATES = sorted((PROJECT / "templates").rglob("*.html"))
COMMENT = re.compile(r"\{#.*?#\}|<!--.*?-->", re.DOTALL)
TAG = re.compile(r"<[a-zA-Z][^<>]*>", re.DOTALL)
EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)

FORBIDDEN = {
    "a style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"^<style\b", re.IGNORECASE),
    "an event attribute": re.compile(r"\son[a-z]+\s*=", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "a script without nonce": re.compile(r'^<script\b(?!.*nonce="\{\{ csp_nonce\(\) \}\}")', re.DOTALL),
    "a script in the page": re.compile(r"^<script\b(?!.*\ssrc=)", re.DOTALL),
    "something loaded from outside": re.compile(
        r"^<(?:script|img|link|iframe|source|video|audio|form|object|embed)\b.*?(?:https?:)?//", re.DOTALL
    ),
}


def source(path: Path) -> str:
    return COMMENT.sub("", path.read_text())


def test_there_is_something_to_look_at() -> None:
    assert len(TEMPLATES) > 20
    assert any("csp_nonce()" in source(path) for path in TEMPLATES)


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_holds(what: str) -> None:
    found = [
        f"{path.relative_to(PROJECT)}: {tag}"
        for path in TEMPLATES
        for tag in TAG.findall(EXPRESSION.sub(_keep_nonce, source(path)))
        if FORBIDDEN[what].search(tag)
    ]
    assert found == []


def _keep_nonce(match: re.Match[str]) -> str:
    """Expressions hold quotes and angle brackets of their own: leave out all but the nonce's."""
    return match.group() if match.group() == "{{ csp_nonce() }}" else "…"


@pytest.mark.parametrize(
    ("what", "tag"),
    [
        ("a style attribute", '<p class="a" style="color: red">'),
        ("a style element", "<style>"),
        ("an event attribute", '<button onclick="go()">'),
        ("a javascript: address", '<a href="javascript:go()">'),
        ("a script without nonce", '<script src="/a.js">'),
        ("a script in the page", '<script nonce="{{ csp_nonce() }}">'),
        ("something loaded from outside", '<img src="https://elsewhere.example/a.png">'),
        ("something loaded from outside", '<script src="//elsewhere.example/a.js">'),
    ],
)
def test_the_rule_sees(what: str, tag: str) -> None:
    assert FORBIDDEN[what].search(tag)


def test_every_form_that_posts_has_its_token() -> None:
    found = [
        f"{path.relative_to(PROJECT)}: {form[:80]}"
        for path in TEMPLATES
        for form in re.findall(r"<form\b.*?</form>", source(path), re.DOTALL)
        if 'method="post"' in form.lower() and not re.search(r"csrf|hidden_tag|form_start", form)
    ]
    assert found == []


def test_every_page_is_built_on_the_base() -> None:
    pages = [path for path in TEMPLATES if "_" not in {part[0] for part in path.relative_to(PROJECT).parts}]
    orphans = [
        str(path.relative_to(PROJECT))
        for path in pages
        if path.name != "base.html" and not re.search(r'\{%-? extends "', source(path))
    ]
    assert orphans == []


BREAKS = re.compile(r"(?:[%}]\}|</\w+>|[^\W\d_]) [:;!?»](?=[ <{]|$)|« ", re.MULTILINE)
"""A space at which a line may break, before what French keeps with the word before it."""


def test_no_line_breaks_before_a_colon() -> None:
    found = [
        f"{path.relative_to(PROJECT)}: {match.group()!r}"
        for path in TEMPLATES
        for match in BREAKS.finditer(source(path))
    ]
    assert found == []


@pytest.mark.parametrize(
    "text", ["{% endif %} : x", "{{ a }} ;", "</b> ?", "mot !", "{{ a }} »{% if b %}", "« x"]
)
def test_a_breaking_space_is_seen(text: str) -> None:
    assert BREAKS.search(text)
    assert not BREAKS.search(
        text.replace(" :", "\u00a0:")
        .replace(" ;", "\u00a0;")
        .replace(" ?", "\u00a0?")
        .replace(" !", "\u00a0!")
        .replace(" »", "\u00a0»")
        .replace("« ", "«\u00a0")
    )
