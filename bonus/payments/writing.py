"""Writing the files of a signed batch: each once, of 10,000 transfers at most, the same bytes for the same batch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select

from bonus.adapters.sepa import MAXIMUM_TRANSFERS, Address, Transfer, payment_file
from bonus.adapters.sepa import BankAccount as SepaAccount
from bonus.adapters.sepa import PaymentFile as SepaFile
from bonus.audit.service import SERVICE, record
from bonus.bulk import insert_rows
from bonus.claims.models import Claim, Decision
from bonus.companies.models import Company
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.money import NBSP
from bonus.parts import debtor

from .batch_checks import require_none_held
from .due import PAYABLE_CENTS
from .models import PaymentBatch, PaymentFile, PaymentHold, PaymentOrder, PaymentTransfer


def write_part(batch: PaymentBatch, now: datetime) -> None:
    """Write the next file of a locked, signed batch; after the last one the batch is ``written``. In the caller's
    transaction.

    Raises Refusal when an order is held or the files do not add up to the batch, InvalidInput for what no bank would
    execute, PaymentFileError when what is written differs from the orders.
    """
    last = db.session.scalar(
        select(func.max(PaymentTransfer.end_to_end_id))
        .join(PaymentFile, PaymentTransfer.file_id == PaymentFile.id)
        .where(PaymentFile.batch_id == batch.id)
    )
    rows = _orders_after(last or "", batch)
    if rows:
        require_none_held([row.number for row in rows if row.held])
        parts = select(func.count()).select_from(PaymentFile).where(PaymentFile.batch_id == batch.id)
        _write(batch, (db.session.scalar(parts) or 0) + 1, rows, debtor(), now)
        batch.progress_done += len(rows)
    if len(rows) == MAXIMUM_TRANSFERS:
        return
    files = db.session.execute(
        select(
            PaymentFile.message_id, PaymentFile.sha256, PaymentFile.transfers_count, PaymentFile.total_cents
        )
        .where(PaymentFile.batch_id == batch.id)
        .order_by(PaymentFile.part)
    ).all()
    written = (sum(file.transfers_count for file in files), sum(file.total_cents for file in files))
    if written != (batch.orders_count, batch.total_cents):
        raise Refusal(
            "payment.files_differ",
            f"Les fichiers du lot {batch.number} ne font pas son total{NBSP}: écartez ce lot et faites-en un autre.",
        )
    batch.work, batch.status, batch.written_at = None, "written", now
    record(
        "payment.written",
        f"batch:{batch.number}",
        SERVICE,
        now,
        total_cents=batch.total_cents,
        files={file.message_id: file.sha256 for file in files},
    )


def _orders_after(number: str, batch: PaymentBatch) -> Sequence[Any]:
    """What the next file pays, by the orders' numbers."""
    held = exists().where(PaymentHold.order_id == PaymentOrder.id, PaymentHold.freed_at.is_(None))
    query = (
        select(
            PaymentOrder.id,
            PaymentOrder.number,
            PaymentOrder.payee,
            PaymentOrder.iban,
            PaymentOrder.bic,
            PAYABLE_CENTS.label("cents"),
            held.label("held"),
            Claim.number.label("claim_number"),
            Company.street,
            Company.postcode,
            Company.town,
            Company.country,
        )
        .join(Decision, PaymentOrder.decision_id == Decision.id)
        .join(Claim, Decision.claim_id == Claim.id)
        .join(Company, Claim.company_id == Company.id)
        .where(
            PaymentOrder.batch_id == batch.id, PaymentOrder.status == "in_batch", PaymentOrder.number > number
        )
        .order_by(PaymentOrder.number)
        .limit(MAXIMUM_TRANSFERS)
    )
    return db.session.execute(query).all()


def _write(batch: PaymentBatch, part: int, rows: Sequence[Any], payer: SepaAccount, now: datetime) -> None:
    if batch.signed_at is None:
        raise ValueError(f"batch {batch.number} is not signed")
    message_id = f"{batch.number}-{part:02d}"
    transfers = tuple(_transfer(row, batch) for row in rows)
    # Dated by the signature: written again, after a kill, it is the same file.
    content = payment_file(SepaFile(message_id, batch.signed_at, payer, transfers))
    file = PaymentFile(
        batch_id=batch.id,
        part=part,
        message_id=message_id,
        transfers_count=len(rows),
        total_cents=sum(row.cents for row in rows),
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        written_at=now,
        content=content,
    )
    db.session.add(file)
    db.session.flush()
    insert_rows(
        PaymentTransfer,
        (
            {
                "file_id": file.id,
                "order_id": row.id,
                "end_to_end_id": row.number,
                "amount_cents": row.cents,
                "iban": row.iban,
            }
            for row in rows
        ),
    )


def _transfer(row: Any, batch: PaymentBatch) -> Transfer:
    if row.iban is None or row.claim_number is None:
        raise ValueError(f"order {row.number} is to pay without an IBAN or a dossier number")
    address = Address(town=row.town, country=row.country, postcode=row.postcode, street=row.street)
    return Transfer(
        order_number=row.number,
        claim_number=row.claim_number,
        payee=SepaAccount(holder=row.payee, iban=row.iban, address=address, bic=row.bic),
        amount_cents=row.cents,
        execution_date=batch.execution_on,
    )
