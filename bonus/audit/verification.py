"""Walking the audit log: whatever was changed, removed, added or moved in the database by hand, and where.

Entries are read as the text the database holds, a few thousand at a time: a value made unreadable by hand is a fault
like another, and a million entries take little memory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Text, cast, func, select, type_coerce
from sqlalchemy.exc import DBAPIError

from bonus.extensions import db
from bonus.regulation.wording import french

from .models import AuditEntry, AuditHead
from .service import GENESIS

BATCH = 5_000
MOST_LOOKED_UP = 1_000
"""Faults for which the log is searched for where an entry comes from: beyond, all is in ruins."""

KINDS = {
    "changed": "entrée modifiée",
    "unreadable": "entrée illisible",
    "removed": "entrée retirée",
    "added": "entrée ajoutée",
    "moved": "entrée déplacée",
    "head": "tête du journal",
    "anchor": "repère",
}


@dataclass(frozen=True)
class Fault:
    """One thing wrong: its kind (``KINDS``), the entry at which it shows (None: the head, or the anchor), the words."""

    kind: str
    entry_id: int | None
    sentence: str


@dataclass(frozen=True)
class Anchor:
    """The hash of the ``count``-th entry, noted elsewhere on a day: a chain written anew no longer has it."""

    hash: str
    count: int

    @classmethod
    def read(cls, text: str) -> Anchor:
        """Read ``HASH:COUNT``. Raises ValueError, with a French sentence."""
        sha256, _, count = text.strip().partition(":")
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef") or not count.isdecimal():
            raise ValueError(
                "Un repère s’écrit EMPREINTE:NOMBRE, avec une empreinte de 64 chiffres hexadécimaux."
            )
        if len(count) > 18 or int(count) < 1:
            raise ValueError("Le nombre d’entrées d’un repère est un entier d’au moins 1.")
        return cls(sha256, int(count))

    def __str__(self) -> str:
        return f"{self.hash}:{self.count}"


class Walk:
    """One reading of the whole log: iterate over its faults; ``count`` and ``last_hash`` then say how far it went."""

    def __init__(self, anchor: Anchor | None = None, *, release: bool = False) -> None:
        """``release`` ends the transaction after each batch, so that writers never wait for a long reading."""
        self.count = 0
        self.last_hash: str | None = GENESIS  # None after an entry of which nothing can be read
        self._anchor = anchor
        self._release = release
        self._last_id: int | None = None
        # The hash the last entry should have, when it is not the one it bears.
        self._recomputed: str | None = None
        self._looked_up = 0

    def __iter__(self) -> Iterator[Fault]:
        while True:
            rows = self._rows()
            for row in rows:
                yield from self._entry(row)
            if rows:
                continue
            # Entries written meanwhile stand in the head before they are read: then there is more to read.
            faults = list(self._head())
            if faults and self._more():
                continue
            yield from faults
            if self._anchor is not None and self._anchor.count > self.count:
                yield self._fault(
                    "anchor",
                    None,
                    f"Le repère porte sur l’entrée de rang {self._anchor.count} : le journal n’en compte que "
                    f"{self.count}. La fin a été retirée.",
                )
            return

    def _rows(self) -> list[_Read]:
        try:
            rows = [_read(row) for row in db.session.execute(self._query().limit(BATCH))]
        except (DBAPIError, ValueError):  # one of them cannot even be fetched
            db.session.rollback()
            rows = list(self._one_by_one())
        if self._release:
            db.session.rollback()
        return rows

    def _query(self, *, ids: bool = False) -> Any:
        columns = (AuditEntry.id,) if ids else (AuditEntry.id, *_as_text())
        query = select(*columns).order_by(AuditEntry.id)
        return query if self._last_id is None else query.where(AuditEntry.id > self._last_id)

    def _one_by_one(self) -> Iterator[_Read]:
        for entry_id in db.session.scalars(self._query(ids=True).limit(BATCH)).all():
            try:
                yield _read(db.session.execute(self._query().where(AuditEntry.id == entry_id)).one())
            except (DBAPIError, ValueError):
                db.session.rollback()
                yield _Read(entry_id, None, None, None)

    def _more(self) -> bool:
        return db.session.execute(self._query(ids=True).limit(1)).first() is not None

    def _entry(self, row: _Read) -> Iterator[Fault]:
        fault = self._content(row)
        follows = self.last_hash is None or row.previous in (self.last_hash, self._recomputed)
        if not follows and (fault is None or (fault.kind == "changed" and not self._relinked(row))):
            yield self._broken_link(row)
        if fault is not None:
            yield fault
        # A hash written over alone: the next entry still follows the one it had.
        self._recomputed = None
        if fault is not None and row.body is not None and self.last_hash is not None:
            self._recomputed = _hash(self.last_hash, row.body)
        self.count += 1
        self._last_id, self.last_hash = row.id, row.hash
        if self._anchor is not None and self.count == self._anchor.count and row.hash != self._anchor.hash:
            yield self._fault(
                "anchor",
                row.id,
                f"Entrée n° {row.id}, de rang {self.count} : son empreinte n’est pas celle du repère. Le journal a "
                "été réécrit jusque-là.",
            )

    def _content(self, row: _Read) -> Fault | None:
        if row.body is None or row.hash is None or row.previous is None:
            return self._fault("unreadable", row.id, f"Entrée n° {row.id} : elle ne peut plus être lue.")
        if row.as_recorded and _hash(row.previous, row.body) == row.hash:
            return None
        what = "son renvoi à la précédente" if self._relinked(row) else "son contenu"
        return self._fault("changed", row.id, f"Entrée n° {row.id} : {what} a été modifié.")

    def _relinked(self, row: _Read) -> bool:
        """Whether only its link to the entry before was written over."""
        return (
            row.body is not None
            and self.last_hash is not None
            and _hash(self.last_hash, row.body) == row.hash
        )

    def _broken_link(self, row: _Read) -> Fault:
        before = f"n° {self._last_id}" if self._last_id is not None else "le début"
        followed = self._id_of(row.previous)
        if row.previous == GENESIS:
            kind, what = "moved", "elle était la première du journal ; des entrées ont été mises avant elle"
        elif followed is None:
            kind = "removed"
            what = f"l’entrée qu’elle suivait a été retirée, ou réécrite ({before} et elle ne se suivent pas)"
        elif followed >= row.id:
            kind, what = "moved", f"elle a été déplacée ; elle suivait l’entrée n° {followed}"
        else:
            kind = "added"
            what = f"elle suit l’entrée n° {followed} ; ce qui est entre les deux a été ajouté ou déplacé"
        return self._fault(kind, row.id, f"Entrée n° {row.id} : {what}.")

    def _id_of(self, sha256: str | None) -> int | None:
        self._looked_up += 1
        if sha256 is None or self._looked_up > MOST_LOOKED_UP:
            return None
        return db.session.scalar(select(func.min(AuditEntry.id)).where(AuditEntry.hash == sha256))

    def _head(self) -> Iterator[Fault]:
        heads = db.session.execute(select(AuditHead.last_hash, AuditHead.entries)).all()
        if len(heads) != 1:
            words = "a été retirée" if not heads else f"est écrite {len(heads)} fois"
            yield self._fault("head", None, f"La tête du journal {words}.")
            return
        last_hash, entries = heads[0]
        if entries == self.count and last_hash in (self.last_hash, self._recomputed):
            return
        noted = self._id_of(last_hash)
        if last_hash == self.last_hash:
            what = "sa tête a été modifiée, ou des entrées ont été retirées ou ajoutées avant la fin"
        elif entries > self.count or (noted is None and last_hash != GENESIS):
            what = "la fin du journal a été retirée, ou sa tête modifiée"
        else:
            after = f"après l’entrée n° {noted}" if noted else "au début"
            what = f"des entrées ont été ajoutées {after}, ou la tête du journal modifiée"
        yield self._fault(
            "head", None, f"La tête du journal annonce {entries} entrées, il en compte {self.count} : {what}."
        )

    @staticmethod
    def _fault(kind: str, entry_id: int | None, sentence: str) -> Fault:
        return Fault(kind, entry_id, french(sentence))


@dataclass(frozen=True, slots=True)
class _Read:
    """An entry as the database holds it; ``body`` is what its hash covers besides the previous one, None when it
    cannot be read."""

    id: int
    previous: str | None
    hash: str | None
    body: list[Any] | None
    as_recorded: bool = True


def _as_text() -> Sequence[Any]:
    """The columns of an entry as text: what someone wrote there by hand cannot stop the reading."""
    if db.session.get_bind().dialect.name == "postgresql":
        at: Any = func.to_char(func.timezone("UTC", AuditEntry.at), 'YYYY-MM-DD"T"HH24:MI:SS.US')
    else:
        at = type_coerce(AuditEntry.at, Text)
    return (
        at.label("at"),
        AuditEntry.actor,
        AuditEntry.action,
        AuditEntry.subject,
        AuditEntry.address,
        cast(AuditEntry.facts, Text).label("facts"),
        AuditEntry.previous_hash,
        AuditEntry.hash,
    )


def _read(row: Row[Any]) -> _Read:
    texts = (row.at, row.actor, row.action, row.subject, row.facts, row.previous_hash, row.hash)
    if not all(isinstance(text, str) for text in texts) or not isinstance(row.address, str | None):
        return _Read(row.id, None, None, None)
    try:
        facts = json.loads(row.facts)
    except (ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict):
        return _Read(row.id, row.previous_hash, row.hash, None)
    at = row.at.replace(" ", "T").removesuffix(".000000")
    body = [f"{at}+00:00", row.actor, row.action, row.subject, row.address, facts]
    # Written otherwise (a key twice, say), the same facts are no longer what was recorded.
    return _Read(row.id, row.previous_hash, row.hash, body, json.dumps(facts) == row.facts)


def _hash(previous: str, body: list[Any]) -> str:
    """``service.entry_hash`` of what was read as text."""
    text = json.dumps([previous, *body], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def head_anchor() -> Anchor | None:
    """What to note elsewhere today, so that a log written anew is found; None while it is empty."""
    head = db.session.execute(select(AuditHead.last_hash, AuditHead.entries)).one_or_none()
    return Anchor(head.last_hash, head.entries) if head is not None and head.entries else None
