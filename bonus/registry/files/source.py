"""What a file holds, before its rows are checked; and the sentences that refuse a whole file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bonus.errors import InvalidInput

from .model import MAX_FILE_BYTES, MAX_ROWS
from .rows import RawRow

_NBSP = "\u00a0"
_AGAIN = "Enregistrez-le en CSV (UTF-8) ou au format Classeur Excel (.xlsx), puis déposez-le à nouveau."
_SHEET = "Ouvrez-le dans votre tableur et enregistrez-le au format Classeur Excel (.xlsx) ou en CSV."


@dataclass
class Source:
    """The rows of a file, blank ones left out; ``ignored`` is complete when they have all been read."""

    format: str
    rows: Iterator[RawRow]
    ignored: dict[str, None] = field(default_factory=dict)


SENTENCES = {
    "import.empty": "Ce fichier est vide. Vérifiez le fichier et déposez-le à nouveau.",
    "import.no_rows": (
        "Ce fichier ne contient aucune certification sous ses titres. Remplissez-le et déposez-le à nouveau."
    ),
    "import.too_large": (
        f"Ce fichier est trop volumineux{_NBSP}: la limite est de {MAX_FILE_BYTES // 2**20}{_NBSP}Mo. "
        "Découpez-le en plusieurs fichiers."
    ),
    "import.too_many_rows": (
        f"Ce fichier contient plus de {MAX_ROWS // 1000}{_NBSP}{MAX_ROWS % 1000:03d} lignes. "
        "Découpez-le en plusieurs fichiers."
    ),
    "import.too_many_faults": (
        f"Presque toutes les lignes de ce fichier sont fautives{_NBSP}: il n’a sans doute pas la forme attendue. "
        "Partez du modèle, ou vérifiez d’abord quelques lignes."
    ),
    "import.not_a_table": f"Ce fichier n’est ni un CSV, ni un classeur Excel (.xlsx), ni du JSON. {_AGAIN}",
    "import.old_excel": f"Ce fichier est à un ancien format d’Excel (.xls ou .xlsb). {_SHEET}",
    "import.opendocument": f"Ce fichier est un classeur OpenDocument (.ods). {_SHEET}",
    "import.password": (
        "Ce classeur est protégé par un mot de passe. Enregistrez-le sans mot de passe, puis déposez-le à nouveau."
    ),
    "import.pdf": "Ce fichier est un PDF. Déposez le tableau d’origine, en CSV, en XLSX ou en JSON.",
    "import.markup": f"Ce fichier est une page HTML ou du XML, pas un tableau. {_SHEET}",
    "import.archive": "Ce fichier est une archive. Extrayez-en le tableau (CSV, XLSX ou JSON) et déposez-le seul.",
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
    "import.json": f"Ce fichier n’est pas du JSON correct{_NBSP}: {{value}}. Corrigez-le et déposez-le à nouveau.",
    "import.json_form": (
        f"Ce JSON n’a pas la forme attendue{_NBSP}: une liste d’objets, ou un objet dont la clé "
        f"«{_NBSP}certifications{_NBSP}» porte cette liste."
    ),
}


def refusal(code: str, value: object = "") -> InvalidInput:
    """The refusal of a whole file, with its sentence."""
    return InvalidInput(code, SENTENCES[code].format(value=value))
