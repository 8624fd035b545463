"""The files of a signed batch: written once, handed to the bank (art. 13)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import undefer

from bonus.adapters.sepa import MAXIMUM_TRANSFERS, Address, Transfer, payment_file
from bonus.adapters.sepa import BankAccount as SepaAccount
from bonus.adapters.sepa import PaymentFile as SepaFile
from bonus.audit.service import Actor, record
from bonus.bulk import insert_rows
from bonus.claims.models import Claim
from bonus.claims.notice_words import paid
from bonus.claims.notices import News, tell_all
from bonus.errors import Forbidden, Refusal
from bonus.extensions import db
from bonus.money import NBSP

from .batches import locked_batch, require_status, require_whole
from .models import PaymentBatch, PaymentFile, PaymentOrder, PaymentTransfer
from .order_changes import move_rows, row_of


def write_batch(number: str, debtor: SepaAccount, actor: Actor, now: datetime) -> PaymentBatch:
    """Write the files of a signed batch, once: a second run finds them there and changes nothing.

    Raises NotFound, Refusal when it is not signed, an order is held or the sums differ; InvalidInput for what no bank
    would execute.
    """
    batch = locked_batch(number)
    if batch.status in ("written", "sent"):
        db.session.rollback()
        return batch
    require_status(batch, "signed")
    orders = require_whole(batch)
    for start in range(0, len(orders), MAXIMUM_TRANSFERS):
        part = start // MAXIMUM_TRANSFERS + 1
        _write_part(batch, part, orders[start : start + MAXIMUM_TRANSFERS], debtor, now)
    batch.status, batch.written_at = "written", now
    record(
        "payment.written",
        f"batch:{batch.number}",
        actor,
        now,
        total_cents=batch.total_cents,
        files={file.message_id: file.sha256 for file in batch.files},
    )
    db.session.commit()
    return batch


def send_batch(number: str, actor: Actor, now: datetime) -> PaymentBatch:
    """Note that the files of a batch were handed to the bank: its orders are on their way, and each company is told.

    Raises NotFound, Forbidden, Refusal when nothing is written, an order is held since, or its account changed.
    """
    if "accounting_officer" not in actor.roles:
        raise Forbidden("payment.wrong_role", "Seul un agent comptable remet un lot à la banque (art. 12).")
    batch = locked_batch(number)
    require_status(batch, "written")
    orders = require_whole(batch)
    _require_same_accounts(batch, orders)
    tell_all([_news(order, batch) for order in orders], now)
    for file in batch.files:
        mine = _orders_in(file)
        move_rows(
            [row_of(order) for order in orders if order.id in mine],
            "send",
            actor,
            now,
            message=file.message_id,
        )
    batch.status, batch.sent_at, batch.sent_by_id = "sent", now, actor.person_id
    record("payment.sent", f"batch:{batch.number}", actor, now, total_cents=batch.total_cents)
    db.session.commit()
    db.session.expire_all()
    return batch


def download(message_id: str, actor: Actor, now: datetime) -> PaymentFile | None:
    """The file that is being taken, with its content and the trace of it; None when there is none of that name."""
    query = (
        select(PaymentFile).where(PaymentFile.message_id == message_id).options(undefer(PaymentFile.content))
    )
    file = db.session.scalars(query).one_or_none()
    if file is not None:
        record("payment.file_downloaded", f"batch:{file.batch.number}", actor, now, sha256=file.sha256)
        db.session.commit()
    return file


def _write_part(
    batch: PaymentBatch, part: int, orders: Sequence[PaymentOrder], debtor: SepaAccount, now: datetime
) -> None:
    message_id = f"{batch.number}-{part:02d}"
    transfers = tuple(_transfer(order, batch) for order in orders)
    content = payment_file(SepaFile(message_id, now, debtor, transfers))
    file = PaymentFile(
        part=part,
        message_id=message_id,
        transfers_count=len(orders),
        total_cents=sum(order.payable_cents for order in orders),
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        written_at=now,
        content=content,
    )
    batch.files.append(file)
    db.session.flush()
    insert_rows(
        PaymentTransfer,
        (
            {
                "file_id": file.id,
                "order_id": order.id,
                "end_to_end_id": order.number,
                "amount_cents": order.payable_cents,
                "iban": order.iban,
            }
            for order in orders
        ),
    )


def _orders_in(file: PaymentFile) -> set[int]:
    return set(db.session.scalars(select(PaymentTransfer.order_id).where(PaymentTransfer.file_id == file.id)))


def _require_same_accounts(batch: PaymentBatch, orders: Sequence[PaymentOrder]) -> None:
    """Raise Refusal when a file would pay another account, or another sum, than its order says by now."""
    written = {
        order_id: (iban, amount)
        for order_id, iban, amount in db.session.execute(
            select(PaymentTransfer.order_id, PaymentTransfer.iban, PaymentTransfer.amount_cents)
            .join(PaymentFile, PaymentTransfer.file_id == PaymentFile.id)
            .where(PaymentFile.batch_id == batch.id)
        )
    }
    if any(written.get(order.id) != (order.iban, order.payable_cents) for order in orders):
        raise Refusal(
            "payment.file_outdated",
            f"Depuis l’écriture du fichier, le compte ou le montant d’un ordre a changé{NBSP}: écartez le lot "
            f"{batch.number} et faites-en un autre.",
        )


def _news(order: PaymentOrder, batch: PaymentBatch) -> News:
    claim = order.decision.claim
    about = order.number if not order.attempts else f"{order.number}:{batch.number}"
    return News(claim.company_id, "paid", about, paid(str(claim.number), batch.execution_on), claim)


def _transfer(order: PaymentOrder, batch: PaymentBatch) -> Transfer:
    claim: Claim = order.decision.claim
    company = claim.company
    if order.iban is None or claim.number is None:
        raise ValueError(f"order {order.number} is to pay without an IBAN or a dossier number")
    address = Address(
        town=company.town, country=company.country, postcode=company.postcode, street=company.street
    )
    return Transfer(
        order_number=order.number,
        claim_number=claim.number,
        payee=SepaAccount(holder=order.payee, iban=order.iban, address=address, bic=order.bic),
        amount_cents=order.payable_cents,
        execution_date=batch.execution_on,
    )
