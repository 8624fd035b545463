"""How a company is named by another: SIREN, or VAT number elsewhere in the EEA (art. 7); and whose name it is."""

from __future__ import annotations

import re
import unicodedata

from bonus.adapters.einvoice.party import siren_is_valid, siret_is_valid, vat_is_valid
from bonus.errors import InvalidInput
from bonus.money import NBSP

_SEPARATORS = re.compile(r"[\s.\-\u00a0\u202f]")
_LEGAL_FORMS = frozenset(
    [
        "association",
        "societe",
        "ste",
        "ets",
        "cie",
        "sa",
        "sas",
        "sasu",
        "sarl",
        "eurl",
        "sci",
        "scop",
        "scic",
        "snc",
        "selarl",
        "selas",
        "gie",
        "ei",
        "eirl",
    ]
)


def member_identifier(text: str, field: str = "member") -> str:
    """The SIREN or VAT number a person typed, as it is kept: a SIRET and a French VAT number give their SIREN.

    Raises InvalidInput when its key is wrong, or it is none.
    """
    number = _SEPARATORS.sub("", text).upper()
    if siren_is_valid(number):
        return number
    if siret_is_valid(number):
        return number[:9]
    if vat_is_valid(number):
        return number[4:] if number.startswith("FR") else number
    if number.isdecimal() and len(number) in (9, 14):
        sentence = f"Ce numéro contient une erreur de copie{NBSP}: sa clé est fausse. Relisez-le."
    else:
        sentence = (
            f"Écrivez un SIREN (9 chiffres) ou, ailleurs dans l’Espace économique européen, un numéro de TVA "
            f"(par exemple DE136695976){NBSP}: celui-ci n’en est pas un."
        )
    raise InvalidInput("company.wrong_identifier", sentence, field=field)


def same_name(one: str, other: str) -> bool:
    """Whether two names are one but for case, accents, punctuation, the order of words and the legal form."""
    return _words(one) == _words(other)


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    # « S.A.S. » is a form too: the points between single letters go first.
    plain = re.sub(r"\b(\w)\.(?=\w\b)", r"\1", plain)
    words = [word for word in re.split(r"[^a-z0-9]+", plain) if word]
    return sorted([word for word in words if word not in _LEGAL_FORMS] or words)
