"""The addresses that templates and views name exist: a page that is rarely shown is not where one finds out."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

ROOT = Path(__file__).parents[2]
_NAMED = re.compile(r"""(?:url_for|exports_of)\(\s*["'](\w+\.\w+)["']""")


def test_each_address_named_by_a_template_or_a_view_exists(app: Flask) -> None:
    known = {rule.endpoint for rule in app.url_map.iter_rules()}
    files = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "bonus").rglob("*.py")]
    named = {(found, path.name) for path in files for found in _NAMED.findall(path.read_text("utf-8"))}
    assert len(named) > 300
    assert sorted((name, file) for name, file in named if name not in known) == []
