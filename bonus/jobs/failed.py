"""The jobs that failed: listed for the agents who look after them, tried again, or put aside with a word."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, select

from bonus.audit.service import Actor, record
from bonus.claims.models import Decision
from bonus.claims.status import TAKEN_BACK
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.outbox import CAUSES, OutboxDismissal, OutboxMessage
from bonus.payments.models import PaymentOrder
from bonus.register.models import RegisterEntry

from .about import subjects_of
from .policy import MAX_ATTEMPTS
from .words import MONEY_KINDS, kind_words, why

MOST_AT_ONCE = 5_000
"""Jobs tried again by one act."""
MOST_WORDS = 500
STATES = {"person": "À regarder", "later": "Nouvel essai prévu", "again": "Relancé"}

Kinds = Collection[str] | None
"""The kinds that a person looks after; None: all of them."""


@dataclass(frozen=True)
class FailedJob:
    """A job that failed and is not done: ``about`` and ``why`` are in French; ``state`` is one of ``STATES``."""

    id: int
    key: str
    kind: str
    about: str
    cause: str
    why: str
    since: datetime
    last: datetime
    failures: int
    next_try_at: datetime | None
    state: str

    @property
    def title(self) -> str:
        return kind_words(self.kind)

    @property
    def moves_money(self) -> bool:
        return self.kind in MONEY_KINDS


@dataclass(frozen=True)
class Asked:
    """Which of the failed jobs one looks at: of these kinds, and by cause and kind when chosen."""

    kinds: Kinds = None
    cause: str | None = None
    kind: str | None = None

    @property
    def _filters(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = [OutboxMessage.done_at.is_(None), OutboxMessage.cause.is_not(None)]
        if self.kinds is not None:
            found.append(OutboxMessage.kind.in_(sorted(self.kinds)))
        if self.cause:
            found.append(OutboxMessage.cause == self.cause)
        if self.kind:
            found.append(OutboxMessage.kind == self.kind)
        return found


def failed_page(asked: Asked, page: int, size: int) -> tuple[list[FailedJob], int]:
    """The failed jobs of one page, those that wait for a person first, then the oldest failure; and how many in all."""
    query = select(OutboxMessage).where(*asked._filters)
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    waits = OutboxMessage.attempts < MAX_ATTEMPTS
    found = db.session.scalars(
        query.order_by(waits, OutboxMessage.first_failed_at, OutboxMessage.id)
        .offset((page - 1) * size)
        .limit(size)
    ).all()
    return _described(found), total


def failed_job(message_id: int, kinds: Kinds) -> FailedJob:
    """One of them. Raises NotFound when it is none of the person's, did not fail, or is done."""
    message = db.session.scalars(
        select(OutboxMessage).where(OutboxMessage.id == message_id, *Asked(kinds)._filters)
    ).one_or_none()
    if message is None:
        raise _unknown()
    return _described([message])[0]


def counts(kinds: Kinds) -> dict[tuple[str, str], int]:
    """How many failed, by cause and kind."""
    rows = db.session.execute(
        select(OutboxMessage.cause, OutboxMessage.kind, func.count())
        .where(*Asked(kinds)._filters)
        .group_by(OutboxMessage.cause, OutboxMessage.kind)
    )
    return {(str(cause), kind): number for cause, kind, number in rows}


def waiting_for_a_person(kinds: Kinds = None) -> int:
    """How many will not be done before someone has looked."""
    query = select(func.count()).where(*Asked(kinds)._filters, OutboxMessage.attempts >= MAX_ATTEMPTS)
    return db.session.scalar(query.select_from(OutboxMessage)) or 0


def retry(message_id: int, kinds: Kinds, actor: Actor, now: datetime) -> FailedJob:
    """Have one tried again at once, its tries counted anew. Commits. Raises NotFound."""
    message = _locked(message_id, kinds)
    _ask_again(message)
    job = _described([message])[0]
    record("job.retried", f"job:{message.key}", actor, now, cause=message.cause, failures=message.failures)
    db.session.commit()
    return job


