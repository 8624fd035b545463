"""Which solution of the registry an invoice line bought: the supplier first, then the words. Pure.

A line is matched only when the words say so; otherwise the person chooses. Never a silent guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from text_unidecode import unidecode

THRESHOLD = 60
"""Below this score, in percent of the solution's words found in the line, nothing is matched."""
_NOISE = frozenset(
    {
        *(
            "a",
            "an",
            "annuel",
            "abonnement",
            "abonnements",
            "d",
            "de",
            "des",
            "du",
            "en",
            "et",
            "l",
            "la",
            "le",
        ),
        *("les", "licence", "licences", "mois", "pour", "service", "services"),
    }
)


@dataclass(frozen=True)
class Candidate:
    """A solution of the invoice's supplier: its slug, name and the supplier's own reference for it."""

    slug: str
    name: str
    reference: str | None


@dataclass(frozen=True)
class Match:
    """What was found: the solution's slug, or None; and why, in French."""

    slug: str | None
    reason: str


def words(text: str) -> frozenset[str]:
    """The telling words of a text: no accents, no case, without those every invoice bears."""
    return frozenset(re.findall(r"[a-z0-9]+", unidecode(text).lower())) - _NOISE


def _score(line_words: frozenset[str], candidate: Candidate) -> int:
    wanted = words(candidate.name)
    return 100 * len(wanted & line_words) // len(wanted) if wanted else 0


def match_line(name: str, reference: str | None, candidates: Sequence[Candidate]) -> Match:
    """Match one line to one of its supplier's solutions, or to none with the reason."""
    if not candidates:
        return Match(None, "Ce fournisseur n’a aucune solution au registre.")
    if reference:
        key = reference.strip().casefold()
        same = [c for c in candidates if c.reference and c.reference.strip().casefold() == key]
        if len(same) == 1:
            return Match(same[0].slug, f"Référence « {reference} » de l’offre au registre.")
    line_words = words(name)
    scores = sorted(
        ((_score(line_words, candidate), candidate.slug) for candidate in candidates), reverse=True
    )
    best, slug = scores[0]
    if best < THRESHOLD:
        return Match(None, "Aucune offre de ce fournisseur ne porte ce nom : choisissez la solution achetée.")
    if len(scores) > 1 and scores[1][0] == best:
        return Match(
            None, "Plusieurs offres de ce fournisseur portent ce nom : choisissez la solution achetée."
        )
    return Match(slug, f"Fournisseur et nom reconnus ({best} % des mots de l’offre).")
