"""The account a company is paid on (art. 13): asked for by an owner, checked by an agent, never by the same person.

While a change waits to be checked, nothing is paid to the company: its orders are held, and released by the answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bonus import outbox
from bonus.accounts.acting import locked_as_owner
from bonus.adapters.bank_details import bic_problem, iban_problem
from bonus.adapters.document_kind import check_document
from bonus.adapters.store import DocumentStore
from bonus.audit.service import SERVICE, Actor, record
from bonus.claims.models import Claim, Decision
from bonus.claims.risks import FLAG_ACCOUNT
from bonus.companies.models import BankAccount, Company
from bonus.companies.proof import require_proven
from bonus.errors import InvalidInput, NotFound
from bonus.extensions import db

from .account_words import tell_owners
from .holds import free, hold, reopen
from .models import PaymentOrder
from .order_status import PAYABLE, REFUSED_BY_BANK

NO_ACCOUNT, CHANGE_PENDING = "no_account", "iban_change"
"""Why there is no account to pay on for now: reasons of ``HOLD_REASONS``."""
UNSENT = (*PAYABLE, "held", "in_batch")
REFUSED = "account_refused"
MOST_HOLDER = 140
MOST_PROOF_BYTES = 5_000_000


@dataclass(frozen=True)
class Proof:
    """A file sent to show whose account it is, under the name it had."""

    name: str
    content: bytes


@dataclass(frozen=True)
class AccountInput:
    """An account as typed: spaces and case do not count in ``iban`` and ``bic``; an empty BIC is none."""

    holder: str
    iban: str
    bic: str
    proof: Proof


def payable_account(company: Company) -> tuple[BankAccount | None, str | None]:
    """The account to pay a company on, or why there is none for now (a reason of ``HOLD_REASONS``)."""
    accounts = accounts_of(company.id)
    checked = next((account for account in accounts if account.is_in_force), None)
    if checked is None:
        return None, NO_ACCOUNT
    if any(account.is_pending for account in accounts):
        return None, CHANGE_PENDING
    return checked, None


def ask_for_change(
    company_id: int, given: AccountInput, store: DocumentStore, actor: Actor, now: datetime
) -> BankAccount:
    """Ask to be paid on another account, or on a first one. It takes the place of a change that waits.

    Raises InvalidInput (IBAN, BIC, holder, proof), Forbidden, Refusal for a company not proven.
    """
    iban = "".join(given.iban.split()).upper()
    bic = "".join(given.bic.split()).upper() or None
    kind = _check(given, iban, bic or "")
    company = locked_as_owner(company_id, actor)
    require_proven(company)
    accounts = accounts_of(company_id)
    if any(account.is_in_force and (account.iban, account.bic) == (iban, bic) for account in accounts):
        raise InvalidInput("bank.same", "C’est déjà le compte sur lequel vous êtes payé.", field="iban")
    for former in accounts:
        if former.is_pending:
            former.ended_at = now
    db.session.flush()
    sha256 = hashlib.sha256(given.proof.content).hexdigest()
    account = BankAccount(
        company_id=company_id,
        holder=" ".join(given.holder.split()),
        iban=iban,
        bic=bic,
        created_at=now,
        requested_by_id=actor.person_id,
        proof_name=_file_name(given.proof.name),
        proof_media_type=kind,
        proof_size=len(given.proof.content),
        proof_sha256=sha256,
        proof_stored_as=_kept(given.proof, store),
    )
    db.session.add(account)
    # One in a batch that is not sent yet keeps that batch from leaving.
    unsent = _orders(company_id, UNSENT)
    waiting = {
        hold.order_id for order in unsent for hold in order.standing_holds if hold.reason == NO_ACCOUNT
    }
    held = hold([order for order in unsent if order.id not in waiting], CHANGE_PENDING, SERVICE, now)
    db.session.flush()
    outbox.post(FLAG_ACCOUNT, account.id, now)
    tell_owners("asked", account, now)
    record(
        "bank.change_asked",
        f"company:{company.siren}",
        actor,
        now,
        account=account.id,
        iban_end=iban[-4:],
        proof_sha256=sha256,
        held=[order.number for order in held],
    )
    db.session.commit()
    return account


def give_up_change(company_id: int, account_id: int, actor: Actor, now: datetime) -> None:
    """Take back a change that waits: payments go on, on the former account. Raises NotFound, Forbidden."""
    company = locked_as_owner(company_id, actor)
    account = pending_account(account_id, company_id)
    account.ended_at = now
    db.session.flush()
    released = release(company, now)
    record(
        "bank.change_given_up",
        f"company:{company.siren}",
        actor,
        now,
        account=account.id,
        released=released,
    )
    db.session.commit()


def _check(given: AccountInput, iban: str, bic: str) -> str:
    holder = " ".join(given.holder.split())
    too_long = f"Indiquez le titulaire du compte, en {MOST_HOLDER} caractères au plus."
    problems = {
        "holder": None if 0 < len(holder) <= MOST_HOLDER else too_long,
        "iban": iban_problem(iban),
        "bic": bic_problem(bic),
    }
    for field, sentence in problems.items():
        if sentence is not None:
            raise InvalidInput(f"bank.{field}", sentence, field=field)
    with _at_the_proof():
        return check_document(given.proof.content, MOST_PROOF_BYTES)


def _kept(proof: Proof, store: DocumentStore) -> str:
    with _at_the_proof():
        return store.save(proof.content)


@contextmanager
def _at_the_proof() -> Iterator[None]:
    """What is wrong with the file is said at its field."""
    try:
        yield
    except InvalidInput as refusal:
        raise InvalidInput("bank.proof", refusal.sentence, field="proof") from refusal


def _file_name(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1][:255] or "justificatif"


def accounts_of(company_id: int) -> Sequence[BankAccount]:
    """Every account of a company, the oldest first."""
    return db.session.scalars(
        select(BankAccount)
        .where(BankAccount.company_id == company_id)
        .order_by(BankAccount.id)
        .execution_options(populate_existing=True)
    ).all()


def _orders(company_id: int, statuses: Collection[str]) -> list[PaymentOrder]:
    """The company's orders of these statuses, locked."""
    return list(
        db.session.scalars(
            select(PaymentOrder)
            .join(Decision, PaymentOrder.decision_id == Decision.id)
            .join(Claim, Decision.claim_id == Claim.id)
            .where(Claim.company_id == company_id, PaymentOrder.status.in_(statuses))
            .order_by(PaymentOrder.id)
            .with_for_update(of=PaymentOrder)
            .execution_options(populate_existing=True)
        )
    )


