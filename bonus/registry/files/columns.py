"""The columns of a certifier's file."""

from __future__ import annotations

from bonus.tables.columns import Column, Columns

from .model import EVENTS, MAX_ALIASES, MAX_CRITERIA, NAME_LENGTH, REFERENCE_LENGTH

_NBSP = "\u00a0"
_DATE = f"Date{_NBSP}: 2026-03-01 ou 01/03/2026."
_EVENT_WORDS = ", ".join(f"«{_NBSP}{word}{_NBSP}»" for word in EVENTS.values())


COLUMNS = Columns(
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

BY_FIELD = COLUMNS.by_field
CRITERIA = tuple(f"criterion_{rank}" for rank in range(1, MAX_CRITERIA + 1))
