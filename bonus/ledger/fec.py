"""The ledger in the words of French accountants: journals, account numbers, and the columns of the FEC.

``ACCOUNTS`` is the one table to change for another chart: the numbers are those of the common chart of public bodies
(instruction M9); authorisations to commit stand outside the balance sheet, in class 8.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from .accounts import account_words, kind_words

ACCOUNTS = {
    "authorised": "8010000",
    "open": "8011000",
    "committed": "8012000",
    "lapsed": "8013000",
    "expense": "6572000",  # transfers to enterprises
    "payable": "4670000",  # other creditors
    "in_transit": "5159000",  # settlements under way
    "bank": "5151000",  # deposit with the Treasury
    "receivable": "4630000",  # revenue orders to recover
    "loss": "6540000",  # debts that cannot be recovered
    "refundable": "4660000",  # payments in excess, to give back
}
"""Account of ours → its number in the chart."""

JOURNALS = {
    "BUD": (
        "Autorisations d’engagement",
        ("authorised", "reduced", "committed", "released", "released_late", "lapsed"),
    ),
    "DEP": ("Dépenses", ("granted", "cancelled", "restored")),
    "BQ": ("Banque", ("sent", "executed", "rejected", "returned", "repaid", "overpaid", "given_back")),
    "REC": ("Recouvrement", ("claimed", "offset", "waived", "barred", "unbarred")),
}
"""Journal → its name, and the kinds of entries it holds."""

_JOURNAL_OF = {kind: code for code, (_, kinds) in JOURNALS.items() for kind in kinds}

COLUMNS = (
    "JournalCode",
    "JournalLib",
    "EcritureNum",
    "EcritureDate",
    "CompteNum",
    "CompteLib",
    "CompAuxNum",
    "CompAuxLib",
    "PieceRef",
    "PieceDate",
    "EcritureLib",
    "Debit",
    "Credit",
    "EcritureLet",
    "DateLet",
    "ValidDate",
    "Montantdevise",
    "Idevise",
)
"""The eighteen fields, in their order (LPF, art. A47 A-1)."""


@dataclass(frozen=True)
class Written:
    """An entry to write: its number, civil day, budget year, kind, accounts, amount in cents, piece, decision, key."""

    number: int
    on: date
    year: int
    kind: str
    debit: str
    credit: str
    cents: int
    piece: str
    decision_id: int | None
    key: str


def journal_of(kind: str) -> str:
    """The journal of a kind of entry; a kind of another part stands in « OD », miscellaneous operations."""
    return _JOURNAL_OF.get(kind, "OD")


def fec_lines(entry: Written) -> Iterator[tuple[object, ...]]:
    """The two lines of an entry: the account debited, then the one credited, dates as AAAAMMJJ, decimals after a
    comma. An account nobody knows keeps its own name."""
    code = journal_of(entry.kind)
    name = JOURNALS[code][0] if code in JOURNALS else "Opérations diverses"
    day, amount = entry.on.strftime("%Y%m%d"), _comma(entry.cents)
    words = kind_words(entry.kind)
    for account, debit, credit in ((entry.debit, amount, "0,00"), (entry.credit, "0,00", amount)):
        yield (
            *(code, name, entry.number, day),
            *(ACCOUNTS.get(account, account), account_words(account), "", ""),
            *(entry.piece, day, words, debit, credit, "", "", day, "", ""),
        )


def _comma(cents: int) -> str:
    euros, rest = divmod(cents, 100)
    return f"{euros},{rest:02d}"
