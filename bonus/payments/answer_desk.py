"""What the accounting officer reads of the bank's answers: what waits, the files, one file's lines, an order's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import joinedload, selectinload

from bonus.adapters.store import DocumentStore
from bonus.audit.service import Actor, record
from bonus.errors import NotFound
from bonus.extensions import db

from .answer_models import BankFile, BankFinding
from .answers import require_officer
from .models import PaymentOrder

PAGE_SIZE = 50


@dataclass(frozen=True)
class Findings:
    """A page of lines, the first number of which is 1; how many there are, and pages."""

    rows: Sequence[BankFinding]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class Files:
    """A page of files, the latest first, with how many lines of each wait for a person."""

    rows: Sequence[BankFile]
    waiting: dict[int, int]
    total: int
    page: int
    pages: int


def waiting_findings(page: int) -> Findings:
    """The lines that wait for a person, the oldest first."""
    query = select(BankFinding).where(BankFinding.kind == "keep", BankFinding.resolved_at.is_(None))
    return _page(query, page)


def findings_of(file: BankFile, page: int) -> Findings:
    """The lines of a file, in its order."""
    return _page(select(BankFinding).where(BankFinding.file_id == file.id), page)


def findings_of_order(order_id: int) -> Sequence[BankFinding]:
    """All that the bank said of an order, the oldest first: its page shows it, verification of the payee included."""
    query = select(BankFinding).where(BankFinding.order_id == order_id).order_by(BankFinding.id)
    return db.session.scalars(query.options(joinedload(BankFinding.file))).all()


def _page(query: Select[BankFinding], page: int) -> Findings:
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    page, pages = _within(page, total)
    shown = (joinedload(BankFinding.file), joinedload(BankFinding.order).lazyload("*"))
    rows = db.session.scalars(
        query.order_by(BankFinding.id).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE).options(*shown)
    ).all()
    return Findings(rows, total, page, pages)


def files_page(page: int) -> Files:
    """The files received."""
    total = db.session.scalar(select(func.count()).select_from(BankFile)) or 0
    page, pages = _within(page, total)
    rows = db.session.scalars(
        select(BankFile)
        .order_by(BankFile.id.desc())
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
        .options(joinedload(BankFile.received_by).lazyload("*"))
    ).all()
    counted = db.session.execute(
        select(BankFinding.file_id, func.count())
        .where(
            BankFinding.kind == "keep",
            BankFinding.resolved_at.is_(None),
            BankFinding.file_id.in_([file.id for file in rows]),
        )
        .group_by(BankFinding.file_id)
    )
    return Files(rows, {row[0]: row[1] for row in counted}, total, page, pages)


def _within(page: int, total: int) -> tuple[int, int]:
    pages = max(1, -(-total // PAGE_SIZE))
    return min(max(1, page), pages), pages


def bank_file(file_id: int) -> BankFile:
    """A file received. Raises NotFound."""
    file = db.session.get(BankFile, file_id)
    if file is None:
        raise NotFound("bank_file.none", "Aucun fichier de ce numéro.")
    return file


def finding_shown(finding_id: int) -> BankFinding:
    """One line. Raises NotFound."""
    finding = db.session.get(BankFinding, finding_id)
    if finding is None:
        raise NotFound("bank_file.no_line", "Aucune ligne de ce numéro.")
    return finding


def order_numbered(number: str) -> PaymentOrder:
    """An order, with its history. Raises NotFound."""
    found = db.session.scalars(
        select(PaymentOrder)
        .where(PaymentOrder.number == number)
        .options(selectinload(PaymentOrder.changes), selectinload(PaymentOrder.holds))
    ).one_or_none()
    if found is None:
        raise NotFound("bank_file.no_order", "Aucun ordre de ce numéro.")
    return found


def twins_of(file: BankFile) -> Sequence[BankFile]:
    """The other files that bear the identifier of this one."""
    query = select(BankFile).where(
        BankFile.kind == file.kind, BankFile.message_id == file.message_id, BankFile.id != file.id
    )
    return db.session.scalars(query.order_by(BankFile.id)).all()


TREATED = "treated"
"""In ``counts_of``: a line that waited for a person, who has said what was done of it."""


def counts_of(file: BankFile) -> dict[str, int]:
    """How many lines of each kind a file came to; those that a person treated are counted apart (``TREATED``)."""
    kind = case((BankFinding.resolved_at.is_not(None), TREATED), else_=BankFinding.kind)
    query = select(kind, func.count()).where(BankFinding.file_id == file.id).group_by(kind)
    return {row[0]: row[1] for row in db.session.execute(query)}


def content_of(file_id: int, store: DocumentStore, actor: Actor, now: datetime) -> tuple[BankFile, bytes]:
    """A file as it came, with the trace of who took it. Commits. Raises NotFound, Forbidden."""
    require_officer(actor)
    file = bank_file(file_id)
    content = store.read(file.stored_as)
    record("bank.file_read", f"bank_file:{file.id}", actor, now, sha256=file.sha256)
    db.session.commit()
    return file, content
