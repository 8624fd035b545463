"""The JSON form of the public "recherche d'entreprises" API: what is taken of an answer, each value checked."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

from bonus.adapters.einvoice.party import siret_is_valid

from .model import DirectoryAway, Identity

WITHHELD = re.compile(r"\[(?:NON[- ]DIFFUSIBLE|ND)\]", re.IGNORECASE)
_NAF = re.compile(r"[0-9]{2}\.[0-9]{2}[A-Z]")
_POSTCODE = re.compile(r"[0-9]{5}")
_PUBLIC_LAW = "7"
"""Legal forms (catégories juridiques) that begin so are legal persons under administrative law."""


def read_answer(answer: object, siren: str) -> Identity | None:
    """The company asked for, in an answer to a search; others in it are passed over, whatever their rank.

    Raises DirectoryAway when the answer has not the API's form.
    """
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list) or not all(isinstance(one, dict) for one in results):
        raise DirectoryAway("the answer is not a list of results")
    found = next((one for one in results if one.get("siren") == siren), None)
    return None if found is None else _identity(found, siren)


def _identity(found: dict[str, Any], siren: str) -> Identity:
    seat = found.get("siege")
    if not isinstance(seat, dict):
        raise DirectoryAway("the company has no seat")
    said = [found.get("nom_complet"), found.get("nom_raison_sociale"), seat.get("adresse")]
    name = _text(found, "nom_raison_sociale", 200) or _text(found, "nom_complet", 200)
    state = found.get("etat_administratif")
    withheld = any(isinstance(one, str) and WITHHELD.search(one) for one in said)
    if not (name or withheld) or state not in ("A", "C", "F"):
        raise DirectoryAway("the company has no name, or no state")
    partial = "P" in (found.get("statut_diffusion"), seat.get("statut_diffusion_etablissement"))
    extra = found.get("complements")
    siret = _text(seat, "siret", 14)
    naf = _text(found, "activite_principale", 6)
    return Identity(
        siren=siren,
        name="" if WITHHELD.search(name) else name,
        naf=naf if _NAF.fullmatch(naf) else "",
        street=_street(seat),
        postcode=_postcode(seat),
        town=_text(seat, "libelle_cedex", 100) or _text(seat, "libelle_commune", 100),
        siret=siret if siret_is_valid(siret) and siret.startswith(siren) else "",
        active=state == "A",
        closed_on=_day(found.get("date_fermeture")),
        founded_on=_day(found.get("date_creation")),
        public_body=_text(found, "nature_juridique", 4).startswith(_PUBLIC_LAW)
        or (isinstance(extra, dict) and extra.get("est_service_public") is True),
        partial=withheld or partial,
    )


def _street(seat: dict[str, Any]) -> str:
    """Number and street; else what the address says before its postcode (a place called, a box)."""
    parts = [
        _text(seat, name, 200) for name in ("numero_voie", "indice_repetition", "type_voie", "libelle_voie")
    ]
    street = " ".join(part for part in parts if part)
    more = _text(seat, "distribution_speciale", 200)
    if not street:
        whole, postcode = _text(seat, "adresse", 300), _postcode(seat)
        street = whole.partition(f" {postcode} ")[0] if postcode and f" {postcode} " in whole else ""
    return " ".join(part for part in (street, more) if part)[:200]


def _postcode(seat: dict[str, Any]) -> str:
    """The postcode of a town of France; a seat abroad has none."""
    for name in ("cedex", "code_postal"):
        if _POSTCODE.fullmatch(code := _text(seat, name, 10)):
            return code
    return ""


def _text(holder: dict[str, Any], name: str, most: int) -> str:
    """A text on one line, without what cannot be printed; anything else is none."""
    value = holder.get(name)
    if not isinstance(value, str) or WITHHELD.fullmatch(value.strip()):
        return ""
    shown = "".join(" " if unicodedata.category(one)[0] == "C" else one for one in value)
    return " ".join(shown.split())[:most].strip()


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
