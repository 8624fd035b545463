"""Credits of the account that name a titre de perception: which one, when the bank leaves no doubt. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from bonus.adapters.bank_messages import OTHER_CREDIT, BankItem

from . import kept_reasons as kept
from .answer_types import KEEP, NOTE, Outcome

# Banks drop hyphens and put blanks in what a payer wrote.
_TITRE = re.compile(r"(?<![A-Z0-9])TP[\s-]?([0-9]{4})[\s-]?([0-9]{6})(?![0-9])", re.ASCII)


def titres_named(words: str) -> list[str]:
    """The numbers of titres in what a payer wrote, each once, in their order."""
    found = (f"TP-{year}-{rank}" for year, rank in _TITRE.findall(words.upper()))
    return list(dict.fromkeys(found))


def shared_references(items: Iterable[BankItem]) -> frozenset[str]:
    """The bank's references that several credits of a message bear: none of them tells one payment from another."""
    seen = Counter(item.reference for item in items if item.said == OTHER_CREDIT)
    return frozenset(reference for reference, count in seen.items() if count > 1)


def credit_of_titre(item: BankItem, account: str, shared: frozenset[str]) -> Outcome | None:
    """What a credit that names a titre comes to: noted, to be booked under the bank's reference, or kept for a person
    when something of it is in doubt; None for what is no such credit."""
    titres = titres_named(item.remittance) if item.said == OTHER_CREDIT else []
    if not titres:
        return None
    doubt = _doubt(item, titres, account, shared)
    return Outcome(
        KEEP if doubt else NOTE,
        doubt or kept.TITRE,
        item=item,
        amount_cents=item.amount_cents,
        words=", ".join(titres)[:500],
    )


def _doubt(item: BankItem, titres: list[str], account: str, shared: frozenset[str]) -> str:
    if len(titres) > 1:
        return kept.WHICH_TITRE
    if item.amount_wrong or not item.amount_cents:
        return kept.WRONG_AMOUNT
    if item.payee_iban not in {"", account}:
        return kept.OTHER_PAYEE
    if not item.reference or item.reference in shared or item.on is None:
        return kept.NO_REFERENCE
    return ""
