"""Applying lines of a bank's file to locked orders, and telling companies whose account is at fault (art. 13)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bonus.audit.service import SERVICE
from bonus.bulk import chunks, insert_rows
from bonus.calendar import civil_date
from bonus.claims.notice_words import account_refused
from bonus.claims.notices import News, tell_all
from bonus.extensions import db

from . import kept_reasons as kept
from .answer_models import BankFile, BankFinding
from .answer_types import KEEP, REJECT, RETURN, Outcome
from .bank_reasons import ACCOUNT, bank_reason
from .holds import hold
from .models import PaymentOrder
from .order_changes import move_rows, row_of

_AFTER = {"execute": "executed", "reject": "rejected", "return": "returned"}


@dataclass(frozen=True)
class Line:
    """An outcome under the name it has in its file."""

    key: str
    outcome: Outcome


def take_lines(file: BankFile, lines: Sequence[Line], now: datetime) -> dict[str, int]:
    """Apply these lines, in the caller's transaction, the file locked; how many of each kind.

    Their orders are locked and looked at again: one that is no longer where its line found it is left as it is.
    """
    orders = _locked({line.outcome.transfer.order for line in lines if line.outcome.transfer is not None})
    sure = _still_true(lines, {number: order.status for number, order in orders.items()})
    _move(sure, orders, now)
    refused = [
        line.outcome
        for line in sure
        if line.outcome.kind in {REJECT, RETURN} and _fault(line.outcome, now) == ACCOUNT
    ]
    _hold_and_tell(file, refused, orders, now)
    insert_rows(BankFinding, [_finding(file, line, orders, now) for line in sure])
    return dict(Counter(line.outcome.kind for line in sure))


def _locked(numbers: set[str]) -> dict[str, PaymentOrder]:
    found: dict[str, PaymentOrder] = {}
    for part in chunks(sorted(numbers)):
        query = (
            select(PaymentOrder)
            .where(PaymentOrder.number.in_(part))
            .order_by(PaymentOrder.id)
            .with_for_update(of=PaymentOrder)
            .execution_options(populate_existing=True)
        )
        found |= {order.number: order for order in db.session.scalars(query)}
    return found


def _still_true(lines: Sequence[Line], status: dict[str, str]) -> list[Line]:
    """The lines, those whose order someone moved meanwhile kept for a person."""
    return [replace(line, outcome=_looked_at_again(line.outcome, status)) for line in lines]


def _looked_at_again(outcome: Outcome, status: dict[str, str]) -> Outcome:
    if not outcome.steps or outcome.transfer is None:
        return outcome
    number = outcome.transfer.order
    if status[number] != outcome.transfer.order_status:
        return replace(outcome, kind=KEEP, why=kept.ORDER_MOVED, steps=())
    status[number] = _AFTER[outcome.steps[-1]]
    return outcome


def _move(lines: Sequence[Line], orders: dict[str, PaymentOrder], now: datetime) -> None:
    """Take the steps, in rounds: an order's second step comes in the round after its first."""
    rounds: dict[int, dict[tuple[str, str, str], list[str]]] = defaultdict(lambda: defaultdict(list))
    taken: Counter[str] = Counter()
    for outcome in (line.outcome for line in lines):
        for step in outcome.steps:
            assert outcome.transfer is not None
            number = outcome.transfer.order
            code = outcome.item.reason if outcome.item is not None and step != "execute" else ""
            rounds[taken[number]][step, code, outcome.transfer.message_id].append(number)
            taken[number] += 1
    rows = {number: row_of(orders[number]) for number in taken}
    for rank in sorted(rounds):
        for (step, code, attempt), numbers in rounds[rank].items():
            move_rows([rows[number] for number in numbers], step, SERVICE, now, why=code, message=attempt)
            for number in numbers:
                rows[number] = replace(rows[number], status=_AFTER[step])
    for number in taken:
        db.session.refresh(orders[number])


def _fault(outcome: Outcome, now: datetime) -> str:
    code = outcome.item.reason if outcome.item is not None else ""
    return bank_reason(code, civil_date(now)).fault


def _hold_and_tell(
    file: BankFile, refused: Sequence[Outcome], orders: dict[str, PaymentOrder], now: datetime
) -> None:
    """Hold what the bank refused because of its account, and ask each company for another one, once a file."""
    whose: dict[int, list[tuple[PaymentOrder, str]]] = defaultdict(list)
    for outcome in refused:
        assert outcome.transfer is not None
        assert outcome.item is not None
        order = orders[outcome.transfer.order]
        hold([order], "account_refused", SERVICE, now)
        whose[order.decision.claim.company_id].append((order, outcome.item.reason))
    tell_all([_news(company, f"file:{file.id}", found, now) for company, found in whose.items()], now)


def _news(company_id: int, about: str, found: Sequence[tuple[PaymentOrder, str]], now: datetime) -> News:
    numbers = sorted({str(order.decision.claim.number) for order, _ in found})
    said = bank_reason(found[0][1], civil_date(now)).company
    claim = found[0][0].decision.claim if len(numbers) == 1 else None
    return News(company_id, "account_refused", about, account_refused(numbers, said), claim)


def _finding(file: BankFile, line: Line, orders: dict[str, PaymentOrder], now: datetime) -> dict[str, Any]:
    outcome, item = line.outcome, line.outcome.item
    transfer = outcome.transfer
    row: dict[str, Any] = {
        "file_id": file.id,
        "key": line.key,
        "order_id": orders[transfer.order].id if transfer is not None else None,
        "attempt": transfer.message_id if transfer is not None else "",
        "kind": outcome.kind,
        "reason": outcome.why,
        "amount_cents": outcome.amount_cents,
        "words": outcome.words,
        "at": now,
    }
    if item is None:
        return row | dict.fromkeys(_OF_ITEM, "") | {"on": None}
    check = item.check
    return row | {
        "said": item.said,
        "status": item.status,
        "code": item.reason,
        "words": outcome.words or item.words,
        "end_to_end_id": item.end_to_end_id,
        "original_message_id": item.original_message_id,
        "amount_wrong": item.amount_wrong,
        "reference": item.reference,
        "on": item.on,
        "check_result": check.result if check is not None else "",
        "check_name": check.name if check is not None else "",
    }


_OF_ITEM = (
    *("said", "status", "code", "end_to_end_id", "original_message_id"),
    *("amount_wrong", "reference", "check_result", "check_name"),
)
