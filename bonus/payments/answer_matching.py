"""What the bank's answers do to the transfers we sent: pure, and nothing guessed.

Each item of a message becomes outcomes: a step for one transfer (execute, reject, return), a note that changes
nothing, or something kept for a person, with the reason. A transfer is one attempt to pay an order: the file's
identifier (``LOT-2026-000001-01``) tells a second attempt from the first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bonus.adapters.bank_messages import (
    ACCEPTED,
    EXECUTED,
    OTHER_CREDIT,
    PENDING,
    REJECTED,
    RETURNED,
    REVERSED,
    VERIFIED,
    BankItem,
    BankMessage,
)
from bonus.adapters.bank_messages.model import NO_MATCH

from . import kept_reasons as kept
from .answer_groups import ENTRY, TWICE, read_group
from .answer_titres import credit_of_titre, shared_references
from .answer_types import EXECUTE, KEEP, NOTE, REJECT, RETURN, Outcome, SentTransfer, late, note

__all__ = ["EXECUTE", "KEEP", "NOTE", "REJECT", "RETURN", "Outcome", "SentTransfer", "match"]


@dataclass(frozen=True)
class _Reading:
    """What one reading of a message needs: our account, the message, and the transfers as they become."""

    account: str
    message: BankMessage
    transfers: Transfers


class Transfers:
    """The transfers a message may be about, by the order's number, by file and by PmtInf, as they become."""

    def __init__(self, known: Iterable[SentTransfer]) -> None:
        self._by_order: dict[str, dict[str, SentTransfer]] = defaultdict(dict)
        self._by_file: dict[str, dict[str, None]] = defaultdict(dict)
        self._file_of: dict[str, str] = {}
        for one in known:
            self.put(one)

    def put(self, one: SentTransfer) -> None:
        """A transfer as it is now."""
        self._by_order[one.order][one.message_id] = one
        self._by_file[one.message_id][one.order] = None
        self._file_of[one.payment_id] = one.message_id

    def of_order(self, order: str) -> list[SentTransfer]:
        """Every attempt to pay an order."""
        return list(self._by_order.get(order, {}).values())

    def of_file(self, message_id: str, payment_id: str = "") -> list[SentTransfer]:
        """The transfers of a file we sent, or of one of its PmtInf."""
        found = [self._by_order[order][message_id] for order in self._by_file.get(message_id, ())]
        return [one for one in found if not payment_id or one.payment_id == payment_id]

    def file_of_payment(self, payment_id: str) -> str:
        """The file that has a PmtInf; "" when none of these has it."""
        return self._file_of.get(payment_id, "") if payment_id else ""


def match(message: BankMessage, known: Sequence[SentTransfer], account: str) -> list[Outcome]:
    """What a message does to the transfers ``known``; ``account`` is the IBAN we pay from.

    ``known`` holds every attempt of each order the message names, and every transfer of each file it answers.
    """
    foreign = sorted(message.accounts - {account})
    outcomes = [Outcome(KEEP, kept.OTHER_ACCOUNT, words=iban) for iban in foreign]
    if foreign and account not in message.accounts:
        return outcomes
    reading = _Reading(account, message, Transfers(known))
    items = [item for item in message.items if not item.account or item.account == account]
    lines: dict[str, dict[str, str]] = defaultdict(dict)
    for item in items:
        if item.end_to_end_id:
            lines[item.original_message_id][item.end_to_end_id] = item.said
    seen: set[tuple[str, str, str]] = set()
    shared = shared_references(items)
    for item in items:
        of_titre = credit_of_titre(item, account, shared)
        if of_titre is not None and not reading.transfers.of_order(item.end_to_end_id):
            outcomes.append(of_titre)
        elif item.level == "transfer" and item.end_to_end_id:
            outcomes += _of_transfer(reading, item, seen)
        else:
            outcomes += _of_group(reading, item, lines)
    outcomes += [
        Outcome(KEEP, kept.BALANCE, amount_cents=statement.gap_cents, words=statement.number)
        for statement in message.statements
        if statement.account == account and statement.gap_cents
    ]
    return outcomes


def _of_group(reading: _Reading, item: BankItem, lines: Mapping[str, Mapping[str, str]]) -> list[Outcome]:
    """An item about a whole file, a PmtInf, or an entry that names no transfer."""
    file = item.original_message_id or reading.transfers.file_of_payment(item.payment_id)
    concerned = reading.transfers.of_file(file, item.payment_id if item.level == "payment" else "")
    group = read_group(item, concerned, {**lines.get("", {}), **lines.get(file, {})})
    outcomes = list(group.outcomes)
    for one in group.transfers:
        outcomes.append(_step(reading, item, one))
        _follow(reading, outcomes[-1])
    return outcomes


def _of_transfer(reading: _Reading, item: BankItem, seen: set[tuple[str, str, str]]) -> list[Outcome]:
    attempts = reading.transfers.of_order(item.end_to_end_id)
    if not attempts:
        return [_kept(item, kept.UNKNOWN_ORDER)]
    file = item.original_message_id or reading.transfers.file_of_payment(item.payment_id)
    if file:
        attempts = [one for one in attempts if one.message_id == file]
        if not attempts:
            return [_kept(item, kept.UNKNOWN_FILE)]
    if len(attempts) > 1:
        return [_kept(item, kept.WHICH_ATTEMPT)]
    one = attempts[0]
    wrong = _wrong(item, one, reading.account)
    if wrong:
        return [_kept(item, wrong, one)]
    key = (one.order, one.message_id, item.said)
    if key in seen and item.said in {EXECUTED, REJECTED, RETURNED}:
        return [_kept(item, kept.TWICE_IN_FILE, one)]
    seen.add(key)
    outcome = _step(reading, item, one)
    _follow(reading, outcome)
    return [outcome, *_check(item, one)]


