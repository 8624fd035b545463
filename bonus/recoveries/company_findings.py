"""What a company said wrongly of itself, checked and put as the law will be told it (arts. 2, 3, 7 and 14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from bonus.calendar import format_date
from bonus.errors import InvalidInput
from bonus.money import amount_string, format_euros
from bonus.regulation.wording import french


@dataclass(frozen=True)
class OfCompany:
    """Its true figures, those of its group (art. 3): amounts in cents; None where nothing was typed."""

    headcount: int | None = None
    turnover_cents: int | None = None
    balance_sheet_cents: int | None = None


UNTOLD = OfCompany()


def size(found: OfCompany, said: str) -> dict[str, Any]:
    """The finding that its figures were others (art. 3). Raises InvalidInput when one misses."""
    if found.headcount is None or found.turnover_cents is None or found.balance_sheet_cents is None:
        raise InvalidInput(
            "recovery.size",
            "Indiquez l’effectif, le chiffre d’affaires et le total du bilan, tous trois du groupe.",
            field="headcount",
        )
    figures = (
        f"Chiffres du groupe : {found.headcount} personnes, {format_euros(found.turnover_cents)} de "
        f"chiffre d’affaires, {format_euros(found.balance_sheet_cents)} de bilan (art. 3). {said}"
    )
    return {
        "kind": "size",
        "headcount": found.headcount,
        "turnover": amount_string(found.turnover_cents),
        "balance_sheet": amount_string(found.balance_sheet_cents),
        "words": french(figures.strip()),
    }


def minimis(cents: int, on: date | None, authority: str, said: str, today: date) -> dict[str, Any]:
    """The finding that it had received another de minimis aid (art. 7). Raises InvalidInput."""
    if cents <= 0:
        raise InvalidInput("recovery.amount", "Indiquez le montant de cette aide, en euros.", field="net")
    if on is None or on > today:
        raise InvalidInput("recovery.aid_date", "Indiquez le jour où cette aide a été accordée.", field="on")
    words = f"Aide de minimis de {format_euros(cents)}, accordée le {format_date(on)} et non déclarée (art. 7). {said}"
    return {
        "kind": "minimis",
        "granted_on": on.isoformat(),
        "amount": amount_string(cents),
        "authority": authority,
        "words": french(words.strip()),
    }
