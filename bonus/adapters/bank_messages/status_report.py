"""pain.002: what becomes of the files we sent, file by file, PmtInf by PmtInf, transfer by transfer."""

from __future__ import annotations

from typing import Any, ClassVar

from .model import (
    ACCEPTED,
    CLOSE_MATCH,
    EXECUTED,
    MATCH,
    NO_MATCH,
    NOT_CHECKED,
    PARTIAL,
    PENDING,
    REJECTED,
    UNKNOWN,
    VERIFIED,
    BankItem,
    PayeeCheck,
)
from .stream import Part
from .values import MOST_WORDS, cents, day, every, first, iban, identifier, text, whole

SAID = {
    "RCVD": ACCEPTED,
    "PRES": ACCEPTED,
    "ACTC": ACCEPTED,
    "ACFC": ACCEPTED,
    "ACCP": ACCEPTED,
    "ACSP": ACCEPTED,
    "ACWP": ACCEPTED,
    "PDNG": PENDING,
    "PATC": PENDING,
    "PART": PARTIAL,
    "ACSC": EXECUTED,
    "ACCC": EXECUTED,
    "RJCT": REJECTED,
    "RCVC": VERIFIED,
    "RVCM": VERIFIED,
    "RVMC": VERIFIED,
    "RVNM": VERIFIED,
    "RVNA": VERIFIED,
    "RVNC": VERIFIED,
}
"""The standard's statuses (external code sets, 2026). Any other (CANC, BLCK, ACWC…) says UNKNOWN: a person reads it."""

CHECKS = {
    "RCVC": MATCH,
    "MTCH": MATCH,
    "RVMC": CLOSE_MATCH,
    "CMTC": CLOSE_MATCH,
    "RVNM": NO_MATCH,
    "RVCM": NO_MATCH,  # of a group: some transfer in it; of a transfer: that one
    "NMTC": NO_MATCH,
    "RVNA": NOT_CHECKED,
    "RVNC": NOT_CHECKED,
    "NOAP": NOT_CHECKED,
}
"""Verification of the payee, as a status of the report or as the reason that goes with another one (external code sets
of ISO 20022, group and transaction status; RVNC: not done yet)."""


class StatusReader:
    """Reads a report part after part; ``original_message_id`` is that of our file, once its part was read."""

    NAMES: ClassVar[frozenset[str]] = frozenset({"OrgnlGrpInfAndSts", "OrgnlPmtInfAndSts", "TxInfAndSts"})

    def __init__(self) -> None:
        self.original_message_id = ""

    def read(self, part: Part) -> list[BankItem]:
        """What this part says: nothing, for a level that has no status of its own."""
        if part.name == "TxInfAndSts":
            return [self._transfer(part.node)]
        if part.name == "OrgnlGrpInfAndSts":
            self.original_message_id = identifier(part.node, "OrgnlMsgId")
            return self._above("file", part.node, "GrpSts")
        return self._above("payment", part.node, "PmtInfSts")

    def close(self) -> list[BankItem]:
        """Nothing waits for the end of a report."""
        return []

    def _above(self, level: str, node: Any, status_name: str) -> list[BankItem]:
        status = text(node, status_name, most=35)
        if not status:
            return []
        reason, words = _reason(node)
        return [
            BankItem(
                level=level,
                said=SAID.get(status, UNKNOWN),
                status=status,
                original_message_id=self.original_message_id,
                payment_id=identifier(node, "OrgnlPmtInfId"),
                count=whole(text(node, "OrgnlNbOfTxs")),
                total_cents=cents(first(node, "OrgnlCtrlSum"))[0],
                reason=reason,
                words=words,
            )
        ]

    def _transfer(self, node: Any) -> BankItem:
        status = text(node, "TxSts", most=35)
        reason, words = _reason(node)
        amount, wrong = cents(first(node, "OrgnlTxRef/Amt/InstdAmt"))
        return BankItem(
            level="transfer",
            said=SAID.get(status, UNKNOWN),
            status=status,
            end_to_end_id=identifier(node, "OrgnlEndToEndId"),
            original_message_id=self.original_message_id,
            payment_id=identifier(node.getparent(), "OrgnlPmtInfId"),
            account=iban(node, "OrgnlTxRef/DbtrAcct/Id/IBAN"),
            payee_iban=iban(node, "OrgnlTxRef/CdtrAcct/Id/IBAN"),
            amount_cents=amount,
            amount_wrong=wrong,
            reason="" if reason in CHECKS else reason,
            words=words,
            reference=identifier(node, "AcctSvcrRef", "StsId"),
            on=day(node, "AccptncDtTm", "FctvIntrBkSttlmDt/Dt"),
            check=_check(status, reason, words),
        )


def _reason(node: Any) -> tuple[str, str]:
    """The first reason's code, and all that the bank adds in words."""
    code, words = "", []
    for given in every(node, "StsRsnInf"):
        code = code or text(given, "Rsn/Cd", "Rsn/Prtry", most=35)
        words += [" ".join((one.text or "").split()) for one in every(given, "AddtlInf")]
    return code, " ".join(word for word in words if word)[:MOST_WORDS]


def _check(status: str, reason: str, words: str) -> PayeeCheck | None:
    result = CHECKS.get(status) or CHECKS.get(reason)
    if result is None:
        return None
    return PayeeCheck(result, words if result == CLOSE_MATCH else "")
