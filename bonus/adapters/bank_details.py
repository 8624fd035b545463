"""Bank details: what is wrong with an IBAN or a BIC, in a sentence for whoever typed it."""

from __future__ import annotations

import re

from stdnum import bic as stdnum_bic
from stdnum import iban as stdnum_iban
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_97_10

from bonus.money import NBSP

SEPA_COUNTRIES = frozenset(
    [
        "AD",
        "AL",
        "AT",
        "BE",
        "BG",
        "CH",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GB",
        "GI",
        "GR",
        "HR",
        "HU",
        "IE",
        "IS",
        "IT",
        "LI",
        "LT",
        "LU",
        "LV",
        "MC",
        "MD",
        "ME",
        "MK",
        "MT",
        "NL",
        "NO",
        "PL",
        "PT",
        "RO",
        "RS",
        "SE",
        "SI",
        "SK",
        "SM",
        "VA",
    ]
)
# The RIB key reads letters as digits: A to I are 1 to 9, J to R are 1 to 9, S to Z are 2 to 9.
_RIB_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")
_RIB_COUNTRIES = {"FR", "MC"}


def iban_problem(iban: str) -> str | None:
    """What is wrong with an IBAN, as a French sentence, or None. Spaces and case do not count.

    Checked: country in SEPA, length and form, MOD 97-10, then the RIB key of French and Monegasque
    accounts, which an IBAN can fail while its own check digits are right.
    """
    number = re.sub(r"\s", "", iban).upper()
    if not number:
        return "Indiquez l’IBAN du compte à créditer."
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{1,30}", number, re.ASCII):
        return "Un IBAN commence par deux lettres et deux chiffres, comme FR76, et n’a pas d’autre signe."
    if number[:2] not in SEPA_COUNTRIES:
        return f"Ce compte n’est pas dans l’espace SEPA{NBSP}: le virement n’y est pas possible."
    if not mod_97_10.is_valid(number[4:] + number[:4]):
        return "Cet IBAN contient une erreur de copie. Relisez-le sur votre relevé d’identité bancaire."
    try:
        # Not the lists of banks some countries have in stdnum: they age, and refuse good accounts.
        stdnum_iban.validate(number, check_country=False)
    except ValidationError:
        return "Cet IBAN n’a pas la longueur ou la forme des comptes de ce pays."
    if number[:2] in _RIB_COUNTRIES and int(number[4:].translate(_RIB_LETTERS)) % 97 != 0:
        return "La clé RIB de cet IBAN est fausse. Relisez-le sur votre relevé d’identité bancaire."
    return None


def bic_problem(bic: str) -> str | None:
    """What is wrong with a BIC, as a French sentence, or None. An empty BIC is none at all: fine."""
    if not bic.strip() or stdnum_bic.is_valid(bic):
        return None
    return "Un BIC a huit ou onze caractères, comme AGRIFRPP ou AGRIFRPP882."


def french_iban(bank: str, branch: str, account: str) -> str:
    """The IBAN of a French account, RIB key and check digits computed: what the demo's accounts need.

    ``bank`` and ``branch`` are 5 digits, ``account`` 11 characters. Raises ValueError otherwise.
    """
    if not re.fullmatch(r"\d{10}[A-Z0-9]{11}", bank + branch + account, re.ASCII) or len(bank) != 5:
        raise ValueError("a bank and a branch of 5 digits, an account of 11 characters")
    root = bank + branch + account
    key = 97 - int(root.translate(_RIB_LETTERS) + "00") % 97
    bban = f"{root}{key:02d}"
    return f"FR{mod_97_10.calc_check_digits(bban + 'FR')}{bban}"
