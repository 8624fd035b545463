"""What an administrator does for sign-ups that wait: check an identity that was only declared, note a letter that came
back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from bonus import outbox
from bonus.accounts.acting import locked_company, person_acting
from bonus.adapters.company_directory import Identity
from bonus.audit.service import Actor, record
from bonus.errors import Forbidden, NotFound, Refusal
from bonus.extensions import db
from bonus.mail import post_mail
from bonus.money import NBSP

from .letters import SEND
from .models import Company
from .proof import is_proven
from .proof_models import Application, ProofLetter
from .sign_up import declared_identity, fill
from .sign_up_words import letter_returned


def waiting_companies(start: int, count: int) -> tuple[Sequence[Company], int]:
    """Companies that nobody has proven yet, those to check first, then the oldest; and how many there are."""
    total = (
        db.session.scalar(select(func.count()).select_from(Company).where(Company.proven_at.is_(None))) or 0
    )
    found = db.session.scalars(
        select(Company)
        .where(Company.proven_at.is_(None))
        .order_by((Company.identity_source != "declared"), Company.created_at, Company.id)
        .offset(start)
        .limit(count)
    ).all()
    return found, total


def waiting_company(company_id: int) -> Company:
    """One of them. Raises NotFound."""
    company = db.session.get(Company, company_id)
    if company is None or is_proven(company):
        raise NotFound("sign_up.not_waiting", "Cette inscription n’attend plus rien.")
    return company


def applications_of(company_ids: Sequence[int]) -> dict[int, list[Application]]:
    """Who began, by company, the first first."""
    found: dict[int, list[Application]] = {company_id: [] for company_id in company_ids}
    for one in db.session.scalars(
        select(Application)
        .where(Application.company_id.in_(company_ids))
        .options(joinedload(Application.person).lazyload("*"), selectinload(Application.letters))
        .order_by(Application.id)
    ):
        found[one.company_id].append(one)
    return found


def letter_state(letter: ProofLetter | None, now: datetime) -> str:
    """What became of a letter: none, waiting, sent, expired, exhausted, used, returned, replaced."""
    if letter is None:
        return "none"
    states = (
        ("used", letter.used_at is not None),
        ("returned", letter.returned_at is not None),
        ("replaced", letter.ended_at is not None),
        ("waiting", letter.sent_at is None),
        ("expired", letter.expires_at is not None and now >= letter.expires_at),
        ("exhausted", letter.is_exhausted),
    )
    return next((name for name, so in states if so), "sent")


def check_identity(
    company_id: int, name: str, street: str, postcode: str, town: str, naf: str, actor: Actor, now: datetime
) -> Company:
    """Note that an agent has checked name and address on a document of record; letters that waited leave.

    Raises InvalidInput, NotFound, Forbidden for who asks for it themselves, Refusal when it needs no check.
    """
    company = _locked(company_id, actor)
    if company.identity_source != "declared":
        raise Refusal("sign_up.checked", f"Cette identité est déjà vérifiée{NBSP}: rien n’est changé.")
    identity = declared_identity(company.siren, name, street, postcode, town, naf)
    before = [company.name, company.naf, company.address]
    fill(company, identity, "agent")
    for letter in _held(company_id):
        # The former message is done, or tries again by itself: then it finds the letter posted.
        outbox.post(SEND, letter.id, now, part=1)
    record(
        "company.identity_checked",
        f"company:{company.siren}",
        actor,
        now,
        before=before,
        after=[company.name, company.naf, company.address],
    )
    db.session.commit()
    return company


def identity_of(company: Company) -> Identity:
    """What is known of it, as a form begins with."""
    return Identity(company.siren, company.name, company.naf, company.street, company.postcode, company.town)


def note_returned(letter_id: int, actor: Actor, now: datetime) -> ProofLetter:
    """Note that the post brought a letter back: its code serves no more, and who asked is told.

    Raises NotFound when it was not posted, Refusal when it has served or came back already, Forbidden.
    """
    letter = db.session.get(ProofLetter, letter_id)
    if letter is None or letter.sent_at is None:
        raise NotFound("proof.no_letter", "Ce courrier n’existe pas.")
    company = _locked(letter.application.company_id, actor)
    db.session.refresh(letter)
    if letter.used_at is not None or letter.returned_at is not None:
        raise Refusal(
            "proof.letter_over", f"Ce courrier a déjà servi, ou est déjà revenu{NBSP}: rien n’est changé."
        )
    letter.returned_at = now
    letter.ended_at = letter.ended_at or now
    post_mail(letter_returned(letter), now)
    record("proof.letter_returned", f"company:{company.siren}", actor, now, letter=letter.id)
    db.session.commit()
    return letter


def _held(company_id: int) -> Sequence[ProofLetter]:
    return db.session.scalars(
        select(ProofLetter)
        .join(ProofLetter.application)
        .where(
            Application.company_id == company_id,
            ProofLetter.sent_at.is_(None),
            ProofLetter.ended_at.is_(None),
        )
    ).all()


def _locked(company_id: int, actor: Actor) -> Company:
    """The company, locked, for an administrator who has no part in it."""
    person_id = person_acting(actor)
    if "administrator" not in actor.roles:
        raise Forbidden("sign_up.administrators_only", "Seul un administrateur peut faire cela.")
    company = locked_company(company_id)
    if is_proven(company):
        raise NotFound("sign_up.not_waiting", "Cette inscription n’attend plus rien.")
    own = select(Application.id).where(
        Application.company_id == company_id, Application.person_id == person_id
    )
    if db.session.scalars(own).first() is not None:
        raise Forbidden(
            "sign_up.own",
            "Vous inscrivez vous-même cette entreprise : un autre administrateur doit répondre.",
        )
    return company
