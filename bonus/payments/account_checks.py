"""Checking a company's bank account before it is paid on (art. 13): who may answer, and what the answer does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from bonus.accounts.acting import locked_company
from bonus.accounts.models import CompanyMember, Person
from bonus.adapters.store import DocumentStore
from bonus.audit.service import Actor, record
from bonus.companies.identifiers import same_name
from bonus.companies.models import BankAccount, Company
from bonus.errors import Forbidden, InvalidInput, NotFound
from bonus.extensions import db
from bonus.money import NBSP

from .account_words import tell_owners
from .accounts import accounts_of, pending_account, release

MOST_REASON = 1000


def holder_differs(account: BankAccount) -> bool:
    """Whether the holder's name is another than the company's: shown to who checks, never a refusal by itself."""
    return not same_name(account.holder, account.company.name)


def approve(account_id: int, actor: Actor, now: datetime) -> BankAccount:
    """Put an account in force, in the place of the former one, and release what was held.

    Raises NotFound when it waits no more, Forbidden for who asked for it or belongs to the company (art. 13).
    """
    account, company = _locked_for_check(account_id, actor)
    for former in accounts_of(company.id):
        if former.is_in_force:
            former.ended_at = now
    db.session.flush()  # the former one first: there is one in force a company
    account.checked_at, account.checked_by, account.checked_by_id = now, actor.label[:120], actor.person_id
    db.session.flush()
    released = release(company, now)
    tell_owners("approved", account, now)
    record(
        "bank.approved",
        f"company:{company.siren}",
        actor,
        now,
        account=account.id,
        iban_end=account.iban[-4:],
        released=released,
    )
    db.session.commit()
    return account


def refuse(account_id: int, reason: str, actor: Actor, now: datetime) -> BankAccount:
    """Refuse an account, with a reason its owners read: the former one, if any, is paid again.

    Raises InvalidInput without a reason, NotFound when it waits no more, Forbidden (art. 13).
    """
    reason = reason.strip()
    if not 0 < len(reason) <= MOST_REASON:
        raise InvalidInput(
            "bank.reason",
            f"Écrivez pourquoi, en 1{NBSP}000 caractères au plus{NBSP}: l’entreprise lira cette phrase.",
            field="reason",
        )
    account, company = _locked_for_check(account_id, actor)
    account.ended_at, account.refused_reason = now, reason
    account.checked_by_id = actor.person_id
    db.session.flush()
    released = release(company, now)
    tell_owners("refused", account, now)
    record(
        "bank.refused",
        f"company:{company.siren}",
        actor,
        now,
        account=account.id,
        reasons=reason,
        released=released,
    )
    db.session.commit()
    return account


def pending_accounts() -> Sequence[BankAccount]:
    """Those that wait to be checked, the oldest first."""
    return db.session.scalars(
        select(BankAccount)
        .where(BankAccount.ended_at.is_(None), BankAccount.checked_at.is_(None))
        .options(joinedload(BankAccount.company))
        .order_by(BankAccount.created_at, BankAccount.id)
    ).all()


def requester_of(account: BankAccount) -> Person | None:
    """Who asked for it; None for an account entered before people asked here."""
    return db.session.get(Person, account.requested_by_id) if account.requested_by_id else None


def may_check(account: BankAccount, actor: Actor) -> bool:
    """Whether someone may answer on this account: not who asked for it, nor anyone of the company (art. 13)."""
    return account.id in checkable([account], actor)


def checkable(accounts: Iterable[BankAccount], actor: Actor) -> set[int]:
    """The ids of those of these accounts that someone may answer on (``may_check``): one query for all."""
    member = select(CompanyMember.company_id).where(CompanyMember.person_id == actor.person_id)
    own = set(db.session.scalars(member))
    return {
        one.id for one in accounts if one.requested_by_id != actor.person_id and one.company_id not in own
    }


def proof_read(account: BankAccount, store: DocumentStore, actor: Actor, now: datetime) -> bytes:
    """The proof of an account, with the trace of who took it. Raises NotFound when it has none."""
    if account.proof_stored_as is None:
        raise NotFound("bank.no_proof", "Ce compte n’a pas de justificatif.")
    content = store.read(account.proof_stored_as)
    record("bank.proof_read", f"company:{account.company.siren}", actor, now, sha256=account.proof_sha256)
    db.session.commit()
    return content


def _locked_for_check(account_id: int, actor: Actor) -> tuple[BankAccount, Company]:
    """The account that waits, and its company, locked, for an agent who may answer."""
    found = db.session.get(BankAccount, account_id)
    if found is None:
        raise NotFound("bank.not_pending", "Ce compte n’attend plus d’être vérifié.")
    company = locked_company(found.company_id)
    account = pending_account(account_id, company.id)
    if "accounting_officer" not in actor.roles:
        raise Forbidden("bank.officers_only", "Seul un agent comptable vérifie un compte bancaire.")
    if not may_check(account, actor):
        raise Forbidden(
            "bank.own_request",
            f"Qui demande un changement de compte, ou appartient à l’entreprise, ne le vérifie pas{NBSP}: un autre "
            "agent comptable doit répondre (art. 13).",
        )
    return account, company
