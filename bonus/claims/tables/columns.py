"""The columns of a table of purchase lines: what its template has, and what accountants' software calls them."""

from __future__ import annotations

from bonus.tables.columns import Column, Columns

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_ROWS = 50_000
NUMBER_LENGTH, NAME_LENGTH, LINE_LENGTH = 100, 200, 500
EXAMPLE_NUMBER = "EXEMPLE-2026-001"
"""The invoice of the template's example row: refused, so that nobody claims it by leaving it there."""
TO_CORRECT = "À corriger"
"""The last column of the rows given back to be corrected: it is not read."""

_NBSP = "\u00a0"
_DATE = f"Date{_NBSP}: 01/03/2026 ou 2026-03-01."
_AMOUNT = f"En euros{_NBSP}: 1{_NBSP}250,50 ou 1250.50."

COLUMNS = Columns(
    Column(
        "facture",
        "number",
        True,
        "le numéro de la facture",
        "Numéro écrit sur la facture. Une facture de plusieurs lignes occupe plusieurs rangées, "
        "avec le même numéro, la même date et le même fournisseur.",
    ),
    Column("date_facture", "issued_on", True, "la date de la facture", _DATE),
    Column(
        "fournisseur",
        "supplier_id",
        True,
        "le SIREN ou le numéro de TVA du fournisseur",
        "SIREN (9 chiffres), SIRET ou numéro de TVA, tel que la facture le porte.",
    ),
    Column(
        "nom_fournisseur",
        "supplier_name",
        True,
        "le nom du fournisseur",
        f"{NAME_LENGTH} caractères au plus.",
    ),
    Column("designation", "name", True, "ce qui a été acheté", "Ce que dit la ligne de la facture."),
    Column(
        "reference",
        "reference",
        False,
        "la référence de l’article",
        "Référence du fournisseur, si elle existe.",
    ),
    Column(
        "montant_ht",
        "net_cents",
        True,
        "le montant hors taxes",
        f"Remises déduites, supérieur à zéro. {_AMOUNT}",
    ),
    Column("tva", "vat_cents", False, "le montant de la TVA", f"Vide{_NBSP}: aucune. {_AMOUNT}"),
    Column(
        "debut_service",
        "service_start",
        False,
        "le premier jour du service",
        f"Pour un abonnement, avec sa fin. {_DATE}",
    ),
    Column(
        "fin_service", "service_end", False, "le dernier jour du service", f"Dernier jour, inclus. {_DATE}"
    ),
    Column(
        "solution",
        "solution",
        False,
        "la solution du registre",
        f"Son nom ou son adresse au registre. Vide{_NBSP}: nous la cherchons d’après la désignation.",
    ),
    Column(
        "remplace_non_europeenne",
        "replaces_foreign",
        False,
        "le remplacement d’une solution non européenne",
        f"«{_NBSP}oui{_NBSP}» quand cet achat remplace une solution non européenne.",
    ),
    Column(
        "autre_aide",
        "other_public_aid_cents",
        False,
        "l’autre aide publique",
        f"Autre aide publique reçue pour ce même achat. Vide{_NBSP}: aucune. {_AMOUNT}",
    ),
    also={
        "numéro": "number",
        "numéro de facture": "number",
        "n° facture": "number",
        "n° de facture": "number",
        "facture (numéro)": "number",
        "date": "issued_on",
        "date de facture": "issued_on",
        "date de la facture": "issued_on",
        "siren": "supplier_id",
        "siren du fournisseur": "supplier_id",
        "siren fournisseur": "supplier_id",
        "fournisseur SIREN ou n° de TVA": "supplier_id",
        "SIREN ou n° de TVA du fournisseur": "supplier_id",
        "identifiant fournisseur": "supplier_id",
        "nom du fournisseur": "supplier_name",
        "libellé": "name",
        "description": "name",
        "ref": "reference",
        "montant": "net_cents",
        "HT": "net_cents",
        "montant hors taxes": "net_cents",
        "montant TVA": "vat_cents",
        "montant de TVA": "vat_cents",
        "début de service": "service_start",
        "début du service": "service_start",
        "fin de service": "service_end",
        "fin du service": "service_end",
        "solution du registre": "solution",
        "remplace une solution non européenne": "replaces_foreign",
        "autre aide publique": "other_public_aid_cents",
    },
    passed_over=(TO_CORRECT,),
)