def _wrong(item: BankItem, one: SentTransfer, account: str) -> str:
    """Why an item is not what we sent: the amount, the account paid; "" when it is."""
    if item.amount_wrong or (item.amount_cents is not None and item.amount_cents != one.amount_cents):
        return kept.WRONG_AMOUNT
    if item.amount_cents is None and item.status in ENTRY | {"RTRN"}:
        return kept.WRONG_AMOUNT  # an entry or a return always has one
    # A bank may name us as who is paid by a return.
    if item.payee_iban not in {"", one.iban} and not (item.said == RETURNED and item.payee_iban == account):
        return kept.OTHER_PAYEE
    return ""


def _check(item: BankItem, one: SentTransfer) -> list[Outcome]:
    """What the verification of the payee adds for a person, when it says no."""
    if item.check is None or item.check.result != NO_MATCH:
        return []
    return [_kept(item, kept.NO_MATCH, one)]


def _step(reading: _Reading, item: BankItem, one: SentTransfer) -> Outcome:
    """What an item does to a transfer, from what is known of that attempt and of its order."""
    found = _by_state(reading.message, item, one)
    if found.kind in {NOTE, KEEP}:
        return found
    if not one.latest:
        return _kept(item, kept.OLDER_ATTEMPT, one)
    if one.order_status != one.state:
        return _kept(item, kept.ORDER_MOVED, one)
    return found


def _by_state(message: BankMessage, item: BankItem, one: SentTransfer) -> Outcome:
    said, state = item.said, one.state
    if said == VERIFIED or (said in {ACCEPTED, PENDING} and state == "sent"):
        return note(item, one)
    if said in {ACCEPTED, PENDING}:
        return _late_or_back(message.created_at, item, one)
    if said == EXECUTED:
        return _executed(message, item, one)
    if said == REJECTED:
        if item.reason in TWICE:
            return _kept(item, kept.SENT_TWICE, one)
        done = {"sent": Outcome(REJECT, steps=("reject",)), "rejected": Outcome(NOTE, kept.ALREADY)}
        return _about(done.get(state, Outcome(KEEP, kept.GOES_BACK)), item, one)
    if said == RETURNED:
        return _returned(item, one)
    reasons = {REVERSED: kept.REVERSAL, OTHER_CREDIT: kept.UNEXPLAINED_CREDIT}
    return _kept(item, reasons.get(said, kept.UNKNOWN_STATUS), one)


def _late_or_back(created_at: datetime, item: BankItem, one: SentTransfer) -> Outcome:
    """An acceptance after the end: late when it was said before, and after an execution it denies nothing."""
    if one.state in {"executed", "returned"} or (one.said_at is not None and created_at < one.said_at):
        return late(item, one)
    return _kept(item, kept.GOES_BACK, one)


def _executed(message: BankMessage, item: BankItem, one: SentTransfer) -> Outcome:
    if one.state == "sent":
        return _about(Outcome(EXECUTE, steps=("execute",)), item, one)
    if one.state == "rejected":
        return _kept(item, kept.PAID_AFTER_REJECTION, one)
    others = {reference for kind, reference in one.debits if kind == message.kind}
    if item.reference and others and item.reference not in others:
        return _kept(item, kept.DEBITED_TWICE, one)
    return _about(Outcome(NOTE, kept.ALREADY), item, one)


def _returned(item: BankItem, one: SentTransfer) -> Outcome:
    """A return says that the transfer was executed, even when its debit is told later."""
    steps = {"sent": ("execute", "return"), "executed": ("return",)}.get(one.state)
    if steps:
        return _about(Outcome(RETURN, steps=steps), item, one)
    if one.state == "returned":
        return _about(Outcome(NOTE, kept.ALREADY), item, one)
    return _kept(item, kept.PAID_AFTER_REJECTION, one)


def _follow(reading: _Reading, outcome: Outcome) -> None:
    """The transfer as a step leaves it, for what the same file says next."""
    one, item = outcome.transfer, outcome.item
    if one is None or item is None:
        return
    if item.said == EXECUTED and item.reference and outcome.kind != KEEP:
        one = replace(one, debits=one.debits | {(reading.message.kind, item.reference)})
    if outcome.steps:
        state = {EXECUTE: "executed", REJECT: "rejected", RETURN: "returned"}[outcome.kind]
        one = replace(one, state=state, order_status=state, said_at=reading.message.created_at)
    reading.transfers.put(one)


def _about(outcome: Outcome, item: BankItem, one: SentTransfer) -> Outcome:
    return replace(outcome, item=item, transfer=one, amount_cents=one.amount_cents)


def _kept(item: BankItem, reason: str, one: SentTransfer | None = None) -> Outcome:
    return Outcome(KEEP, reason, item=item, transfer=one, amount_cents=item.amount_cents)
