"""Who sells and who buys: names, addresses, and identifiers checked by their keys."""

from __future__ import annotations

import re

from stdnum import exceptions
from stdnum.eu import vat as eu_vat
from stdnum.fr import siren as fr_siren
from stdnum.fr import siret as fr_siret
from stdnum.is_ import vsk
from stdnum.no import mva

from .model import EEA_VAT_PREFIXES, Party
from .terms import Terms, text

# ISO 6523 schemes of an identifier.
SIREN_SCHEME, SIRET_SCHEME = "0002", "0009"
_LIECHTENSTEIN = re.compile(r"LI\d{5}")


def vat_is_valid(number: str) -> bool:
    """Check a compact VAT number of a state of the EEA, with its prefix."""
    if not number.isascii():
        return False
    try:
        match number[:2]:
            case "NO":
                mva.validate(number)
            case "IS":
                vsk.validate(number)
            case "LI":
                return _LIECHTENSTEIN.fullmatch(number) is not None
            case _:
                eu_vat.validate(number)
    except exceptions.ValidationError:
        return False
    return number[:2] in EEA_VAT_PREFIXES


def siren_is_valid(number: str) -> bool:
    """Check a compact SIREN. (stdnum also takes full-width digits, which would never match a registry.)"""
    return number.isascii() and fr_siren.is_valid(number)


def siret_is_valid(number: str) -> bool:
    """Check a compact SIRET, with La Poste's exception."""
    return number.isascii() and fr_siret.is_valid(number)


def identifier_typed(text: str) -> str | None:
    """Identify a supplier (art. 4) from what a person copies of a document: its SIREN or, elsewhere in the EEA, its
    VAT number. A SIRET, or a French VAT number, gives its SIREN; None when the key of the number is wrong."""
    compact = _compact(text).upper()
    if len(compact) == 14 and siret_is_valid(compact):
        return compact[:9]
    if siren_is_valid(compact):
        return compact
    if not vat_is_valid(compact):
        return None
    return _siren_of_vat(compact) if compact.startswith("FR") else compact


def read_party(terms: Terms, who: str) -> Party:
    """Read a seller or a buyer from its terms; ``who`` is its French name for the warnings.

    The SIREN comes from the legal identifier (scheme 0002; a SIRET there is cut to its SIREN and kept),
    else from a SIRET (scheme 0009), else from the French VAT number; the first that passes its key is taken.
    """
    warnings: list[str] = []
    invalid: list[str] = []
    identifiers = terms.get("identifiers")
    identifiers = identifiers if isinstance(identifiers, dict) else {}
    country = text(terms, "country_code").upper()[:2] or None
    vat = _compact(text(terms, "vat_identifier")).upper() or None
    legal = _compact(text(terms, "legal_identifier"))
    scheme = text(terms, "legal_identifier_schemeid")
    if not scheme and country in (None, "FR") and re.fullmatch(r"\d{9}(\d{5})?", legal):
        scheme = SIREN_SCHEME  # the profiles of 2017 often left the scheme out
    sirets = [_compact(str(identifiers.get(SIRET_SCHEME, "")))]
    sirens = [_compact(str(identifiers.get(SIREN_SCHEME, "")))]
    if scheme == SIRET_SCHEME or (scheme == SIREN_SCHEME and len(legal) == 14):
        sirets.insert(0, legal)
    elif scheme == SIREN_SCHEME:
        sirens.insert(0, legal)
    siret = next((one for one in sirets if siret_is_valid(one)), next(filter(None, sirets), None))
    if siret and not siret_is_valid(siret):
        invalid.append("siret")
        warnings.append(f"Le SIRET du {who} n’est pas valide\u00a0: {siret[:20]}.")
    if vat and vat[:2] in EEA_VAT_PREFIXES and not vat_is_valid(vat):
        invalid.append("vat_number")
        warnings.append(f"Le numéro de TVA du {who} n’est pas valide\u00a0: {vat[:20]}.")
    elif vat and vat[:2] not in EEA_VAT_PREFIXES:
        invalid.append("vat_number")
        warnings.append(
            f"Le numéro de TVA du {who} n’est pas celui d’un État de l’Espace économique européen"
            f"\u00a0: {vat[:20]}."
        )
    candidates = [*sirens, *(one[:9] for one in sirets), _siren_of_vat(vat)]
    if scheme in (SIREN_SCHEME, SIRET_SCHEME):
        candidates.insert(0, legal[:9] if len(legal) == 14 else legal)
    siren = _choose_siren(list(dict.fromkeys(filter(None, candidates))), who, invalid, warnings)
    if siren is None and vat is None:
        warnings.append(f"La facture ne donne ni SIREN ni numéro de TVA du {who}.")
    return Party(
        name=text(terms, "name") or text(terms, "biz_name"),
        siren=siren,
        siret=siret,
        vat_number=vat,
        country=country,
        address_1=text(terms, "addr_l1"),
        address_2=text(terms, "addr_l2"),
        address_3=text(terms, "addr_l3"),
        postcode=text(terms, "postcode"),
        city=text(terms, "city"),
        invalid=tuple(invalid),
        warnings=tuple(warnings),
    )


def _choose_siren(candidates: list[str], who: str, invalid: list[str], warnings: list[str]) -> str | None:
    if not candidates:
        return None
    valid = [one for one in candidates if siren_is_valid(one)]
    if not valid:
        invalid.append("siren")
        warnings.append(f"Le SIREN du {who} n’est pas valide\u00a0: {candidates[0][:20]}.")
        return candidates[0]
    others = [one for one in candidates if one != valid[0]]
    if others:
        warnings.append(
            f"Les identifiants du {who} ne concordent pas\u00a0: le SIREN {valid[0]} est retenu, "
            f"la facture porte aussi {', '.join(one[:20] for one in others)}."
        )
    return valid[0]


def _siren_of_vat(vat: str | None) -> str | None:
    if vat is None or not vat.startswith("FR") or not vat_is_valid(vat) or vat[4:7] == "000":
        return None  # numbers from Monaco hold no SIREN
    return vat[4:]


def _compact(number: str) -> str:
    return re.sub(r"[\s.\-]", "", number)[:40]
