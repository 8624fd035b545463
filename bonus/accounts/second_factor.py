"""The second factor of agents: enrolled at the first sign-in, asked at each one and again before a grave act."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select

from bonus.adapters.second_factor import (
    decrypt,
    encrypt,
    new_recovery_codes,
    new_secret,
    recovery_hash,
    step_of_code,
)
from bonus.audit.service import record
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.money import NBSP
from bonus.parts import factor_key

from .factor_models import RecoveryCode, SecondFactor
from .models import Person
from .service import actor_of

MOST_TYPED = 40


def is_enrolled(person_id: int) -> bool:
    """Whether a person has a second factor in use."""
    factor = db.session.get(SecondFactor, person_id)
    return factor is not None and factor.confirmed_at is not None


def begin_enrolment(person_id: int, now: datetime) -> bytes:
    """The secret to put in the telephone: the same until it is confirmed. Committed.

    Raises Refusal once it is: a factor is changed by a reset alone.
    """
    factor = _locked(person_id)
    if factor is not None and factor.confirmed_at is not None:
        db.session.rollback()
        raise Refusal("factor.enrolled", "Votre double authentification est déjà en place.")
    if factor is None:
        secret = new_secret()
        factor = SecondFactor(
            person_id=person_id, secret=encrypt(factor_key("secret"), secret, person_id), created_at=now
        )
        db.session.add(factor)
        db.session.commit()
        return secret
    secret = decrypt(factor_key("secret"), factor.secret, person_id)
    db.session.rollback()
    return secret


def confirm_enrolment(person: Person, code: str, address: str | None, now: datetime) -> list[str]:
    """Put the factor in use with a first code of the telephone; the recovery codes, shown this once.

    Raises Refusal when the code is not the telephone's, or a factor is in use already.
    """
    factor = _locked(person.id)
    if factor is None or factor.confirmed_at is not None:
        db.session.rollback()
        raise Refusal("factor.enrolled", "Votre double authentification est déjà en place.")
    step = step_of_code(decrypt(factor_key("secret"), factor.secret, person.id), _bare(code), now, None)
    if step is None:
        db.session.rollback()
        raise _wrong_code()
    factor.confirmed_at, factor.last_step = now, step
    codes = _new_codes(person.id)
    record("account.factor_enrolled", f"person:{person.id}", actor_of(person, address), now)
    db.session.commit()
    return codes


def check(person: Person, code: str, address: str | None, now: datetime, *, act: str) -> None:
    """Take a code of the telephone, or a recovery code, for an ``act`` ("sign_in", or what is about to be done).

    Each serves once, whatever runs at the same time. Raises Refusal, audited; nobody knows which part was wrong.
    """
    factor = _locked(person.id)
    if factor is None or factor.confirmed_at is None:
        db.session.rollback()
        raise Refusal("factor.missing", "Mettez d’abord en place votre double authentification.")
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


def _served_code() -> Refusal:
    return Refusal(
        "factor.served_code",
        f"Ce code a déjà servi{NBSP}: attendez que votre téléphone affiche le suivant (30 secondes au plus).",
        field="factor_code",
    )
