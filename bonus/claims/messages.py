"""Messages between a dossier's company and its reviewer: plain text, read marks on each side, mails without content."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from bonus.accounts.acting import person_acting
from bonus.audit.service import Actor, record
from bonus.calendar import add_months, civil_date
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.money import NBSP

from . import notice_words, reviewer_words
from .changes import locked_claim
from .examination import OFFICER_ACTIONS, require_separation
from .models import Claim
from .notices import tell
from .request_models import MOST_MESSAGE, ClaimMessage
from .reviewers import write_to_reviewer
from .revocation_models import Revocation
from .status import OPEN

STAYS_OPEN = OPEN | {"waiting_list", "pending"}
MONTHS_AFTER = 4
"""How long one may still write once a dossier is closed: as long as a decision may be withdrawn (CRPA L242-1)."""
MOST_UNREAD = 20
"""How many messages one side may send that the other has not read."""
_OTHER = {"company": "reviewer", "reviewer": "company"}


def open_until(claim: Claim) -> date | None:
    """The last day to write on a closed dossier; None while it is under way."""
    if claim.status in STAYS_OPEN or not claim.changes:
        return None
    return add_months(civil_date(claim.changes[-1].at), MONTHS_AFTER)


def may_be_written_to(claim: Claim, today: date) -> bool:
    """Whether messages are taken on a dossier: never on a draft, nor long after it is closed, unless its company is
    heard before its decision is taken back."""
    last = open_until(claim)
    if claim.number is None:
        return False
    return last is None or today <= last or _is_heard(claim)


def _is_heard(claim: Claim) -> bool:
    query = select(Revocation.id).where(Revocation.claim_id == claim.id, Revocation.status == "hearing")
    return db.session.scalars(query).first() is not None


def thread_of(claim_id: int) -> Sequence[ClaimMessage]:
    """The messages of a dossier, the oldest first."""
    return db.session.scalars(
        select(ClaimMessage)
        .where(ClaimMessage.claim_id == claim_id)
        .order_by(ClaimMessage.id)
        .options(joinedload(ClaimMessage.person))
    ).all()


def unread_of(claim_ids: Collection[int], side: str) -> Mapping[int, int]:
    """How many messages of the other side nobody of ``side`` has read, by dossier."""
    rows = db.session.execute(
        select(ClaimMessage.claim_id, func.count())
        .where(
            ClaimMessage.claim_id.in_(claim_ids),
            ClaimMessage.side == _OTHER[side],
            ClaimMessage.read_at.is_(None),
        )
        .group_by(ClaimMessage.claim_id)
    )
    return {row[0]: row[1] for row in rows}


def read_messages(claim_id: int, side: str, actor: Actor, now: datetime) -> frozenset[int]:
    """Mark as read what the other side wrote; the ids of what was new. Committed when there was any."""
    person_id = person_acting(actor)
    new = db.session.scalars(
        select(ClaimMessage)
        .where(
            ClaimMessage.claim_id == claim_id,
            ClaimMessage.side == _OTHER[side],
            ClaimMessage.read_at.is_(None),
        )
        .with_for_update()
    ).all()
    ids = frozenset(message.id for message in new)
    for message in new:
        message.read_at, message.read_by_id = now, person_id
    if ids:
        db.session.commit()
    return ids


def write_message(claim_id: int, side: str, text: str, actor: Actor, now: datetime) -> ClaimMessage:
    """Write to the other side of a dossier: ``side`` is who writes. The log keeps that it was, not what it says.

    The other side is told by mail once, until it has read what it has. Raises InvalidInput for an empty or too long
    text, Refusal when the dossier takes no message any more or too many wait to be read, Forbidden for a role.
    """
    claim = locked_claim(claim_id)
    if claim.number is None:
        raise NotFound("claim.unknown", "Ce dossier n’existe pas.")
    if side not in actor.roles:
        raise Forbidden("message.wrong_role", "Votre rôle ne permet pas d’écrire sur ce dossier.")
    if side == "reviewer":
        require_separation(claim, actor, OFFICER_ACTIONS)
    text = _checked(text)
    if not may_be_written_to(claim, civil_date(now)):
        raise Refusal(
            "message.closed",
            f"Ce dossier est clos depuis plus de {MONTHS_AFTER} mois : écrivez au service, dont l’adresse est "
            "à la page Contact.",
        )
    waiting = unread_of([claim.id], _OTHER[side]).get(claim.id, 0)
    if waiting >= MOST_UNREAD:
        raise Refusal(
            "message.too_many",
            f"{MOST_UNREAD} de vos messages n’ont pas encore été lus{NBSP}: attendez une réponse.",
        )
    message = ClaimMessage(claim=claim, at=now, side=side, person_id=person_acting(actor), text=text)
    db.session.add(message)
    db.session.flush()
    if not waiting:
        _tell_other(claim, message, now)
    record("claim.message_written", f"claim:{claim.number}", actor, now, side=side, length=len(text))
    db.session.commit()
    return message


def _tell_other(claim: Claim, message: ClaimMessage, now: datetime) -> None:
    if message.side == "reviewer":
        tell(claim, "message", notice_words.message(str(claim.number)), now, about=f"message:{message.id}")
    else:
        write_to_reviewer(claim, reviewer_words.MESSAGE, f"message:{message.id}", now)


def _checked(text: str) -> str:
    text = "\n".join(
        line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    ).strip()
    if not text:
        raise InvalidInput("message.empty", "Écrivez votre message.", field="text")
    if len(text) > MOST_MESSAGE:
        raise InvalidInput(
            "message.too_long", "Ce message dépasse 5 000 caractères : raccourcissez-le.", field="text"
        )
    return text
