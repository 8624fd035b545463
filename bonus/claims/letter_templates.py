"""The templates of letters: the one in force on a day, and the versions an administrator writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select

from bonus.accounts.acting import person_acting
from bonus.audit.service import Actor, record
from bonus.calendar import civil_date, format_date
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db

from .letter_models import LetterTemplate
from .letter_words import KINDS, Template, check, shipped


def template_on(kind: str, on: date) -> Template:
    """The template of a kind of letter in force on a day: the latest version of those in force by then, else the
    shipped one. Raises NotFound for an unknown kind."""
    if kind not in KINDS:
        raise NotFound("letter.kind", "Ce modèle de lettre n’existe pas.")
    found = db.session.scalars(
        select(LetterTemplate)
        .where(LetterTemplate.kind == kind, LetterTemplate.from_on <= on)
        .order_by(LetterTemplate.from_on.desc(), LetterTemplate.version.desc())
        .limit(1)
    ).one_or_none()
    return Template(kind, found.version, found.title, found.text) if found is not None else shipped(kind)


def versions_of(kind: str) -> Sequence[LetterTemplate]:
    """The versions written here, the latest first."""
    return db.session.scalars(
        select(LetterTemplate).where(LetterTemplate.kind == kind).order_by(LetterTemplate.version.desc())
    ).all()


def template_version(kind: str, version: int) -> Template:
    """One version, 0 being the shipped one. Raises NotFound."""
    if kind not in KINDS:
        raise NotFound("letter.kind", "Ce modèle de lettre n’existe pas.")
    if version == 0:
        return shipped(kind)
    found = db.session.scalars(
        select(LetterTemplate).where(LetterTemplate.kind == kind, LetterTemplate.version == version)
    ).one_or_none()
    if found is None:
        raise NotFound("letter.version", "Cette version du modèle n’existe pas.")
    return Template(kind, version, found.title, found.text)


def write_template(
    kind: str, title: str, text: str, from_on: date, seen: int, actor: Actor, now: datetime
) -> LetterTemplate:
    """Write a new version, in force from a day on (today at the earliest: letters already sent keep theirs); committed.

    ``seen`` is the last version the writer was shown. Raises InvalidInput for words that do not hold together or a past
    day, Refusal when someone else wrote a version meanwhile.
    """
    if kind not in KINDS:
        raise NotFound("letter.kind", "Ce modèle de lettre n’existe pas.")
    title, text = check(kind, title, text)
    today = civil_date(now)
    if from_on < today:
        raise InvalidInput(
            "letter.past",
            f"Un modèle s’applique au plus tôt aujourd’hui, le {format_date(today)}\u00a0: les lettres déjà écrites ne "
            "changent pas.",
            field="from_on",
        )
    last = db.session.scalar(select(func.max(LetterTemplate.version)).where(LetterTemplate.kind == kind)) or 0
    if last != seen:
        raise Refusal(
            "letter.changed_meanwhile",
            f"Une version {last} a été écrite pendant que vous travailliez\u00a0: relisez-la, puis enregistrez la "
            "vôtre de nouveau. Votre texte est gardé ici.",
        )
    written = LetterTemplate(
        kind=kind,
        version=last + 1,
        title=title,
        text=text,
        from_on=from_on,
        created_at=now,
        created_by_id=person_acting(actor),
    )
    db.session.add(written)
    record(
        "letter.template_written", f"letter:{kind}", actor, now, version=last + 1, from_on=from_on.isoformat()
    )
    db.session.commit()
    return written
