"""The invoice lines of ``tests/cases/rapprochement/*.yaml``, each with the solution it should be matched to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bonus.registry.matching import Candidate

FOLDER = Path(__file__).parent.parent / "cases" / "rapprochement"
_SUPPLIER_WORDS = {"fournisseur", "offres", "reconnues", "questions"}
_OFFER_WORDS = {"nom", "référence", "aussi"}
_LINE_WORDS = {"ligne", "référence", "pourquoi"}


@dataclass(frozen=True)
class Line:
    """An invoice line, its supplier's offers, and the slug expected; None when it must be a question."""

    supplier: str
    offers: tuple[Candidate, ...]
    name: str
    reference: str | None
    expected: str | None

    def __str__(self) -> str:
        return f"{self.supplier} : {self.name}" + (f" ({self.reference})" if self.reference else "")


def load_lines(file: str) -> list[Line]:
    """The lines of one file, by its stem."""
    suppliers = yaml.safe_load((FOLDER / f"{file}.yaml").read_text("utf-8"))
    return [line for supplier in suppliers for line in _lines_of(supplier)]


def _lines_of(supplier: dict[str, Any]) -> Iterator[Line]:
    assert set(supplier) == _SUPPLIER_WORDS, supplier["fournisseur"]
    name, offers = supplier["fournisseur"], supplier["offres"]
    candidates = tuple(_candidate(slug, offer) for slug, offer in offers.items())
    assert set(supplier["reconnues"]) == set(offers), name
    for slug, told_lines in supplier["reconnues"].items():
        for told in told_lines:
            yield _line(name, candidates, {"ligne": told} if isinstance(told, str) else told, slug)
    for told in supplier["questions"]:
        assert told["pourquoi"], told
        yield _line(name, candidates, told, None)


def _candidate(slug: str, offer: dict[str, Any]) -> Candidate:
    assert set(offer) <= _OFFER_WORDS, slug
    return Candidate(slug, offer["nom"], offer["référence"], tuple(offer.get("aussi", ())))


def _line(supplier: str, offers: tuple[Candidate, ...], told: dict[str, Any], expected: str | None) -> Line:
    assert set(told) <= _LINE_WORDS, told
    return Line(supplier, offers, told["ligne"], told.get("référence"), expected)
