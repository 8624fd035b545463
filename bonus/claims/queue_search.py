"""Finding filed dossiers by what people have in hand: a number, a SIREN, a company's name, the number of an invoice."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, func, literal, select
from sqlalchemy.orm import aliased

from bonus.companies.models import Company
from bonus.extensions import db

from .card_models import ClaimCard, NameWord
from .company_words import LONGEST, words_of
from .models import Invoice
from .numbers import bare_number, number_key
from .queue import QueueRow, rows_of

LONGEST_TYPED = 100
SHOWN = 100
"""How many dossiers a search shows: who finds more must say more."""
_COMPANIES = 200
_READ = 2_000
"""How many companies that have a word are looked at for the other words of a search."""
_WORDS = 6

_NUMBER = re.compile(r"(?:BS-?)?(\d{4})-(\d{1,9})")
_SIREN = re.compile(r"(?:FR\d{2})?(\d{9})(?:\d{5})?")


@dataclass(frozen=True)
class Hits:
    """The dossiers found, what answers best first and then the latest filed; ``more``: there are others; ``partial``:
    there may be, very many names having these words."""

    rows: list[QueueRow]
    more: bool
    partial: bool = False


def search(text: str, me: int | None) -> Hits:
    """The filed dossiers of that number, company (SIREN, SIRET, French VAT number, words of its name as they begin) or
    invoice number. What it costs does not follow how many dossiers there are."""
    text = " ".join(text.split())[:LONGEST_TYPED]
    if not text:
        return Hits([], more=False)
    compact = text.upper().replace(" ", "")
    ids: dict[int, None] = dict.fromkeys(_by_number(compact))
    for found in (_by_siren, _by_invoice):
        ids |= dict.fromkeys(found(compact))
    partial = False
    if len(ids) <= SHOWN:
        named, partial = _by_name(text)
        ids |= dict.fromkeys(named)
    shown, more = list(ids)[:SHOWN], len(ids) > SHOWN
    return Hits(rows_of(shown, me), more, partial and not more)


def _by_number(compact: str) -> list[int]:
    found = _NUMBER.fullmatch(compact)
    if found is None:
        return []
    number = f"BS-{found[1]}-{int(found[2]):06d}"
    return list(db.session.scalars(select(ClaimCard.claim_id).where(ClaimCard.number == number)))


def _by_siren(compact: str) -> list[int]:
    found = _SIREN.fullmatch(compact)
    if found is None:
        return []
    company = db.session.scalars(select(Company.id).where(Company.siren == found[1])).one_or_none()
    return [] if company is None else _of_companies([company])


def _of_companies(company_ids: list[int]) -> list[int]:
    query = select(ClaimCard.claim_id).where(ClaimCard.company_id.in_(company_ids))
    return list(db.session.scalars(query.order_by(ClaimCard.claim_id.desc()).limit(SHOWN + 1)))


def _by_invoice(compact: str) -> list[int]:
    """An invoice's number is compared without case, spaces or punctuation; a card has only what is filed."""
    bare = bare_number(compact)
    matches: list[ColumnElement[bool]] = [Invoice.number_key == number_key(compact)]
    if bare:
        matches.append(Invoice.number_bare == bare)
    ids: set[int] = set()
    for match in matches:
        ids |= set(
            db.session.scalars(
                select(Invoice.claim_id)
                .join(ClaimCard, ClaimCard.claim_id == Invoice.claim_id)
                .where(match)
                .limit(SHOWN + 1)
            )
        )
    return sorted(ids, reverse=True)


def _by_name(text: str) -> tuple[list[int], bool]:
    """Those of the companies whose name has each word, and whether not all of these companies were looked at."""
    words = words_of(text)[:_WORDS]
    if not words:
        return [], False
    counts = db.session.execute(select(*(_up_to(word, _READ + 1) for word in words))).one()
    first = min(range(len(words)), key=counts.__getitem__)
    # The rarest word leads; of one that very many names have, the first ones are looked at.
    led = select(NameWord.company_id).where(_begins(NameWord, words[first])).limit(_READ).subquery()
    query = select(led.c.company_id).distinct()
    for word in words[:first] + words[first + 1 :]:
        other = aliased(NameWord)
        query = query.where(exists().where(and_(other.company_id == led.c.company_id, _begins(other, word))))
    companies = list(db.session.scalars(query.limit(_COMPANIES)))
    partial = counts[first] > _READ or len(companies) == _COMPANIES
    return (_of_companies(companies) if companies else []), partial


def _begins(words: type[NameWord], typed: str) -> ColumnElement[bool]:
    """Words are small letters and digits alone: whatever the database's order, these are those that begin so."""
    return words.word.between(typed, typed + "z" * (LONGEST + 1 - len(typed)))


def _up_to(word: str, most: int) -> ColumnElement[int]:
    few = select(literal(1)).select_from(NameWord).where(_begins(NameWord, word)).limit(most)
    return select(func.count()).select_from(few.subquery()).scalar_subquery()
