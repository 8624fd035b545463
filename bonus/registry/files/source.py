"""The sentences that refuse a whole file of certifications."""

from __future__ import annotations

from bonus.errors import InvalidInput
from bonus.tables import source

from .model import MAX_FILE_BYTES, MAX_ROWS

_NBSP = "\u00a0"


_AGAIN = "Enregistrez-le en CSV (UTF-8) ou au format Classeur Excel (.xlsx), puis déposez-le à nouveau."
JSON_TOO = {
    "import.not_a_table": f"Ce fichier n’est ni un CSV, ni un classeur Excel (.xlsx), ni du JSON. {_AGAIN}",
    "import.pdf": "Ce fichier est un PDF. Déposez le tableau d’origine, en CSV, en XLSX ou en JSON.",
    "import.archive": "Ce fichier est une archive. Extrayez-en le tableau (CSV, XLSX ou JSON) et déposez-le seul.",
}
"""What other tables say otherwise: certifiers may also send JSON."""

SENTENCES = (
    source.SENTENCES
    | JSON_TOO
    | {
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
        "import.json": f"Ce fichier n’est pas du JSON correct{_NBSP}: {{value}}. Corrigez-le et déposez-le à nouveau.",
        "import.json_form": (
            f"Ce JSON n’a pas la forme attendue{_NBSP}: une liste d’objets, ou un objet dont la clé "
            f"«{_NBSP}certifications{_NBSP}» porte cette liste."
        ),
    }
)


def refusal(code: str, value: object = "") -> InvalidInput:
    """The refusal of a whole file, with its sentence."""
    return InvalidInput(code, SENTENCES[code].format(value=value))
