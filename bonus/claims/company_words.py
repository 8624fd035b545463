"""The words of companies' names, so that a search finds them by an index on either database."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, insert

from bonus.bulk import chunks
from bonus.extensions import db
from bonus.registry.service import fold

from .card_models import NameWord

LONGEST = 40
EMPTY_WORDS = frozenset(
    {
        "sa",
        "sas",
        "sasu",
        "sarl",
        "eurl",
        "snc",
        "sci",
        "scop",
        "et",
        "de",
        "du",
        "des",
        "la",
        "le",
        "les",
        "l",
        "d",
    }
)
"""Words that half of the names have: they find nothing, so they are neither kept nor looked for."""


def words_of(name: str) -> list[str]:
    """The words that a name is found by, in their order: without accent nor case, the empty ones left out unless it has
    no other."""
    words = list(dict.fromkeys(word[:LONGEST] for word in fold(name).split()))
    return [word for word in words if word not in EMPTY_WORDS] or words


def keep_words(names: Mapping[int, str]) -> None:
    """Write the words of companies' names, by their id, in place of the former ones. The caller commits."""
    for ids in chunks(sorted(names)):
        db.session.execute(delete(NameWord).where(NameWord.company_id.in_(ids)))
        rows = [{"word": word, "company_id": one} for one in ids for word in words_of(names[one])]
        if rows:
            db.session.execute(insert(NameWord), rows)