def release(company: Company, now: datetime) -> list[str]:
    """Have what was held for want of an account paid on the one in force, if there is one: the orders' numbers. What
    the bank refused is to pay again when that account is another than the one it refused."""
    account, reason = payable_account(company)
    released = []
    for order in _orders(company.id, (*UNSENT, *REFUSED_BY_BANK)):
        standing = {hold.reason for hold in order.standing_holds}
        refused = account is not None and order.iban != account.iban
        ended = standing & {NO_ACCOUNT, CHANGE_PENDING} | ({REFUSED} & standing if refused else set())
        if account is None:
            _wait_for_account(order, standing, str(reason), now)
            continue
        if not ended and not (order.iban is None and order.status == "held"):
            continue
        pay_on(order, account)
        freed = [one for why in sorted(ended) for one in free([order], why, SERVICE, now)]
        if order.status in REFUSED_BY_BANK and REFUSED in ended and not order.standing_holds:
            reopen(order, SERVICE, now, REFUSED)
            freed = [order]
        if freed:
            released.append(order.number)
    return released


def pay_on(order: PaymentOrder, account: BankAccount) -> None:
    """Have a locked order that is not sent paid on an account."""
    order.payee, order.iban, order.bic = account.holder, account.iban, account.bic


def _wait_for_account(order: PaymentOrder, standing: set[str], reason: str, now: datetime) -> None:
    """Of what waits for an account, the reason is today's."""
    former = standing & {NO_ACCOUNT, CHANGE_PENDING}
    if not former:
        return
    hold([order], reason, SERVICE, now)
    for other in former - {reason}:
        free([order], other, SERVICE, now)


def pending_account(account_id: int, company_id: int) -> BankAccount:
    """A company's account that waits to be checked. Raises NotFound."""
    account = next((one for one in accounts_of(company_id) if one.id == account_id and one.is_pending), None)
    if account is None:
        raise NotFound("bank.not_pending", "Ce compte n’attend plus d’être vérifié.")
    return account
