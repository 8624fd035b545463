"""What a message of the outbox is about, in French: which dossier, which file, which day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, select

from bonus.calendar import short_date
from bonus.claims.appeal_models import Appeal
from bonus.claims.letter_models import Letter
from bonus.claims.models import Claim, Decision
from bonus.claims.revocation_models import Revocation
from bonus.claims.table_models import PurchaseTable
from bonus.extensions import db
from bonus.mail import MailMessage
from bonus.money import format_euros
from bonus.outbox import OutboxMessage
from bonus.register.models import RegisterEntry
from bonus.regulation.wording import french

from .daily import KINDS as DAILY

Tell = Callable[[Sequence[int]], dict[int, str]]


def subjects_of(messages: Iterable[OutboxMessage]) -> dict[int, str]:
    """By the id of each message, what it is about."""
    by_kind: dict[str, list[OutboxMessage]] = defaultdict(list)
    for message in messages:
        by_kind[message.kind].append(message)
    found: dict[int, str] = {}
    for kind, alike in by_kind.items():
        told = _told(kind, sorted({message.subject_id for message in alike}))
        found |= {message.id: told.get(message.subject_id, f"n° {message.subject_id}") for message in alike}
    return found


def _told(kind: str, ids: Sequence[int]) -> dict[int, str]:
    if kind in DAILY:
        return {one: f"jour du {short_date(date.fromordinal(one))}" for one in ids}
    return _TELL[kind](ids) if kind in _TELL else {}


def _with_amount(query: Select[*tuple[Any, ...]]) -> Tell:
    """By id, a dossier's number and an amount."""

    def tell(ids: Sequence[int]) -> dict[int, str]:
        rows = db.session.execute(query.where(query.selected_columns[0].in_(ids)))
        return {one: f"dossier {number}, {format_euros(cents)}" for one, number, cents in rows}

    return tell


def _of_claim(query: Select[*tuple[Any, ...]]) -> Tell:
    """By id, a dossier's number."""

    def tell(ids: Sequence[int]) -> dict[int, str]:
        rows = db.session.execute(query.where(query.selected_columns[0].in_(ids)))
        return {one: f"dossier {number or 'en brouillon'}" for one, number in rows}

    return tell


def _mails(ids: Sequence[int]) -> dict[int, str]:
    rows = db.session.execute(select(MailMessage.id, MailMessage.subject).where(MailMessage.id.in_(ids)))
    return {one: french(f"« {subject} »") for one, subject in rows}


_DECISIONS = _with_amount(
    select(Decision.id, Claim.number, Decision.bonus_cents).join(Claim, Decision.claim_id == Claim.id)
)
_TELL: dict[str, Tell] = {
    "pay": _DECISIONS,
    "certify": _DECISIONS,
    "register": _with_amount(
        select(RegisterEntry.id, Claim.number, RegisterEntry.amount_cents)
        .select_from(RegisterEntry)
        .join(Decision, RegisterEntry.decision_id == Decision.id)
        .join(Claim, Decision.claim_id == Claim.id)
    ),
    "letter": _of_claim(select(Letter.id, Claim.number).join(Claim, Letter.claim_id == Claim.id)),
    "revoked": _of_claim(select(Revocation.id, Claim.number).join(Claim, Revocation.claim_id == Claim.id)),
    "restored": _of_claim(select(Appeal.id, Claim.number).join(Claim, Appeal.claim_id == Claim.id)),
    "lane_decide": _of_claim(select(Claim.id, Claim.number)),
    "table_read": _of_claim(
        select(PurchaseTable.id, Claim.number).join(Claim, PurchaseTable.claim_id == Claim.id)
    ),
    "table_take": _of_claim(
        select(PurchaseTable.id, Claim.number).join(Claim, PurchaseTable.claim_id == Claim.id)
    ),
    "mail": _mails,
}
