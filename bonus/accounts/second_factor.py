"""The second factor of agents: enrolled at the first sign-in, asked at each one and again before a grave act."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from bonus.adapters.second_factor import (
    decrypt,
    encrypt,
    new_recovery_codes,
    new_secret,
    recovery_hash,
    step_of_code,
)
from bonus.audit.models import AuditEntry
from bonus.audit.service import record
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.mail import NewMail, post_mail
from bonus.money import NBSP
from bonus.parts import factor_key
from bonus.regulation.wording import french

from .factor_models import RecoveryCode, SecondFactor
from .models import Person
from .service import actor_of

MOST_TYPED = 40
MOST_REFUSED, REFUSED_WITHIN = 30, timedelta(hours=24)
"""Wrong codes in that time, beyond which none is taken: of a million codes, three are right at any moment, and who
knows the password alone could else try some each quarter of an hour, for months."""


@dataclass(frozen=True)
class Enrolment:
    """A secret to put in a telephone, and the mark by which the session that was shown it is known again."""

    secret: bytes = field(repr=False)
    mark: str


def is_enrolled(person_id: int) -> bool:
    """Whether a person has a second factor in use."""
    factor = db.session.get(SecondFactor, person_id)
    return factor is not None and factor.confirmed_at is not None


def begin_enrolment(person_id: int, begun: str | None, now: datetime) -> Enrolment:
    """The secret to put in the telephone: the same again for the session that ``begun`` is the mark of, a new one for
    any other, so that who once saw a secret does not know the one that is confirmed. Committed.

    Raises Refusal once a factor is in use: it is changed by a reset alone.
    """
    # The person's row: there may be none of the factor yet, and two windows open at once.
    db.session.execute(select(Person.id).where(Person.id == person_id).with_for_update())
    factor = _locked(person_id)
    if factor is not None and factor.confirmed_at is not None:
        db.session.rollback()
        raise Refusal("factor.enrolled", "Votre double authentification est déjà en place.")
    if factor is not None and begun == _mark(factor):
        same = Enrolment(decrypt(factor_key("secret"), factor.secret, person_id), begun)
        db.session.rollback()
        return same
    secret = new_secret()
    kept = encrypt(factor_key("secret"), secret, person_id)
    if factor is None:
        factor = SecondFactor(person_id=person_id, secret=kept, created_at=now)
        db.session.add(factor)
    else:
        factor.secret, factor.created_at = kept, now
    mark = _mark(factor)
    db.session.commit()
    return Enrolment(secret, mark)


def confirm_enrolment(
    person: Person, code: str, begun: str | None, address: str | None, now: datetime
) -> list[str]:
    """Put the factor in use with a first code of the telephone; the recovery codes, shown this once. Its owner is told
    by mail: somebody else may know the password.

    Raises Refusal when the code is not the telephone's, a factor is in use already, or ``begun`` is the mark of a
    session whose secret another replaced.
    """
    factor = _locked(person.id)
    if factor is None or factor.confirmed_at is not None:
        db.session.rollback()
        raise Refusal("factor.enrolled", "Votre double authentification est déjà en place.")
    if begun != _mark(factor):
        db.session.rollback()
        raise Refusal(
            "factor.begun_elsewhere",
            f"La mise en place a été recommencée ailleurs{NBSP}: visez le nouveau dessin, puis tapez son code. Si ce "
            "n’était pas vous, prévenez un administrateur.",
            field="factor_code",
        )
    step = step_of_code(decrypt(factor_key("secret"), factor.secret, person.id), _bare(code), now, None)
    if step is None:
        db.session.rollback()
        raise _wrong_code()
    factor.confirmed_at, factor.last_step = now, step
    codes = _new_codes(person.id)
    _warn(
        person,
        "enrolled",
        "votre double authentification est en place",
        "Un téléphone vient d’être relié à votre compte : il donnera un code à chaque connexion.",
        now,
    )
    record("account.factor_enrolled", f"person:{person.id}", actor_of(person, address), now)
    db.session.commit()
    return codes


def check(person: Person, code: str, address: str | None, now: datetime, *, act: str) -> None:
    """Take a code of the telephone, or a recovery code, for an ``act`` ("sign_in", or what is about to be done).

    Each serves once, whatever runs at the same time. Raises Refusal, audited; nobody knows which part was wrong. After
    ``MOST_REFUSED`` refusals, none is taken for a while.
    """
    factor = _locked(person.id)
    if factor is None or factor.confirmed_at is None:
        db.session.rollback()
        raise Refusal("factor.missing", "Mettez d’abord en place votre double authentification.")
    refused = _refused_lately(person.id, factor, now)
    if refused >= MOST_REFUSED:
        db.session.rollback()
        raise _locked_out()
    secret = decrypt(factor_key("secret"), factor.secret, person.id)
    step = step_of_code(secret, _bare(code), now, factor.last_step)
    means = "totp"
    if step is not None:
        factor.last_step = step
    elif _took_recovery_code(person.id, code, now):
        means = "recovery"
    else:
        # A code that was right, and served, is told apart: its owner only has to wait for the next.
        served = step_of_code(secret, _bare(code), now, None) is not None
        if refused + 1 == MOST_REFUSED:
            _warn(
                person,
                "refused",
                "trop de codes faux pour votre compte",
                f"{MOST_REFUSED} codes faux ont été tapés en vingt-quatre heures, après votre mot de passe : d’ici "
                "demain, aucun code n’ouvre plus votre compte.",
                now,
            )
        record("account.factor_refused", f"person:{person.id}", actor_of(person, address), now, act=act)
        db.session.commit()
        raise _served_code() if served else _wrong_code()
    record(
        "account.factor_given", f"person:{person.id}", actor_of(person, address), now, act=act, means=means
    )
    db.session.commit()


def codes_left(person_id: int) -> int:
    """How many recovery codes a person still has."""
    unused = (RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(select(func.count()).select_from(RecoveryCode).where(*unused)) or 0


def forget(person_id: int) -> None:
    """Take a person's factor and recovery codes away, in the caller's transaction: the next sign-in enrols anew."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    db.session.execute(delete(SecondFactor).where(SecondFactor.person_id == person_id))


