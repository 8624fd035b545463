"""What a bank's file says, whatever its kind and version: one item a thing said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

ACCEPTED = "accepted"
"""Taken in charge, not executed yet (RCVD, ACTC, ACCP, ACSP…)."""
PENDING = "pending"
"""The bank waits for something, or the entry is not booked."""
EXECUTED = "executed"
"""The money left the account (ACSC, ACCC, a booked debit)."""
REJECTED = "rejected"
"""Not executed, and it will not be (RJCT)."""
RETURNED = "returned"
"""Executed, then given back by the payee's bank (pacs.004, a credit that bears a return's reason)."""
REVERSED = "reversed"
"""The bank takes back its own entry."""
OTHER_CREDIT = "other_credit"
"""Money came in, and the file does not say that it is a return."""
PARTIAL = "partial"
"""Some were accepted and some were not: the transfers say which (PART)."""
VERIFIED = "verified"
"""The result of the verification of the payee, and nothing about the payment."""
UNKNOWN = "unknown"
"""A status of which these readers do not know what it does to a payment."""

MATCH, CLOSE_MATCH, NO_MATCH, NOT_CHECKED = "match", "close_match", "no_match", "not_checked"


@dataclass(frozen=True, slots=True)
class PayeeCheck:
    """Verification of the payee: ``result`` is match, close_match, no_match or not_checked; ``name`` is the holder's
    name that the payee's bank suggests, when it does."""

    result: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class BankItem:
    """One thing said of one transfer, of one PmtInf or of a whole file (``level``: transfer, payment, file).

    ``amount_cents`` is None when the file gives none; ``amount_wrong`` when what it gives is no amount in whole cents
    of euros. ``account`` is the account that pays, ``payee_iban`` the one that is paid. ``original_message_id`` and
    ``payment_id`` are those of the file we sent; "" when the bank does not repeat them, as for ``end_to_end_id``.
    ``remittance`` is what the payer of a credit wrote with it.
    """

    level: str
    said: str
    status: str
    end_to_end_id: str = ""
    original_message_id: str = ""
    payment_id: str = ""
    account: str = ""
    payee_iban: str = ""
    amount_cents: int | None = None
    amount_wrong: str = ""
    count: int | None = None
    total_cents: int | None = None
    reason: str = ""
    words: str = ""
    remittance: str = ""
    reference: str = ""
    on: date | None = None
    check: PayeeCheck | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance of a statement, in cents: negative when the account is overdrawn."""

    cents: int
    on: date | None


@dataclass(frozen=True, slots=True)
class Statement:
    """An account's statement or notification: ``moved_cents`` is what its booked entries add up to, credits less
    debits; balances are those of a camt.053, None when they are not given."""

    account: str
    number: str
    opening: Balance | None
    closing: Balance | None
    moved_cents: int

    @property
    def gap_cents(self) -> int:
        """What the entries do not explain of the change from one balance to the other; 0 when they are not given."""
        if self.opening is None or self.closing is None:
            return 0
        return self.closing.cents - self.opening.cents - self.moved_cents


@dataclass(frozen=True, slots=True)
class BankMessage:
    """A file of the bank. ``kind`` is pain.002, camt.054, camt.053 or pacs.004, ``version`` the exact one;
    ``created_at`` is aware; ``original_message_id`` is that of the file answered, for the kinds that answer one."""

    kind: str
    version: str
    message_id: str
    created_at: datetime
    original_message_id: str
    items: tuple[BankItem, ...]
    statements: tuple[Statement, ...] = ()

    @property
    def accounts(self) -> frozenset[str]:
        """The accounts it is about: none for most pain.002."""
        return frozenset({item.account for item in self.items} | {one.account for one in self.statements}) - {
            ""
        }
