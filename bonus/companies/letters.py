"""The letter that proves the right to act for a company: asked for, posted to the registered address, its code typed.

The address is the directory's, or one that an agent has checked; never what the person typed. The code is for the
account that asked: the letter names them, and nobody else can use it.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select

from bonus import outbox
from bonus.accounts.acting import locked_company, person_acting
from bonus.accounts.models import Person
from bonus.adapters.company_directory import Identity
from bonus.adapters.letter_codes import code_of, is_code
from bonus.adapters.pdf_letter import CodeLetter, code_letter_pdf, envelope
from bonus.audit.service import SERVICE, Actor, record
from bonus.calendar import civil_date
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.money import NBSP
from bonus.parts import (
    code_key,
    company_directory,
    is_demo,
    post_folder,
    public_url,
    ready_fonts,
    service_contact,
)

from .models import Company
from .proof import ALREADY_PROVEN, is_proven, left_by, mark_proven, running_letters
from .proof_models import MOST_TRIES, Application, ProofLetter
from .sign_up import fill

SEND = "proof_letter"
"""The kind of the outbox's message that posts one."""
LASTS = timedelta(days=30)
"""How long a code serves, from the day it is posted."""
MONTH = timedelta(days=30)
MOST_FOR_ONE = 3
MOST_FOR_COMPANY = 6
"""Letters a month, for one person and for one company: a stranger alone cannot use up those of its people."""


def application_of(siren: str, person_id: int) -> Application:
    """What this person began for a company, over or not. Raises NotFound: another's is as if it did not exist."""
    found = db.session.scalars(
        select(Application)
        .join(Application.company)
        .where(Company.siren == siren, Application.person_id == person_id)
    ).one_or_none()
    if found is None:
        raise NotFound("proof.unknown", "Vous n’avez pas commencé à inscrire cette entreprise.")
    return found


def open_applications(person_id: int) -> list[Application]:
    """What this person has begun and nobody has proven, the oldest first."""
    return list(
        db.session.scalars(
            select(Application)
            .where(Application.person_id == person_id, Application.ended_at.is_(None))
            .order_by(Application.id)
        )
    )


def current_letter(application: Application) -> ProofLetter | None:
    """The last letter asked for, whatever became of it."""
    return application.letters[-1] if application.letters else None


def ask_letter(siren: str, actor: Actor, now: datetime) -> ProofLetter:
    """Ask for a code by letter; a former one serves no more. It leaves by the outbox.

    Raises NotFound, Refusal when the company is proven or too many letters were asked for this month.
    """
    application, company = _locked(siren, actor)
    if not may_ask(application, now):
        raise Refusal(
            "proof.too_many_letters",
            f"Trop de courriers ont été demandés pour cette entreprise depuis 30 jours{NBSP}: attendez, ou "
            "écrivez-nous.",
        )
    for former in running_letters(application.id):
        former.ended_at = now
    db.session.flush()
    letter = ProofLetter(application_id=application.id, nonce=secrets.token_hex(32), asked_at=now, address=[])
    db.session.add(letter)
    db.session.flush()
    outbox.post(SEND, letter.id, now)
    record("proof.letter_asked", f"company:{company.siren}", actor, now, letter=letter.id)
    db.session.commit()
    return letter


def may_ask(application: Application, now: datetime) -> bool:
    """Whether one more letter may be asked for this month, by this person and for this company."""
    asked = (
        select(func.count())
        .select_from(ProofLetter)
        .join(ProofLetter.application)
        .where(Application.company_id == application.company_id, ProofLetter.asked_at > now - MONTH)
    )
    own = db.session.scalar(asked.where(Application.id == application.id)) or 0
    return own < MOST_FOR_ONE and (db.session.scalar(asked) or 0) < MOST_FOR_COMPANY


def send_letter(letter_id: int, now: datetime) -> None:
    """Post one letter, if its address is sure; posted already, or ended, nothing. Done twice, it is one letter: the
    same code under the same name.

    The directory is asked on the day itself, as a seat moves and a company closes; what an agent has checked stands.
    What it does not confirm is only declared from then on: the letter waits for an agent, whose check asks for it
    again. Raises DirectoryAway (tried again as often as it takes), NotFound.
    """
    company_id = db.session.scalars(
        select(Application.company_id).join(Application.letters).where(ProofLetter.id == letter_id)
    ).one_or_none()
    if company_id is None:
        raise NotFound("proof.no_letter", "Ce courrier n’existe pas.")
    siren, source = db.session.execute(
        select(Company.siren, Company.identity_source).where(Company.id == company_id)
    ).one()
    db.session.rollback()  # nothing is held while the directory is asked
    identity = company_directory().find(siren) if source != "agent" else None
    company = locked_company(company_id)
    letter = db.session.get_one(ProofLetter, letter_id, populate_existing=True)
    if letter.sent_at is not None or letter.ended_at is not None or is_proven(company):
        db.session.rollback()
        return
    if company.identity_source != "agent" and not _confirmed(company, identity, now):
        db.session.commit()
        return
    _post(letter, company, now)
    record("proof.letter_sent", f"company:{siren}", SERVICE, now, letter=letter.id, to=letter.address)
    db.session.commit()


