"""Taking a file of the bank, and applying what is certain of it, once (art. 13).

A file is kept first, then applied by slices, each in one transaction that locks its orders and looks again: a job
killed in the middle goes on where it stopped, and a second run finds nothing left to do. Files are applied one at a
time: what one says of an order, the next one sees.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from bonus import outbox
from bonus.adapters.bank_messages import BankMessage, read_bank_message
from bonus.adapters.sepa import iban_problem
from bonus.adapters.store import DocumentStore
from bonus.audit.service import SERVICE, Actor, record
from bonus.calendar import civil_date, format_date
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.numbering import next_number
from bonus.parts import debtor, document_store
from bonus.regulation.wording import french

from . import kept_reasons as kept
from .answer_credits import ask_bookings
from .answer_known import known_transfers
from .answer_matching import match
from .answer_models import BankFile, BankFinding
from .answer_statements import breaks, keep_statements
from .answer_steps import Line, take_lines
from .answer_types import Outcome

APPLY = "bank_file"
"""The outbox's message that applies a file."""
SLICE = 1_000
"""Lines applied in one transaction."""
AT_ONCE = 300
"""Items that a page has applied while someone waits; more are for the job."""


def take_file(
    content: bytes, name: str, how: str, store: DocumentStore, actor: Actor, now: datetime
) -> BankFile:
    """Keep a file of the bank and have it applied; ``how`` is upload or folder (``answer_models.WAYS``). Commits.

    Raises InvalidInput for what is no such file, Refusal for one received before, Forbidden for a person who is no
    accounting officer.
    """
    if actor.person_id is not None:
        require_officer(actor)
    message = read_bank_message(content)
    sha256 = hashlib.sha256(content).hexdigest()
    _refuse_same(sha256)
    db.session.rollback()  # nothing is locked while the antivirus looks
    stored_as = store.save(content)
    file = BankFile(
        kind=message.kind,
        version=message.version,
        message_id=message.message_id,
        said_at=message.created_at,
        sha256=sha256,
        size=len(content),
        name=_file_name(name),
        stored_as=stored_as,
        how=how,
        received_at=now,
        received_by_id=actor.person_id,
        items_count=len(message.items),
        status="held" if _same_identifier(message) else "received",
    )
    try:
        with db.session.begin_nested():
            db.session.add(file)
    except IntegrityError:  # the same file, taken at the same moment
        _refuse_same(sha256)
        raise
    if file.status == "held":
        db.session.add(_held_finding(file, now))
    else:
        outbox.post(APPLY, file.id, now)
    record("bank.file_received", f"bank_file:{file.id}", actor, now, sha256=sha256, kind=file.kind, how=how)
    db.session.commit()
    return file


def require_officer(actor: Actor) -> None:
    """Raise Forbidden for who is no accounting officer (art. 12)."""
    if "accounting_officer" not in actor.roles:
        raise Forbidden(
            "bank_file.officers_only", "Seul un agent comptable traite les réponses de la banque (art. 12)."
        )


def _refuse_same(sha256: str) -> None:
    """Raise Refusal when these bytes were received before."""
    same = db.session.scalars(select(BankFile).where(BankFile.sha256 == sha256)).one_or_none()
    if same is not None:
        on = format_date(civil_date(same.received_at))
        raise InvalidInput(
            "bank_file.same",
            french(f"Ce fichier a déjà été reçu le {on} (n° {same.id}) : rien n’a changé."),
            field="file",
        )


def _same_identifier(message: BankMessage) -> bool:
    query = select(BankFile.id).where(
        BankFile.kind == message.kind, BankFile.message_id == message.message_id
    )
    return db.session.scalars(query).first() is not None


def _held_finding(file: BankFile, now: datetime) -> BankFinding:
    return BankFinding(file=file, key="file", kind="keep", reason=kept.SAME_IDENTIFIER, at=now)


def _file_name(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1][:255] or "banque.xml"


def apply_file(file_id: int, now: datetime) -> None:
    """Apply what is certain of a file received, by slices; safe to run twice and at once. The job of ``APPLY``."""
    file = db.session.get(BankFile, file_id)
    if file is None or file.status != "received":
        db.session.rollback()
        return
    stored_as = file.stored_as
    db.session.rollback()
    message = read_bank_message(document_store().read(stored_as))
    while _apply_some(file_id, message, now):
        pass


