"""The accounts of the scheme's ledger, and what each kind of entry moves from one to another.

Two sets of books, as public accounting keeps them: the commitment authorisations of a budget year (what may be
promised), and the general accounts (what is owed, on its way, paid, claimed back).
"""

from __future__ import annotations

from dataclasses import dataclass

BUDGET_ACCOUNTS = {
    "authorised": "Autorisations d’engagement ouvertes",
    "open": "Autorisations disponibles",
    "committed": "Autorisations engagées",
    "lapsed": "Autorisations tombées au 31 décembre",
}
GENERAL_ACCOUNTS = {
    "expense": "Bonus accordés (charge)",
    "payable": "Bonus à payer (dette)",
    "in_transit": "Virements remis à la banque",
    "bank": "Compte bancaire",
    "receivable": "Indus à recouvrer (créance)",
    "loss": "Créances abandonnées ou prescrites (charge)",
    "refundable": "Trop-perçus à restituer (dette)",
}
ACCOUNTS = BUDGET_ACCOUNTS | GENERAL_ACCOUNTS


@dataclass(frozen=True)
class Kind:
    """One kind of entry: the account debited, the account credited, and what it says, in French."""

    debit: str
    credit: str
    words: str


KINDS = {
    "authorised": Kind("open", "authorised", "Ouverture d’autorisations d’engagement"),
    "reduced": Kind("authorised", "open", "Annulation d’autorisations d’engagement"),
    "committed": Kind("committed", "open", "Engagement d’une décision"),
    "released": Kind("open", "committed", "Dégagement dans l’année de l’engagement"),
    "released_late": Kind("lapsed", "committed", "Dégagement après l’année de l’engagement"),
    "lapsed": Kind("lapsed", "open", "Autorisations non engagées au 31 décembre"),
    "granted": Kind("expense", "payable", "Bonus accordé"),
    "cancelled": Kind("payable", "expense", "Ordre de paiement annulé"),
    "restored": Kind("expense", "payable", "Somme reprise, puis rendue"),
    "sent": Kind("payable", "in_transit", "Virement remis à la banque"),
    "executed": Kind("in_transit", "bank", "Virement exécuté"),
    "rejected": Kind("in_transit", "payable", "Virement rejeté"),
    "returned": Kind("bank", "payable", "Virement retourné"),
    "claimed": Kind("receivable", "expense", "Titre de perception émis"),
    "repaid": Kind("bank", "receivable", "Indu remboursé"),
    "offset": Kind("payable", "receivable", "Indu compensé sur un bonus"),
    "waived": Kind("expense", "receivable", "Titre de perception annulé ou réduit"),
    "barred": Kind("loss", "receivable", "Créance prescrite"),
    "unbarred": Kind("receivable", "loss", "Prescription levée"),
    "overpaid": Kind("bank", "refundable", "Reçu au-delà d’un titre"),
    "given_back": Kind("refundable", "bank", "Trop-perçu restitué"),
}
"""Arts. 10, 13 and 14, in the order a euro meets them."""


def kind_words(kind: str) -> str:
    """What people read of a kind of entry; one that no table knows, written by hand, is shown as it is."""
    return KINDS[kind].words if kind in KINDS else kind


def account_words(account: str) -> str:
    """What people read of an account; one that no plan names is shown as it is."""
    return ACCOUNTS.get(account, account)
