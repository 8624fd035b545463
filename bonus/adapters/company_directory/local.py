"""The embedded directory: a few companies that do not exist, in the form of the public API."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from .model import Identity
from .reading import read_answer

FILE = Path(__file__).with_name("fictitious.json")

EXAMPLES = (
    ("910000009", "Imprimerie du Pont Fictif"),
    ("910001007", "Laiterie des Alpages Fictifs"),
    ("910002005", "Commune de Fictiville (organisme public)"),
)
"""Companies one may sign up in a demonstration: SIREN and words."""


class LocalDirectory:
    """Knows the companies of its file, and no other."""

    def find(self, siren: str) -> Identity | None:
        """See ``CompanyDirectory``. This one never fails."""
        return read_answer(_companies(), siren)


@cache
def _companies() -> Any:
    return json.loads(FILE.read_text(encoding="utf-8"))
