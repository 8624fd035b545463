"""The columns of a certifier's file, and how the titles found in a file are recognised."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from text_unidecode import unidecode

from bonus.errors import InvalidInput

from .cells import printable
from .model import EVENTS, MAX_ALIASES, MAX_CRITERIA, NAME_LENGTH, REFERENCE_LENGTH

_NBSP = "\u00a0"
_DATE = f"Date{_NBSP}: 2026-03-01 ou 01/03/2026."
_EVENT_WORDS = ", ".join(f"«{_NBSP}{word}{_NBSP}»" for word in EVENTS.values())


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its French title, the English name also accepted, what a sentence calls it, and its help."""

    header: str
    field: str
    required: bool
    what: str
    help: str


COLUMNS: tuple[Column, ...] = (
    Column(
        "certification",
        "reference",
        True,
        "votre référence de la certification",
        f"Votre propre référence, unique et stable ({REFERENCE_LENGTH} caractères au plus). "
        "Le même fichier importé deux fois ne change rien.",
    ),
    Column("label", "label", True, "le code du label", "Code du label, par exemple NFG."),
    Column(
        "fournisseur",
        "supplier_id",
        True,
        "le SIREN ou le numéro de TVA du fournisseur",
        "SIREN (9 chiffres) ou, ailleurs dans l’Espace économique européen, numéro de TVA avec son préfixe.",
    ),
    Column(
        "nom_fournisseur",
        "supplier_name",
        True,
        "le nom du fournisseur",
        f"{NAME_LENGTH} caractères au plus.",
    ),
    Column(
        "solution",
        "solution",
        True,
        "le nom de l’offre certifiée",
        f"Nom commercial de l’offre ({NAME_LENGTH} caractères au plus).",
    ),
    Column(
        "reference_offre",
        "product_reference",
        False,
        "la référence de l’offre",
        f"Référence de l’offre chez son fournisseur ({REFERENCE_LENGTH} caractères au plus), si elle existe.",
    ),
    Column("axe", "axis", True, "l’axe de l’offre", "Code ou nom de l’axe, par exemple cloud."),
    Column("valable_du", "valid_from", True, "le premier jour de validité", f"Premier jour. {_DATE}"),
    Column(
        "valable_au", "valid_until", True, "le dernier jour de validité", f"Dernier jour, inclus. {_DATE}"
    ),
    Column(
        "audit_le",
        "audited_on",
        False,
        "la date de l’audit",
        f"Obligatoire quand le label a des critères. {_DATE}",
    ),
    Column(
        "preuve",
        "evidence",
        False,
        "la référence du rapport d’audit",
        f"Référence du rapport d’audit ({NAME_LENGTH} caractères au plus). "
        "Obligatoire quand le label a des critères.",
    ),
    *(
        Column(
            f"critere_{rank}",
            f"criterion_{rank}",
            False,
            f"le critère {rank}",
            f"«{_NBSP}oui{_NBSP}» quand l’audit constate le critère {rank} du label. "
            f"Vide quand le label n’a pas de critère {rank}.",
        )
        for rank in range(1, MAX_CRITERIA + 1)
    ),
    Column(
        "evenement",
        "event",
        False,
        "l’événement",
        f"{_EVENT_WORDS}, ou vide. Une certification peut avoir plusieurs lignes, une par événement.",
    ),
    Column(
        "evenement_le",
        "event_on",
        False,
        "la date de l’événement",
        f"Obligatoire avec un événement, jamais dans le futur. {_DATE}",
    ),
    Column(
        "retroactif",
        "retroactive",
        False,
        "le caractère rétroactif",
        f"«{_NBSP}oui{_NBSP}» pour un retrait rétroactif (fraude)"
        f"{_NBSP}: la certification n’a alors jamais compté (art. 4).",
    ),
    Column(
        "alias",
        "aliases",
        False,
        "les autres noms de l’offre",
        f"Autres noms de l’offre sur les factures, séparés par | ({MAX_ALIASES} au plus).",
    ),
)

BY_FIELD = {column.field: column for column in COLUMNS}
CRITERIA = tuple(f"criterion_{rank}" for rank in range(1, MAX_CRITERIA + 1))


def fold(text: str) -> str:
    """A word without accents, case, spaces nor punctuation: how titles, labels and axes are compared."""
    return re.sub(r"[^a-z0-9]+", "", unidecode(text).lower())


_FIELDS = {fold(name): column.field for column in COLUMNS for name in (column.field, column.header)}


@lru_cache(maxsize=1000)
def field_of(title: str) -> str | None:
    """The field that a title names, in French or in English; None when it is none of ours."""
    return _FIELDS.get(fold(title))


@dataclass(frozen=True, slots=True)
class Header:
    """The titles of a table: where each known field stands, how its title is written, what is left aside."""

    places: tuple[tuple[str, int], ...]
    titles: dict[str, str]
    ignored: dict[str, None]
    width: int


def recognised(cells: Sequence[str]) -> int:
    """How many of these cells are titles of ours."""
    return sum(field_of(cell) is not None for cell in cells)


def missing(cells: Sequence[str]) -> list[str]:
    """The titles of the required columns that are not there."""
    found = {field_of(cell) for cell in cells}
    return [column.header for column in COLUMNS if column.required and column.field not in found]


def read_header(cells: Sequence[str]) -> Header:
    """Read the row of titles. Raises InvalidInput: a required column is missing, or one is there twice."""
    if missing(cells):
        raise missing_columns(cells)
    places: dict[str, int] = {}
    titles: dict[str, str] = {}
    ignored: list[str] = []
    for index, cell in enumerate(cells):
        field = field_of(cell)
        if field is None:
            if cell:
                ignored.append(printable(cell))
        elif field in places:
            raise InvalidInput(
                "import.duplicate_column",
                f"La colonne {_title(titles[field])} est là deux fois (aussi sous le titre {_title(cell)})"
                f"{_NBSP}: n’en gardez qu’une.",
            )
        else:
            places[field], titles[field] = index, printable(cell)
    width = max((index for index, cell in enumerate(cells) if cell), default=-1) + 1
    return Header(tuple(places.items()), titles, dict.fromkeys(ignored), width)


def missing_columns(cells: Sequence[str]) -> InvalidInput:
    """The refusal of a table whose titles are these: it names every required one that is not there."""
    names = ", ".join(_title(header) for header in missing(cells))
    if recognised(cells) == 0:
        return InvalidInput(
            "import.missing_columns",
            "Ce fichier ne porte aucun des titres de colonnes attendus. "
            f"Partez du modèle, ou ajoutez ces titres à la première ligne{_NBSP}: {names}.",
        )
    return InvalidInput(
        "import.missing_columns",
        f"Il manque dans ce fichier{_NBSP}: {names}. Ajoutez ces titres à la première ligne, et leurs valeurs.",
    )


def _title(title: str) -> str:
    return f"«{_NBSP}{printable(title)}{_NBSP}»"
