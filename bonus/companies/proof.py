"""The right to act for a company (art. 2): until someone has shown it, its people draft and bind it to nothing.

What binds: filing a dossier, inviting people, giving a bank account, declaring links and aids (they count for others).
Who shows it first, by a letter to the registered address or by ProConnect, is its owner; whoever had begun without
showing it loses access in the same transaction.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from bonus.accounts.acting import locked_company
from bonus.accounts.models import CompanyMember, Person
from bonus.accounts.service import actor_of
from bonus.adapters.einvoice.party import siret_is_valid
from bonus.audit.service import record
from bonus.errors import Forbidden, InvalidInput, Refusal
from bonus.extensions import db
from bonus.mail import post_mail
from bonus.money import NBSP

from .models import Company
from .proof_models import Application, ProofLetter
from .sign_up_words import overtaken

NOT_PROVEN = (
    "Montrez d’abord que vous pouvez agir pour cette entreprise (avec le code reçu par courrier, ou avec ProConnect)"
    f"{NBSP}: ouvrez la page «{NBSP}Prouver votre droit d’agir{NBSP}» de votre espace. D’ici là, vous préparez vos "
    "dossiers sans les déposer."
)
ALREADY_PROVEN = (
    f"Cette entreprise a déjà un espace{NBSP}: demandez une invitation à son responsable. S’il n’y en a plus, "
    "écrivez-nous."
)


def is_proven(company: Company) -> bool:
    """Whether someone has shown that they may act for the company."""
    return company.proven_at is not None


def require_proven(company: Company) -> None:
    """For an act that binds the company. Raises Refusal (``company.not_proven``), which says what to do."""
    if not is_proven(company):
        raise Refusal("company.not_proven", NOT_PROVEN)


def require_figures(company: Company) -> None:
    """For what rests on the company's size (art. 3). Raises Refusal as long as its figures were not given; those of a
    public body do not count."""
    if company.kind == "enterprise" and company.figures_set_at is None:
        raise Refusal(
            "company.no_figures",
            "Indiquez d’abord l’effectif, le chiffre d’affaires et le total de bilan de votre entreprise, à la page "
            f"«{NBSP}Mon entreprise{NBSP}»{NBSP}: le taux du bonus en dépend (art. 3).",
        )


def require_no_agent(person: Person) -> None:
    """Raises Refusal for an account of the State: who examines and pays acts for no company (art. 12)."""
    if person.agent_roles:
        raise Refusal(
            "sign_up.agent",
            "Un compte d’agent de l’État n’agit pas pour une entreprise (art. 12)"
            f"{NBSP}: inscrivez-la avec une autre adresse électronique.",
        )


def prove_by_siret(company_id: int, person: Person, siret: str, *, now: datetime) -> Company:
    """Take as shown what an identity provider says: this person works in the establishment ``siret``.

    One who acts for a company proven already finds it as it is. Raises InvalidInput when the SIRET is not one of
    the company's SIREN, Refusal when it is proven and another's, Forbidden for a closed account, NotFound.
    """
    number = "".join(siret.split())
    if not siret_is_valid(number):
        raise InvalidInput(
            "company.wrong_siret", "Ce numéro n’est pas un SIRET (14 chiffres).", field="siret"
        )
    company = locked_company(company_id)
    if number[:9] != company.siren:
        raise InvalidInput(
            "company.other_siret",
            f"Le SIRET transmis n’est pas celui d’un établissement de cette entreprise{NBSP}: choisissez la bonne "
            "organisation dans ProConnect, ou demandez un courrier.",
            field="siret",
        )
    if is_proven(company) and _membership(company.id, person.id) is not None:
        db.session.rollback()
        return db.session.get_one(Company, company_id)
    mark_proven(company, person, "proconnect", now)
    record(
        "company.proven",
        f"company:{company.siren}",
        actor_of(person),
        now,
        by="proconnect",
        siret=number,
        left=left_by(company.id, now),
    )
    db.session.commit()
    return company


def mark_proven(company: Company, person: Person, how: str, now: datetime) -> None:
    """Note, in the caller's transaction, who showed it and how (a code of PROOFS): the one owner from now on.

    The caller holds the company's lock and writes the audit entry. Raises Refusal when it is proven already, Forbidden
    for a closed account.
    """
    if is_proven(company):
        raise Refusal("company.already_proven", ALREADY_PROVEN)
    if not person.active:
        raise Forbidden("account.closed", "Ce compte est fermé.")
    require_no_agent(person)
    company.proven_at, company.proven_by = now, how
    own = _membership(company.id, person.id)
    if own is None:
        person.memberships.append(CompanyMember(company_id=company.id, role="owner"))
    else:
        own.role = "owner"
    application = _application(company.id, person.id, now)
    application.ended_at, application.outcome = now, "proven"
    for letter in application.letters:
        if letter.used_at is None and letter.ended_at is None:
            letter.ended_at = now
    _let_go(company, person, now)
    db.session.flush()


def _let_go(company: Company, person: Person, now: datetime) -> None:
    """Whoever else had begun: no access any more, no letter that serves, and a mail that says so.

    The figures that one of them gave decide the rate of the bonus (art. 3): the owner gives them anew.
    """
    for member in db.session.scalars(
        select(CompanyMember).where(
            CompanyMember.company_id == company.id, CompanyMember.person_id != person.id
        )
    ).all():
        db.session.delete(member)
        company.headcount = company.turnover_cents = company.balance_sheet_cents = 0
        company.figures_set_at = None
    for other in db.session.scalars(
        select(Application).where(
            Application.company_id == company.id,
            Application.person_id != person.id,
            Application.ended_at.is_(None),
        )
    ).all():
        other.ended_at, other.outcome = now, "overtaken"
        for letter in running_letters(other.id):
            letter.ended_at = now
        post_mail(overtaken(company, other), now)


def running_letters(application_id: int) -> list[ProofLetter]:
    """The letters of one person that were neither used nor ended: one at most, out of date or not."""
    return list(
        db.session.scalars(
            select(ProofLetter).where(
                ProofLetter.application_id == application_id,
                ProofLetter.used_at.is_(None),
                ProofLetter.ended_at.is_(None),
            )
        )
    )


def left_by(company_id: int, now: datetime) -> list[int]:
    """Who lost access at this moment, by id: for the audit entry of the proof."""
    return list(
        db.session.scalars(
            select(Application.person_id).where(
                Application.company_id == company_id,
                Application.outcome == "overtaken",
                Application.ended_at == now,
            )
        )
    )


def _membership(company_id: int, person_id: int) -> CompanyMember | None:
    return db.session.scalars(
        select(CompanyMember).where(
            CompanyMember.company_id == company_id, CompanyMember.person_id == person_id
        )
    ).one_or_none()


def _application(company_id: int, person_id: int, now: datetime) -> Application:
    """The one this person began, or one begun now: ProConnect may come before any sign-up."""
    found = db.session.scalars(
        select(Application).where(Application.company_id == company_id, Application.person_id == person_id)
    ).one_or_none()
    if found is None:
        found = Application(company_id=company_id, person_id=person_id, created_at=now)
        db.session.add(found)
        db.session.flush()
    return found