def _apply_some(file_id: int, message: BankMessage, now: datetime) -> bool:
    """One slice, committed; whether there may be more."""
    next_number("bank_answers", 0)  # one file at a time: the counter's row is locked until the commit
    file = db.session.scalars(
        select(BankFile)
        .where(BankFile.id == file_id)
        .with_for_update(of=BankFile)
        .execution_options(populate_existing=True)
    ).one()
    if file.status != "received":
        db.session.rollback()
        return False
    account = our_account()
    outcomes = match(message, known_transfers(message), account)
    lines = _lines(message, [*outcomes, *breaks(message, file, account)])
    done = set(db.session.scalars(select(BankFinding.key).where(BankFinding.file_id == file_id)))
    left = [line for line in lines if line.key not in done]
    taken = take_lines(file, left[:SLICE], now)
    file.progress_total = len(lines)
    file.progress_done = len(lines) - len(left) + min(len(left), SLICE)
    if len(left) <= SLICE:
        file.status, file.applied_at = "applied", now
        keep_statements(message, file, account)
        ask_bookings(file.id, now)
    record("bank.file_applied", f"bank_file:{file_id}", SERVICE, now, **taken, left=max(0, len(left) - SLICE))
    db.session.commit()
    return file.status == "received"


def our_account() -> str:
    """The IBAN the service pays from, without spaces."""
    iban = "".join(debtor().iban.split()).upper()
    assert iban_problem(iban) is None, "the configuration was checked"
    return iban


def _lines(message: BankMessage, outcomes: Sequence[Outcome]) -> list[Line]:
    """Each outcome under a name that a second reading of the same file gives it too."""
    places = {id(item): place for place, item in enumerate(message.items)}
    seen: Counter[str] = Counter()
    lines = []
    for outcome in outcomes:
        place = places[id(outcome.item)] if outcome.item is not None else outcome.why
        order = outcome.transfer.order if outcome.transfer is not None else ""
        name = f"{place}:{order}"
        lines.append(Line(f"{name}:{seen[name]}", outcome))
        seen[name] += 1
    return lines


def apply_held(file_id: int, why: str, actor: Actor, now: datetime) -> BankFile:
    """Apply a file that bears the identifier of another, because a person compared them. Commits.

    Raises Forbidden, InvalidInput without words, NotFound when it does not wait.
    """
    require_officer(actor)
    words = said_words(why)
    file = _locked_held(file_id)
    _resolve_held(file, words, actor, now)
    file.status = "received"
    outbox.post(APPLY, file.id, now)
    record("bank.file_accepted", f"bank_file:{file.id}", actor, now, reasons=words)
    db.session.commit()
    return file


def leave_held(file_id: int, why: str, actor: Actor, now: datetime) -> BankFile:
    """Leave such a file aside for good. Commits. Raises the same."""
    require_officer(actor)
    words = said_words(why)
    file = _locked_held(file_id)
    _resolve_held(file, words, actor, now)
    file.status = "left"
    record("bank.file_left", f"bank_file:{file.id}", actor, now, reasons=words)
    db.session.commit()
    return file


def _locked_held(file_id: int) -> BankFile:
    query = select(BankFile).where(BankFile.id == file_id, BankFile.status == "held")
    file = db.session.scalars(
        query.with_for_update(of=BankFile).execution_options(populate_existing=True)
    ).one_or_none()
    if file is None:
        raise NotFound("bank_file.not_held", "Ce fichier n’attend pas de réponse.")
    return file


def _resolve_held(file: BankFile, words: str, actor: Actor, now: datetime) -> None:
    finding = db.session.scalars(
        select(BankFinding).where(BankFinding.file_id == file.id, BankFinding.key == "file")
    ).one()
    finding.resolved_at, finding.resolved_by_id, finding.resolved_why = now, actor.person_id, words


MOST_WORDS = 500


def said_words(why: str) -> str:
    """What a person wrote, tidied. Raises InvalidInput when it is nothing or too long."""
    words = " ".join(why.split())
    if not 0 < len(words) <= MOST_WORDS:
        raise InvalidInput(
            "bank_file.words",
            f"Écrivez ce que vous avez constaté, en {MOST_WORDS} caractères au plus.",
            field="why",
        )
    return words


def resolve(finding_id: int, why: str, actor: Actor, now: datetime) -> BankFinding:
    """Say what was done of a line kept for a person: it waits no more, and no order changes by it. Commits.

    Raises Forbidden, InvalidInput without words, NotFound, Refusal when another person did.
    """
    require_officer(actor)
    words = said_words(why)
    finding = db.session.scalars(
        select(BankFinding)
        .where(BankFinding.id == finding_id, BankFinding.kind == "keep")
        .with_for_update(of=BankFinding)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if finding is None or finding.file.status == "held":
        raise NotFound("bank_file.no_finding", "Cette ligne n’attend pas de réponse.")
    if finding.resolved_at is not None:
        raise Refusal("bank_file.resolved", "Un autre agent comptable a déjà traité cette ligne.")
    finding.resolved_at, finding.resolved_by_id, finding.resolved_why = now, actor.person_id, words
    record(
        "bank.finding_resolved", f"bank_file:{finding.file_id}", actor, now, finding=finding.id, reasons=words
    )
    db.session.commit()
    return finding


def waiting_count() -> int:
    """How many lines wait for a person."""
    query = select(func.count()).where(BankFinding.kind == "keep", BankFinding.resolved_at.is_(None))
    return db.session.scalar(query) or 0
