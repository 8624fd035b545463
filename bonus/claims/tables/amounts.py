"""Amounts as people and spreadsheets write them, into cents."""

from __future__ import annotations

import re
from decimal import Decimal

from bonus.regulation.wording import french
from bonus.tables.cells import Cell, Number, Unreadable, Wrong, quoted

MAX_CENTS = 10**12
_SPACES = re.compile(r"[\s\u00a0\u202f]")
_PLAIN = re.compile(r"([+-]?[0-9]{1,13})(?:[.,]([0-9]{1,2}))?")
_GROUPED = re.compile(r"([+-]?[0-9]{1,3}(?:([.,])[0-9]{3})+)(?:([.,])([0-9]{1,2}))?")
_NUMBER = re.compile(r"-?[0-9]{1,13}(?:\.[0-9]+)?")
_NOISE = Decimal("0.000001")  # what binary numbers add to a computed amount


def read_amount(cell: Cell) -> int | Wrong:
    """Read a positive or null amount of euros: « 1 250,50 », 1250.50, « 1.250,50 € », or a sheet's number.

    A third decimal is refused, never rounded; so is « 1.250 », which may be one euro or a thousand.
    """
    if isinstance(cell, Unreadable):
        return cell.wrong
    cents = (
        _of_number(cell) if isinstance(cell, Number) else _of_text(cell) if isinstance(cell, str) else None
    )
    if cents is None:
        return _why_not(cell)
    if cents < 0:
        return _wrong(
            "amount.negative",
            f"Le montant {quoted(cell)} est négatif : déduisez une remise de la ligne qu’elle réduit ; un avoir se "
            "dépose avec les factures électroniques.",
        )
    if cents > MAX_CENTS:
        return _wrong("amount.too_large", f"Le montant {quoted(cell)} dépasse dix milliards : vérifiez-le.")
    return cents


def _of_number(cell: str) -> int | None:
    if not _NUMBER.fullmatch(cell):
        return None
    exact = Decimal(cell) * 100
    cents = exact.to_integral_value()
    return int(cents) if abs(exact - cents) <= _NOISE * 100 else None


def _of_text(cell: str) -> int | None:
    text = _SPACES.sub("", cell).removesuffix("€")
    if found := _PLAIN.fullmatch(text):
        whole, decimals = found.groups()
    elif (
        (found := _GROUPED.fullmatch(text))
        and (found[3] or text.count(found[2]) > 1)
        and found[2] != found[3]
    ):
        whole, decimals = found[1].replace(found[2], ""), found[4]
    else:
        return None
    cents = int((decimals or "").ljust(2, "0"))
    return int(whole) * 100 + (-cents if whole.startswith("-") else cents)


def _why_not(cell: Cell) -> Wrong:
    text = _SPACES.sub("", cell).removesuffix("€") if isinstance(cell, str) else ""
    if text.startswith("="):
        return _wrong(
            "amount.formula",
            f"{quoted(cell)} est une formule : remplacez-la par sa valeur (collage spécial, valeurs).",
        )
    if re.fullmatch(r"[+-]?[0-9]{1,3}[.,][0-9]{3}", text) and not isinstance(cell, Number):
        return _wrong(
            "amount.ambiguous",
            f"{quoted(cell)} peut se lire de deux façons : écrivez le montant avec ses centimes, par exemple 1250,00.",
        )
    if re.fullmatch(r"[+-]?[0-9]+[.,][0-9]{3,}", text):
        return _wrong(
            "amount.decimals", f"{quoted(cell)} a plus de deux décimales : arrondissez le montant au centime."
        )
    return _wrong("amount", f"{quoted(cell)} n’est pas un montant en euros : écrivez par exemple 1250,50.")


def _wrong(code: str, reason: str) -> Wrong:
    return Wrong(code, french(reason))
