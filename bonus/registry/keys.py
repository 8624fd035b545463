"""Keys of the certifiers' API: made and revoked by the registry's keeper, presented by a certifier's machine.

A key reads ``bsk_<prefix>_<secret>``. The secret is 256 bits drawn at random, so a plain SHA-256 is enough at
rest: a slow hash guards what people choose and guessers try; nobody tries 2^256 secrets. A fast one costs a
flood of wrong keys nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select, update

from bonus.audit.models import AuditEntry
from bonus.audit.service import Actor, record
from bonus.calendar import add_years, civil_date, format_date
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db

from .scheme_models import Certifier, CertifierKey
from .writing import MINIMUM_REASON_LENGTH

SCOPES = {
    "certifications:write": "inscrire et corriger des certifications",
    "events:write": "inscrire et corriger des événements",
    "read": "lire ses certifications",
}
"""What a key may open, and how people read it."""

LONGEST_YEARS = 1
NAME_LENGTH = 120
REASON_LENGTH = 1000
_PREFIX_BYTES, _SECRET_BYTES = 6, 32
# Last uses are kept to the minute: a thousand calls cost one write.
_LAST_USE_STEP = timedelta(minutes=1)
_FORM = re.compile(r"bsk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_MADE, _REVOKED, _REFUSED = "registry.key_made", "registry.key_revoked", "registry.key_refused"


class KeyRefused(Refusal):
    """No key, or one that opens nothing: unknown, expired, revoked. ``why`` is for the log: never the secret."""

    status = 401

    def __init__(self, why: str, sentence: str) -> None:
        super().__init__(f"key.{why}", sentence)
        self.why = why


@dataclass(frozen=True)
class NewKey:
    """A key just made. ``presented`` is the whole of it, which nobody will see again."""

    key: CertifierKey
    presented: str = field(repr=False)


@dataclass(frozen=True)
class Holder:
    """Who presented a key that is good: a certifier, by the key of that prefix, which opens ``scopes``."""

    certifier_id: int
    certifier: str
    prefix: str
    scopes: frozenset[str]

    def actor(self, address: str | None) -> Actor:
        """As the registry and the audit log name it: the certifier and its key."""
        return Actor(f"{self.certifier[:80]} (API, clé {self.prefix})", address=address)


# ---------------------------------------------------------------- by the keeper


def make_key(
    certifier: Certifier, name: str, scopes: Iterable[str], expires_on: date, actor: Actor, now: datetime
) -> NewKey:
    """A new key of a certifier, logged and committed; its last day of use is ``expires_on``.

    Raises InvalidInput: no name, one that another key in use bears (the form sent twice makes one key), no scope
    or an unknown one, a day that is past or more than a year ahead.
    """
    db.session.refresh(certifier, with_for_update=True)  # two forms sent at once come one after the other
    name, wanted, today = name.strip(), set(scopes), civil_date(now)
    _check(certifier, name, wanted, expires_on, today)
    prefix, secret = secrets.token_hex(_PREFIX_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
    key = CertifierKey(
        certifier=certifier,
        name=name,
        prefix=prefix,
        secret_sha256=_sha256(secret),
        scopes=[scope for scope in SCOPES if scope in wanted],
        expires_on=expires_on,
        created_at=now,
        created_by_id=actor.person_id,
    )
    db.session.add(key)
    db.session.flush()
    record(
        _MADE,
        _subject(prefix),
        actor,
        now,
        certifier=certifier.slug,
        name=name,
        scopes=key.scopes,
        expires_on=expires_on.isoformat(),
    )
    db.session.commit()
    return NewKey(key, f"bsk_{prefix}_{secret}")


def _check(certifier: Certifier, name: str, scopes: set[str], expires_on: date, today: date) -> None:
    latest = add_years(today, LONGEST_YEARS)
    in_use = {key.name for key in keys_of(certifier) if state_of(key, today) == "active"}
    checks = (
        (not name, "name", "Donnez un nom à la clé : le programme ou le service qui s’en servira."),
        (len(name) > NAME_LENGTH, "name", f"Ce nom dépasse {NAME_LENGTH} caractères : raccourcissez-le."),
        (
            name in in_use,
            "name_taken",
            f"Une clé en service porte déjà le nom « {name} » : donnez un autre nom, ou révoquez-la d’abord.",
        ),
        (not scopes, "scopes", "Choisissez au moins un droit."),
        (not scopes <= SCOPES.keys(), "scopes", "Un de ces droits n’existe pas."),
        (expires_on < today, "expires_on", "Cette date est passée : choisissez un jour à venir."),
        (
            expires_on > latest,
            "expires_on",
            f"Une clé dure un an au plus : choisissez une date jusqu’au {format_date(latest)}.",
        ),
    )
    for wrong, code, sentence in checks:
        if wrong:
            raise InvalidInput(f"key.{code}", sentence, field=code.removesuffix("_taken"))


def revoke_key(key: CertifierKey, reason: str, actor: Actor, now: datetime) -> None:
    """End a key at once, with the reason; logged and committed.

    Raises InvalidInput without a reason, Refusal when it is revoked already.
    """
    reason = reason.strip()
    if not MINIMUM_REASON_LENGTH <= len(reason) <= REASON_LENGTH:
        raise InvalidInput(
            "key.reason",
            f"Dites pourquoi vous révoquez cette clé, en {MINIMUM_REASON_LENGTH} à {REASON_LENGTH} caractères.",
            field="reason",
        )
    db.session.refresh(key, with_for_update={"of": CertifierKey})
    if key.revoked_at is not None:
        raise Refusal(
            "key.already_revoked",
            f"Cette clé est déjà révoquée depuis le {format_date(civil_date(key.revoked_at))}.",
        )
    key.revoked_at = now
    record(_REVOKED, _subject(key.prefix), actor, now, certifier=key.certifier.slug, reasons=reason)
    db.session.commit()


def keys_of(certifier: Certifier) -> list[CertifierKey]:
    """Every key ever made for a certifier, the latest first."""
    query = select(CertifierKey).where(CertifierKey.certifier_id == certifier.id)
    return list(db.session.scalars(query.order_by(CertifierKey.id.desc())))


def key_of(certifier: Certifier, prefix: str) -> CertifierKey:
    """The certifier's key of that prefix. Raises NotFound, for another's too."""
    found = db.session.scalars(
        select(CertifierKey).where(CertifierKey.certifier_id == certifier.id, CertifierKey.prefix == prefix)
    ).one_or_none()
    if found is None:
        raise NotFound("key.unknown", "Ce certificateur n’a pas cette clé.")
    return found


def state_of(key: CertifierKey, today: date) -> str:
    """``active``, ``expired`` (its last day is past) or ``revoked``."""
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_on < today else "active"


def revocation_reasons(keys: Iterable[CertifierKey]) -> dict[str, str]:
    """Why each revoked key was, by prefix: the audit log keeps it."""
    subjects = {_subject(key.prefix): key.prefix for key in keys if key.revoked_at is not None}
    query = select(AuditEntry).where(AuditEntry.action == _REVOKED, AuditEntry.subject.in_(subjects))
    return {subjects[entry.subject]: entry.facts["reasons"] for entry in db.session.scalars(query)}


# ---------------------------------------------------------------- by the certifier


def authenticate_key(presented: str, scope: str, address: str | None, now: datetime) -> Holder:
    """Who presents a key, if it is good and opens ``scope``; its last use is noted and committed.

    Raises KeyRefused when it is not good, Forbidden when it does not open that. A refusal that concerns a key of
    ours is written in the audit log, as a wrong password is.
    """
    found = _FORM.fullmatch(presented)
    if found is None:
        raise KeyRefused("malformed", "Cette clé n’a pas la forme attendue, « bsk_… » : copiez-la en entier.")
    prefix, secret = found.groups()
    key = db.session.scalars(select(CertifierKey).where(CertifierKey.prefix == prefix)).one_or_none()
    # Compared in constant time, and against something even when there is no such key.
    same = hmac.compare_digest(_sha256(secret), key.secret_sha256 if key else _sha256(""))
    if key is None:
        raise KeyRefused("unknown", "Cette clé n’est pas reconnue : vérifiez-la, ou demandez-en une autre.")
    refusal = _why_not(key, scope, civil_date(now), same=same)
    if refusal is not None:
        record(
            _REFUSED,
            _subject(prefix),
            Actor("visitor", address=address),
            now,
            certifier=key.certifier.slug,
            why=refusal.code,
        )
        db.session.commit()
        raise refusal
    holder = Holder(key.certifier_id, key.certifier.name, prefix, frozenset(key.scopes))
    _note_use(key.id, now)
    return holder


def _why_not(key: CertifierKey, scope: str, today: date, *, same: bool) -> Refusal | None:
    """Only who knows the secret is told more than that the key is not recognised."""
    if not same:
        return KeyRefused("unknown", "Cette clé n’est pas reconnue : vérifiez-la, ou demandez-en une autre.")
    if key.revoked_at is not None:
        day = format_date(civil_date(key.revoked_at))
        return KeyRefused(
            "revoked",
            f"Cette clé est révoquée depuis le {day} : demandez-en une autre au gardien du registre.",
        )
    if key.expires_on < today:
        return KeyRefused(
            "expired",
            f"Cette clé ne sert plus depuis le {format_date(key.expires_on)} au soir : demandez-en une autre au "
            "gardien du registre.",
        )
    if scope not in key.scopes:
        return Forbidden(
            "key.scope",
            f"Cette clé ne permet pas de faire cela ({SCOPES[scope]}) : il lui manque le droit « {scope} ».",
        )
    return None


def _note_use(key_id: int, now: datetime) -> None:
    db.session.execute(
        update(CertifierKey)
        .where(
            CertifierKey.id == key_id,
            or_(CertifierKey.last_used_at.is_(None), CertifierKey.last_used_at <= now - _LAST_USE_STEP),
        )
        .values(last_used_at=now)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _subject(prefix: str) -> str:
    return f"certifier_key:{prefix}"