def _locked(person_id: int) -> SecondFactor | None:
    return db.session.scalars(
        select(SecondFactor)
        .where(SecondFactor.person_id == person_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _mark(factor: SecondFactor) -> str:
    """What a session keeps of the secret it was shown; a secret written anew has another."""
    return hashlib.sha256(factor.secret.encode()).hexdigest()


def _refused_lately(person_id: int, factor: SecondFactor, now: datetime) -> int:
    """How many codes were refused of late; those of a factor since reset are not counted. The row is locked."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(AuditEntry)
            .where(
                AuditEntry.subject == f"person:{person_id}",
                AuditEntry.action == "account.factor_refused",
                AuditEntry.at > now - REFUSED_WITHIN,
                AuditEntry.at >= factor.confirmed_at,
            )
        )
        or 0
    )


def _warn(person: Person, what: str, subject: str, said: str, now: datetime) -> None:
    """Tell the owner of an account by mail what was done with it, in the caller's transaction."""
    other = (
        "Si ce n’est pas vous, prévenez tout de suite un administrateur du service : quelqu’un connaît votre mot de "
        "passe."
    )
    post_mail(
        NewMail(
            key=f"factor:{what}:{person.id}:{int(now.timestamp())}",
            to=person.email,
            subject=french(f"Bonus Souveraineté : {subject}"),
            text=french(f"Bonjour,\n\n{said}\n\n{other}"),
            why=french("Vous recevez ce message parce que vous avez un compte d’agent de ce service."),
        ),
        now,
    )


def _new_codes(person_id: int) -> list[str]:
    key, codes = factor_key("recovery"), new_recovery_codes()
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    db.session.add_all(
        RecoveryCode(person_id=person_id, code_hash=recovery_hash(key, person_id, code)) for code in codes
    )
    return codes


def _took_recovery_code(person_id: int, code: str, now: datetime) -> bool:
    """Whether this is a recovery code that had not served; the factor's row is locked."""
    kept = db.session.scalars(
        select(RecoveryCode).where(
            RecoveryCode.person_id == person_id,
            RecoveryCode.code_hash == recovery_hash(factor_key("recovery"), person_id, code[:MOST_TYPED]),
            RecoveryCode.used_at.is_(None),
        )
    ).one_or_none()
    if kept is None:
        return False
    kept.used_at = now
    return True


def _bare(code: str) -> str:
    return "".join(code[:MOST_TYPED].split())


def _wrong_code() -> Refusal:
    return Refusal(
        "factor.wrong_code",
        f"Ce code n’est pas le bon. Tapez les six chiffres que votre téléphone affiche maintenant{NBSP}; vérifiez "
        "aussi que son heure est juste.",
        field="factor_code",
    )


def _locked_out() -> Refusal:
    return Refusal(
        "factor.locked_out",
        f"Trop de codes faux ont été tapés pour votre compte depuis vingt-quatre heures{NBSP}: aucun n’est plus pris "
        "d’ici demain. Pour entrer avant, demandez à un administrateur de réinitialiser votre double authentification.",
        field="factor_code",
    )


def _served_code() -> Refusal:
    return Refusal(
        "factor.served_code",
        f"Ce code a déjà servi{NBSP}: attendez que votre téléphone affiche le suivant (30 secondes au plus).",
        field="factor_code",
    )
