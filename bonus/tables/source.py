"""What a file holds, before its rows are checked; and the sentences that refuse a whole file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bonus.errors import InvalidInput

from .cells import Cell, Wrong

_NBSP = "\u00a0"
_AGAIN = "Enregistrez-le en CSV (UTF-8) ou au format Classeur Excel (.xlsx), puis déposez-le à nouveau."
_SHEET = "Ouvrez-le dans votre tableur et enregistrez-le au format Classeur Excel (.xlsx) ou en CSV."


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as a file holds it: its cells that are not empty, by field; ``titles`` are theirs in the file.

    ``wrong`` says that the row itself is not as a row must be: its cells are then not to be trusted.
    """

    line: int
    cells: Mapping[str, Cell]
    titles: Mapping[str, str]
    wrong: tuple[tuple[str | None, Wrong], ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is not taken. ``column`` is its title as the file writes it, None when the whole row is at fault;
    ``reason`` a French sentence that says what to do."""

    line: int
    column: str | None
    code: str
    reason: str


@dataclass
class Source:
    """The rows of a file, blank ones left out; ``ignored`` is complete when they have all been read."""

    format: str
    rows: Iterator[RawRow]
    ignored: dict[str, None] = field(default_factory=dict)


SENTENCES = {
    "import.empty": "Ce fichier est vide. Vérifiez le fichier et déposez-le à nouveau.",
    "import.not_a_table": f"Ce fichier n’est ni un CSV, ni un classeur Excel (.xlsx). {_AGAIN}",
    "import.old_excel": f"Ce fichier est à un ancien format d’Excel (.xls ou .xlsb). {_SHEET}",
    "import.opendocument": f"Ce fichier est un classeur OpenDocument (.ods). {_SHEET}",
    "import.password": (
        "Ce classeur est protégé par un mot de passe. Enregistrez-le sans mot de passe, puis déposez-le à nouveau."
    ),
    "import.pdf": "Ce fichier est un PDF. Déposez le tableau d’origine, en CSV ou en XLSX.",
    "import.markup": f"Ce fichier est une page HTML ou du XML, pas un tableau. {_SHEET}",
    "import.archive": "Ce fichier est une archive. Extrayez-en le tableau et déposez-le seul.",
    "import.damaged": f"Ce classeur est endommagé ou incomplet{_NBSP}: il n’a pas pu être lu. {_AGAIN}",
    "import.bomb": (
        "Ce classeur contient des données anormalement volumineuses une fois décompressées. "
        f"Il est refusé par sécurité. {_AGAIN}"
    ),
    "import.encoding": f"Le texte de ce fichier mélange plusieurs encodages ou est abîmé. {_AGAIN}",
    "import.quotes": (
        "Un guillemet n’est pas refermé, ou est suivi d’un texte, dans la ligne qui commence à la ligne {value} "
        "du fichier. Doublez les guillemets qui font partie d’une valeur."
    ),
}
"""Why a table cannot be read at all, whatever it should hold: code → sentence."""


def refusal(code: str, value: object = "") -> InvalidInput:
    """The refusal of a whole file, with its sentence."""
    return InvalidInput(code, SENTENCES[code].format(value=value))
