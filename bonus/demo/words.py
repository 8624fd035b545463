"""The system's refusals, in French."""

from __future__ import annotations

_REASONS: tuple[tuple[type[OSError], str], ...] = (
    (FileNotFoundError, "il n’existe pas"),
    (PermissionError, "l’accès est refusé"),
    (IsADirectoryError, "c’est un dossier"),
    (NotADirectoryError, "un élément de son chemin n’est pas un dossier"),
    (FileExistsError, "un fichier porte déjà ce nom"),
)


def why(error: OSError) -> str:
    """The cause of a system error as the end of a French sentence."""
    return next(
        (words for kind, words in _REASONS if isinstance(error, kind)), f"erreur système {error.errno}"
    )
