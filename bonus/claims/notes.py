"""Internal notes: what agents write for each other on a dossier. Nothing of them reaches the company."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from bonus.audit.service import Actor, record
from bonus.errors import Forbidden, InvalidInput
from bonus.extensions import db

from .desk_models import InternalNote
from .models import Claim

LONGEST = 5000
"""Characters of a note."""
MOST_SHOWN = 100
"""How many notes a page shows, the latest."""
WRITERS = frozenset({"reviewer", "authorising_officer"})


def notes_of(claim_id: int) -> Sequence[InternalNote]:
    """The notes of a dossier, the latest first; agents alone may be shown them."""
    return db.session.scalars(
        select(InternalNote)
        .where(InternalNote.claim_id == claim_id)
        .order_by(InternalNote.id.desc())
        .limit(MOST_SHOWN)
    ).all()


def write_note(claim: Claim, text: str, actor: Actor, now: datetime) -> InternalNote:
    """Add a note to a filed dossier: it is neither changed nor taken away afterwards.

    Raises InvalidInput when it is empty or too long, Forbidden for who does not examine dossiers.
    """
    if not actor.roles & WRITERS or actor.person_id is None:
        raise Forbidden(
            "note.wrong_role", "Seuls les instructeurs et les ordonnateurs écrivent des notes internes."
        )
    text = text.strip()
    if not text:
        raise InvalidInput("note.empty", "Écrivez la note avant de l’enregistrer.", field="text")
    if len(text) > LONGEST:
        raise InvalidInput(
            "note.too_long", "Cette note dépasse 5 000 caractères : raccourcissez-la.", field="text"
        )
    note = InternalNote(claim_id=claim.id, person_id=actor.person_id, at=now, text=text)
    db.session.add(note)
    db.session.flush()
    # The log says that there is one, not what it says: a note may be read there by other agents than these.
    record("claim.note_written", f"claim:{claim.number}", actor, now, note=note.id)
    db.session.commit()
    return note