def _confirmed(company: Company, identity: Identity | None, now: datetime) -> bool:
    """Whether the directory says where a company has its seat; it is then written on the company."""
    before = [*_identity(company), company.identity_source]
    if sure := identity is not None and identity.complete and identity.active:
        fill(company, identity, "directory")
    else:
        company.identity_source = "declared"
    after = [*_identity(company), company.identity_source]
    if after != before:
        action = "company.identity_confirmed" if sure else "company.identity_not_confirmed"
        record(action, f"company:{company.siren}", SERVICE, now, before=before, after=after)
    return sure


def _post(letter: ProofLetter, company: Company, now: datetime) -> None:
    to = envelope(company.name, company.street, company.postcode, company.town)
    letter.address, letter.sent_at, letter.expires_at = list(to), now, now + LASTS
    ready_fonts()
    day = civil_date(now)
    content = CodeLetter(
        service=service_contact(),
        to=to,
        company_name=company.name,
        siren=company.siren,
        code=code_of(code_key(), letter.id, letter.nonce),
        asked_by=letter.application.person.name,
        asked_on=civil_date(letter.asked_at),
        written_on=day,
        valid_until=civil_date(letter.expires_at),
        page_url=f"{public_url()}/entreprise/preuve",
    )
    # Before the commit: a run killed in between writes the same file again.
    post_folder().send(f"letter:{letter.id}", to, now, code_letter_pdf(content, demo=is_demo()))


def enter_code(siren: str, typed: str, actor: Actor, now: datetime) -> Company:
    """Prove the right to act with the code of one's letter; whoever else had begun loses access.

    The company's lock makes tries one at a time. Raises InvalidInput (wrong code), NotFound, Refusal when there is no
    letter that serves, it was tried too often, or the company is proven.
    """
    application, company = _locked(siren, actor)
    letter = next(iter(running_letters(application.id)), None)
    problem = _problem(letter, now)
    if letter is None or problem is not None:
        raise problem or NotFound("proof.no_letter", "Ce courrier n’existe pas.")
    if not is_code(typed[:40], code_of(code_key(), letter.id, letter.nonce)):
        letter.tries += 1
        left = MOST_TRIES - letter.tries
        record("proof.wrong_code", f"company:{siren}", actor, now, letter=letter.id, left=left)
        db.session.commit()
        raise InvalidInput("proof.wrong_code", _wrong(left), field="code")
    letter.used_at = now
    person = db.session.get_one(Person, application.person_id)
    mark_proven(company, person, "letter", now)
    record(
        "company.proven",
        f"company:{siren}",
        actor,
        now,
        by="letter",
        letter=letter.id,
        left=left_by(company.id, now),
    )
    db.session.commit()
    return company


def _problem(letter: ProofLetter | None, now: datetime) -> Refusal | None:
    """Why no code can be typed now."""
    if letter is None:
        return Refusal(
            "proof.no_letter", "Aucun code n’attend d’être saisi : demandez un courrier.", field="code"
        )
    if letter.expires_at is None:
        return Refusal("proof.not_sent", "Le courrier n’est pas encore parti.", field="code")
    if now >= letter.expires_at:
        return Refusal("proof.expired", f"Ce code a expiré{NBSP}: demandez un autre courrier.", field="code")
    if letter.is_exhausted:
        return Refusal("proof.too_many_tries", _wrong(0), field="code")
    return None


def _wrong(left: int) -> str:
    if left <= 0:
        return f"Ce code a été saisi {MOST_TRIES} fois de travers{NBSP}: il ne sert plus. Demandez un autre courrier."
    tries = "un essai" if left == 1 else f"{left} essais"
    return f"Ce n’est pas le code de votre dernier courrier. Relisez-le{NBSP}: il vous reste {tries}."


def _locked(siren: str, actor: Actor) -> tuple[Application, Company]:
    """What the actor began, and the company, locked. Raises NotFound, Refusal when it is proven."""
    application = application_of(siren, person_acting(actor))
    company = locked_company(application.company_id)
    db.session.refresh(application)
    if is_proven(company):
        raise Refusal("company.already_proven", ALREADY_PROVEN)
    return application, company


def _identity(company: Company) -> list[str]:
    return [company.name, company.naf, company.address]
