"""camt.054 and camt.053: the account's entries, transfer by transfer or booked in one sum."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from .model import (
    EXECUTED,
    OTHER_CREDIT,
    PENDING,
    RETURNED,
    REVERSED,
    Balance,
    BankItem,
    Statement,
)
from .stream import Part, refused
from .values import MOST_WORDS, cents, day, every, first, iban, identifier, text, whole

_RETURN_FAMILY = "RRTN"
_OPENING = ("OPBD", "PRCD")
_CLOSING = ("CLBD",)


class EntryReader:
    """Reads statements or notifications part after part; ``statements`` are those that were closed."""

    NAMES: ClassVar[frozenset[str]] = frozenset({"Acct", "Bal", "TxDtls", "Ntry", "Stmt", "Ntfctn"})

    def __init__(self) -> None:
        self.original_message_id = ""
        self.statements: list[Statement] = []
        self._details: list[BankItem] = []
        self._balances: dict[str, Balance] = {}
        self._moved = 0
        self._account = ""

    def read(self, part: Part) -> list[BankItem]:
        """What this part says: an entry is said once it closes, with the transfers it is made of."""
        if part.name == "TxDtls":
            self._details.append(_transfer(part.node))
        elif part.name == "Acct":
            self._account = iban(part.node, "Id/IBAN")
        elif part.name == "Bal":
            self._balance(part.node)
        elif part.name == "Ntry":
            return [replace(one, account=self._account) for one in self._entry(part.node)]
        else:
            self._statement(part.node)
        return []

    def close(self) -> list[BankItem]:
        """Nothing waits for the end of the message."""
        return []

    def _entry(self, node: Any) -> list[BankItem]:
        details, self._details = self._details, []
        whole_entry = _entry_item(node)
        if whole_entry.said != PENDING and whole_entry.amount_cents is not None:
            debit = text(node, "CdtDbtInd") == "DBIT"
            self._moved += -whole_entry.amount_cents if debit else whole_entry.amount_cents
        named = [_completed(one, whole_entry, alone=len(details) == 1) for one in details]
        if len(named) > 1 and whole_entry.said == OTHER_CREDIT and _adds_up(whole_entry, named):
            return named  # several payers in one sum
        if not any(one.end_to_end_id for one in named):
            return [_as_a_sum(whole_entry, named)]
        if _differs(whole_entry, named):
            return [replace(one, amount_cents=None, amount_wrong=_sums(whole_entry, named)) for one in named]
        return named

    def _balance(self, node: Any) -> None:
        code = text(node, "Tp/CdOrPrtry/Cd", "Tp/Cd")
        amount, _ = cents(first(node, "Amt"))
        if amount is not None and code not in self._balances:
            sign = -1 if text(node, "CdtDbtInd") == "DBIT" else 1
            self._balances[code] = Balance(sign * amount, day(node, "Dt/Dt", "Dt/DtTm"))

    def _statement(self, node: Any) -> None:
        balances, self._balances = self._balances, {}
        moved, self._moved = self._moved, 0
        account, self._account = self._account, ""
        self.statements.append(
            Statement(
                account=account,
                number=identifier(node, "Id"),
                opening=next((balances[code] for code in _OPENING if code in balances), None),
                closing=next((balances[code] for code in _CLOSING if code in balances), None),
                moved_cents=moved,
            )
        )


def _said(node: Any, details: Any) -> str:
    """What an entry says of a transfer; ``details`` is its TxDtls, or the entry itself."""
    if text(node, "Sts/Cd", "Sts") not in {"BOOK", ""}:
        return PENDING
    if text(node, "RvslInd") in {"true", "1"}:
        return REVERSED
    direction = text(details, "CdtDbtInd") or text(node, "CdtDbtInd")
    if direction == "DBIT":
        return EXECUTED
    code = "BkTxCd/Domn/Fmly/SubFmlyCd"
    is_return = first(details, "RtrInf") is not None or _RETURN_FAMILY in {
        text(details, code),
        text(node, code),
    }
    return RETURNED if is_return else OTHER_CREDIT


def _transfer(node: Any) -> BankItem:
    """One TxDtls, while its entry is still open: what the entry says before it is there to read."""
    entry = next(node.iterancestors("{*}Ntry"), None)
    if entry is None:
        raise refused("not_xml")
    amount, wrong = cents(first(node, "Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt"))
    return BankItem(
        level="transfer",
        said=_said(entry, node),
        status=text(node, "CdtDbtInd", most=4) or text(entry, "CdtDbtInd", most=4),
        end_to_end_id=identifier(node, "Refs/EndToEndId"),
        original_message_id=identifier(node, "Refs/MsgId"),
        payment_id=identifier(node, "Refs/PmtInfId"),
        payee_iban=iban(node, "RltdPties/CdtrAcct/Id/IBAN"),
        amount_cents=amount,
        amount_wrong=wrong,
        reason=text(node, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry", most=35),
        words=text(node, "RtrInf/AddtlInf", "AddtlTxInf", "RmtInf/Ustrd"),
        remittance=_remittance(node),
        reference=identifier(node, "Refs/AcctSvcrRef") or identifier(entry, "AcctSvcrRef"),
        on=day(entry, "BookgDt/Dt", "BookgDt/DtTm"),
    )


def _remittance(node: Any) -> str:
    """What the payer wrote: free words, the creditor's reference, and the payer's own identifier."""
    said = [*every(node, "RmtInf/Ustrd"), *every(node, "RmtInf/Strd/CdtrRefInf/Ref")]
    words = [" ".join((one.text or "").split()) for one in said]
    return " ".join([*filter(None, words), identifier(node, "Refs/EndToEndId")]).strip()[:MOST_WORDS]


def _entry_item(node: Any) -> BankItem:
    """The entry as a whole, its transfers apart."""
    batch = first(node, "NtryDtls/Btch")
    amount, wrong = cents(first(node, "Amt"))
    return BankItem(
        level="payment",
        said=_said(node, node),
        status=text(node, "CdtDbtInd", most=4),
        original_message_id=identifier(batch, "MsgId") if batch is not None else "",
        payment_id=identifier(batch, "PmtInfId") if batch is not None else "",
        amount_cents=amount,
        amount_wrong=wrong,
        count=whole(text(batch, "NbOfTxs")) if batch is not None else None,
        total_cents=amount,
        words=text(node, "AddtlNtryInf"),
        remittance=text(node, "AddtlNtryInf"),
        reference=identifier(node, "AcctSvcrRef", "NtryRef"),
        on=day(node, "BookgDt/Dt", "BookgDt/DtTm"),
    )


def _completed(one: BankItem, entry: BankItem, *, alone: bool) -> BankItem:
    """A transfer with what its entry says for it: the amount, when it is the only one."""
    amount = (
        entry.amount_cents
        if alone and one.amount_cents is None and not one.amount_wrong
        else one.amount_cents
    )
    return replace(
        one,
        amount_cents=amount,
        original_message_id=one.original_message_id or entry.original_message_id,
        payment_id=one.payment_id or entry.payment_id,
        words=one.words or entry.words,
        remittance=one.remittance or (entry.remittance if alone else ""),
    )


def _as_a_sum(entry: BankItem, named: list[BankItem]) -> BankItem:
    """An entry that names no transfer: the file or the PmtInf it books, when its only details say so."""
    if len(named) != 1:
        return entry
    return replace(
        entry,
        original_message_id=entry.original_message_id or named[0].original_message_id,
        payment_id=entry.payment_id or named[0].payment_id,
        reason=named[0].reason,
        words=entry.words or named[0].words,
        payee_iban=named[0].payee_iban,
        remittance=named[0].remittance or entry.remittance,
    )


def _adds_up(entry: BankItem, named: list[BankItem]) -> bool:
    return all(one.amount_cents is not None for one in named) and not _differs(entry, named)


def _differs(entry: BankItem, named: list[BankItem]) -> bool:
    amounts = [one.amount_cents for one in named]
    known = [amount for amount in amounts if amount is not None]
    return entry.amount_cents is not None and len(known) == len(amounts) and sum(known) != entry.amount_cents


def _sums(entry: BankItem, named: list[BankItem]) -> str:
    return f"écriture {entry.amount_cents} c, détails {sum(one.amount_cents or 0 for one in named)} c"