def retry_all(asked: Asked, actor: Actor, now: datetime) -> int:
    """Have all of one cause (and kind) tried again at once, ``MOST_AT_ONCE`` at most; how many. Commits.

    Raises InvalidInput when no cause is chosen, Refusal when there is none.
    """
    if asked.cause not in CAUSES:
        raise InvalidInput("job.cause", "Choisissez une cause : on ne relance ensemble que ce qui a la même.")
    messages = db.session.scalars(
        select(OutboxMessage)
        .where(*asked._filters)
        .order_by(OutboxMessage.id)
        .limit(MOST_AT_ONCE)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if not messages:
        db.session.rollback()
        raise Refusal("job.none", "Il n’y a plus de travail en échec pour cette cause.")
    for message in messages:
        _ask_again(message)
    record(
        "jobs.retried",
        f"jobs:{asked.cause}",
        actor,
        now,
        kind=asked.kind,
        count=len(messages),
        jobs=[message.key for message in messages],
    )
    db.session.commit()
    return len(messages)


def dismiss(message_id: int, words: str, kinds: Kinds, actor: Actor, now: datetime) -> FailedJob:
    """Put one aside for good, with words that say why it need not be done. Commits.

    Raises InvalidInput without words, NotFound, and Refusal for what the law wants done: a payment that is due, an
    entry in the central register.
    """
    words = " ".join(words.split())
    if not words or len(words) > MOST_WORDS:
        raise InvalidInput(
            "job.words", f"Dites pourquoi ce travail n’a pas à être fait, en {MOST_WORDS} caractères au plus.",
            field="words",
        )  # fmt: skip
    message = _locked(message_id, kinds)
    _require_needless(message)
    assert actor.person_id is not None  # the guard let in someone signed in
    job = _described([message])[0]
    db.session.add(
        OutboxDismissal(message_id=message.id, dismissed_at=now, dismissed_by_id=actor.person_id, words=words)
    )
    message.done_at, message.next_try_at = now, None
    record("job.dismissed", f"job:{message.key}", actor, now, reasons=words, error=message.last_error)
    db.session.commit()
    return job


def _require_needless(message: OutboxMessage) -> None:
    """Raise Refusal when what a message asks is still owed."""
    if message.kind == "pay":
        ordered = exists().where(PaymentOrder.decision_id == Decision.id)
        decision = db.session.scalars(
            select(Decision).where(Decision.id == message.subject_id, Decision.bonus_cents > 0, ~ordered)
        ).one_or_none()
        if decision is not None and decision.claim.status not in TAKEN_BACK:
            raise Refusal(
                "job.payment_due",
                "Cette décision accorde une somme qui n’a pas encore d’ordre de paiement : elle est due (art. 13). "
                "Corrigez la cause, puis relancez.",
            )
    entry = db.session.get(RegisterEntry, message.subject_id) if message.kind == "register" else None
    if entry is not None and entry.entered_at is None:
        raise Refusal(
            "job.entry_due",
            "La loi veut cette inscription au registre central (art. 7) : corrigez la cause, puis relancez.",
        )


def _ask_again(message: OutboxMessage) -> None:
    message.attempts, message.next_try_at, message.queued_at = 0, None, None


def _locked(message_id: int, kinds: Kinds) -> OutboxMessage:
    message = db.session.scalars(
        select(OutboxMessage)
        .where(and_(OutboxMessage.id == message_id, *Asked(kinds)._filters))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if message is None:
        db.session.rollback()
        raise _unknown()
    return message


def _unknown() -> NotFound:
    return NotFound("job.unknown", "Ce travail n’est pas, ou n’est plus, en échec.")


def _described(messages: Sequence[OutboxMessage]) -> list[FailedJob]:
    abouts = subjects_of(messages)
    return [_one(message, abouts[message.id]) for message in messages]


def _one(message: OutboxMessage, about: str) -> FailedJob:
    state = "later" if message.next_try_at else "again"
    if message.attempts >= MAX_ATTEMPTS:
        state = "person"
    since = message.first_failed_at or message.created_at
    return FailedJob(
        id=message.id,
        key=message.key,
        kind=message.kind,
        about=about,
        cause=str(message.cause),
        why=why(message.cause, message.last_error),
        since=since,
        last=message.failed_at or since,
        failures=message.failures,
        next_try_at=message.next_try_at,
        state=state,
    )
