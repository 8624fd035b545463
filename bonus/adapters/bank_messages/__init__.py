"""What the bank answers: pain.002, camt.054, camt.053 and pacs.004, of every version, read into one form.

``read_bank_message`` is all that others need. Read with lxml and not with a library of generated classes: those have
one class a version (a version they lack is a file that cannot be read), want the whole document in memory, and bring
no guard of their own.
"""

from __future__ import annotations

from .model import (
    ACCEPTED,
    EXECUTED,
    OTHER_CREDIT,
    PARTIAL,
    PENDING,
    REJECTED,
    RETURNED,
    REVERSED,
    UNKNOWN,
    VERIFIED,
    Balance,
    BankItem,
    BankMessage,
    PayeeCheck,
    Statement,
)
from .reader import read_bank_message
from .stream import MAX_BYTES, MAX_ITEMS

__all__ = [
    "ACCEPTED",
    "EXECUTED",
    "MAX_BYTES",
    "MAX_ITEMS",
    "OTHER_CREDIT",
    "PARTIAL",
    "PENDING",
    "REJECTED",
    "RETURNED",
    "REVERSED",
    "UNKNOWN",
    "VERIFIED",
    "Balance",
    "BankItem",
    "BankMessage",
    "PayeeCheck",
    "Statement",
    "read_bank_message",
]
