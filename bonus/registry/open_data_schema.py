"""The form of the catalogue as open data, said once: the JSON Schema, the columns of the CSV and the page that
describes them are all made from here. Pure.

Whoever changes a field in a way that breaks its readers changes the first number of VERSION; who adds one, the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

VERSION = "1.0"
LICENCE = "etalab-2.0"
LICENCE_URL = "https://github.com/etalab/licence-ouverte/blob/master/LO.md"
TITLE = "Solutions numériques labellisées ouvrant droit au Bonus Souveraineté"

STATES = {
    "in_force": "en_vigueur",
    "suspended": "suspendue",
    "withdrawn": "retiree",
    "never_counted": "retiree_retroactivement",
    "not_yet": "a_venir",
    "expired": "expiree",
}
"""Our codes → those published."""
EVENTS = {"suspended": "suspension", "reinstated": "retablissement", "withdrawn": "retrait"}

_KINDS: dict[str, dict[str, Any]] = {
    "texte": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "instant": {"type": "string", "format": "date-time"},
    "booléen": {"type": "boolean"},
    "adresse": {"type": "string", "format": "uri"},
}


@dataclass(frozen=True)
class Field:
    """A field: its name, its kind, what it means; ``empty``: it may be without a value; ``codes``: those it takes."""

    name: str
    kind: str
    meaning: str
    empty: bool = False
    codes: tuple[str, ...] = ()

    @property
    def schema(self) -> dict[str, Any]:
        """The field in JSON Schema."""
        found = {**_KINDS[self.kind], "description": self.meaning}
        if self.codes:
            found["enum"] = [*self.codes, None] if self.empty else list(self.codes)
        if self.empty:
            found["type"] = [found["type"], "null"]
        return found


SOLUTION = (
    Field(
        "identifiant", "texte", "Identifiant stable de la solution, unique, repris dans l’adresse de sa page."
    ),
    Field("nom", "texte", "Nom de la solution."),
    Field("reference", "texte", "Référence du produit chez son fournisseur.", empty=True),
    Field("usage", "texte", "Code de l’usage (axe du règlement)."),
    Field("usage_nom", "texte", "Nom de l’usage."),
    Field("description", "texte", "Présentation de la solution.", empty=True),
    Field("site", "texte", "Site de la solution, tel que déclaré au registre.", empty=True),
    Field("page", "adresse", "Page de la solution dans ce catalogue."),
    Field("en_vigueur", "booléen", "Au moins une certification est en vigueur au jour de l’état."),
)
SUPPLIER = (
    Field("identifiant", "texte", "SIREN du fournisseur, ou numéro de TVA dans un autre État de l’EEE."),
    Field("nom", "texte", "Nom du fournisseur."),
)
CERTIFICATION = (
    Field("label", "texte", "Code du label."),
    Field("label_nom", "texte", "Nom du label."),
    Field("certificateur", "texte", "Organisme qui a accordé le label."),
    Field("reference", "texte", "Référence de la certification chez le certificateur."),
    Field("valable_du", "date", "Premier jour de validité."),
    Field("valable_au", "date", "Dernier jour de validité, compris."),
    Field("etat", "texte", "État au jour de l’état.", codes=tuple(STATES.values())),
    Field("etat_depuis", "date", "Jour de l’événement dont vient cet état, s’il y en a un.", empty=True),
    Field("en_vigueur", "booléen", "La certification compte au jour de l’état."),
    Field("audit_du", "date", "Jour de l’audit.", empty=True),
    Field("preuve", "texte", "Référence du rapport d’audit.", empty=True),
)
EVENT = (
    Field("type", "texte", "Nature de l’événement.", codes=tuple(EVENTS.values())),
    Field("le", "date", "Jour où il prend effet."),
    Field(
        "retroactif", "booléen", "Retrait rétroactif : la certification est réputée n’avoir jamais compté."
    ),
)
HEADER = (
    Field("version", "texte", "Version du schéma.", codes=(VERSION,)),
    Field("titre", "texte", "Titre du jeu de données."),
    Field("licence", "texte", "Licence de réutilisation.", codes=(LICENCE,)),
    Field("licence_adresse", "adresse", "Texte de la licence."),
    Field("schema", "adresse", "Adresse de ce schéma."),
    Field(
        "etat_au",
        "date",
        "Jour de l’état : les états des certifications sont ceux de ce jour, heure de Paris.",
    ),
    Field("registre_modifie_le", "instant", "Dernière écriture au registre.", empty=True),
)
LISTS = {
    "solutions": "Les solutions, dans l’ordre de leur inscription.",
    "certifications": "Les certifications de la solution ; celles inscrites par erreur n’y sont pas.",
    "evenements": "Les suspensions, rétablissements et retraits, dans l’ordre.",
    "fournisseur": "Qui vend la solution.",
}


def _prefixed(prefix: str, fields: Sequence[Field], *, empty: bool = False) -> list[Field]:
    return [replace(field, name=f"{prefix}{field.name}", empty=field.empty or empty) for field in fields]


COLUMNS: tuple[Field, ...] = (
    next(field for field in HEADER if field.name == "etat_au"),
    *SOLUTION,
    *_prefixed("fournisseur_", SUPPLIER),
    # A solution without certification has one line too.
    *_prefixed("certification_", CERTIFICATION, empty=True),
    Field(
        "certification_evenements",
        "texte",
        "Événements, séparés par « | » : nature, deux-points, jour (« suspension:2026-03-01 »). "
        "Un retrait rétroactif s’écrit « retrait_retroactif ».",
        empty=True,
    ),
)
"""The columns of the CSV, one line a certification."""


def json_schema(address: str) -> dict[str, Any]:
    """The JSON Schema of the JSON file, published at ``address``."""
    event = _object(EVENT, {})
    certification = _object(CERTIFICATION, {"evenements": _list("evenements", event)})
    supplier = {**_object(SUPPLIER, {}), "description": LISTS["fournisseur"]}
    solution = _object(
        SOLUTION, {"fournisseur": supplier, "certifications": _list("certifications", certification)}
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "title": TITLE,
        **_object(HEADER, {"solutions": _list("solutions", solution)}),
    }


def _list(name: str, of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "description": LISTS[name], "items": of}


def _object(fields: Sequence[Field], more: dict[str, dict[str, Any]]) -> dict[str, Any]:
    properties = {field.name: field.schema for field in fields} | more
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
