"""Who sells, as a certifier writes it: the identifier by which invoices will be matched (art. 4)."""

from __future__ import annotations

import re

from bonus.adapters.einvoice.model import EEA_VAT_PREFIXES
from bonus.adapters.einvoice.party import siren_is_valid, siret_is_valid, vat_is_valid

from .cells import Cell, Number, Unreadable, Wrong, quoted

_NBSP = "\u00a0"
# As the reading of invoices compacts them (``einvoice.party``): both must come to the same identifier.
_SEPARATORS = re.compile(r"[\s.\-]")
_DECIMALS = re.compile(r"([0-9]{1,9})\.0+")
_SIREN_DIGITS = 9
# A SIREN begins with three zeros at most; one short number in ten passes the check by chance.
_LEAST_DIGITS = 6
_VAT = re.compile(r"[A-Z]{2}[0-9A-Z+*]{2,18}")


def read_supplier_id(cell: Cell) -> str | Wrong:
    """A SIREN, or the VAT number of another state of the EEA: compact, its key checked.

    A number typed as one (``Number``) gets back the zeros that a sheet took from its head.
    """
    if isinstance(cell, Unreadable):
        return cell.wrong
    if not isinstance(cell, str):
        return Wrong(
            "supplier",
            f"{quoted(cell)} n’est ni un SIREN ni un numéro de TVA{_NBSP}: indiquez l’un des deux.",
        )
    whole = _DECIMALS.fullmatch(cell)
    number = whole[1] if whole else cell
    if not isinstance(cell, Number):
        number = _SEPARATORS.sub("", number).upper()
    elif (
        number.isdigit() and len(number) >= _LEAST_DIGITS
    ):  # in a number, a point or a sign separates nothing
        number = number.zfill(_SIREN_DIGITS)
    # The check itself would leave points out, and nine zeros pass it.
    if number.isdigit() and number.strip("0") and siren_is_valid(number):
        return number
    if number[:2] != "FR" and number.isascii() and _VAT.fullmatch(number) and vat_is_valid(number):
        return number
    return _why_not(cell, number)


def _why_not(cell: str, number: str) -> Wrong:
    if number.isascii() and number.isdigit() and len(number) == _SIREN_DIGITS:
        return Wrong(
            "siren",
            f"Le SIREN {quoted(cell)} n’est pas valide (sa clé est fausse){_NBSP}: vérifiez ses neuf chiffres.",
        )
    if siret_is_valid(number):
        return Wrong(
            "siret", f"{quoted(cell)} est un SIRET{_NBSP}: gardez le SIREN, ses neuf premiers chiffres."
        )
    if number[:2] == "FR":
        return Wrong(
            "vat.french",
            f"{quoted(cell)} est un numéro de TVA français{_NBSP}: indiquez le SIREN (9{_NBSP}chiffres) à la place.",
        )
    if number[:2] in EEA_VAT_PREFIXES:
        return Wrong("vat", f"Le numéro de TVA {quoted(cell)} n’est pas valide{_NBSP}: vérifiez-le.")
    return Wrong(
        "supplier",
        f"{quoted(cell)} n’est ni un SIREN (9{_NBSP}chiffres) ni un numéro de TVA d’un État de l’Espace "
        f"économique européen{_NBSP}: indiquez l’un des deux.",
    )
