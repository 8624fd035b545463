"""What a document of a dossier is there to show."""

from __future__ import annotations

PURPOSES = {
    "invoice": "Facture",
    "table": "Tableau de lignes",
    "invoice_copy": "Copie des factures du tableau",
    "payment_proof": "Preuve de paiement",
    "contract": "Contrat",
    "replacement_proof": "Preuve de la solution remplacée",
    "answer": "Pièce demandée",
    "appeal": "Pièce d’un recours",
    "observation": "Pièce de vos observations",
}
"""What a document is there to show: code → what people read."""
