"""What the owners of a company are written when its bank account changes: a stranger's change is seen at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from bonus.accounts.models import CompanyMember, Person
from bonus.companies.models import BankAccount
from bonus.extensions import db
from bonus.mail import NewMail, post_mails
from bonus.parts import public_url
from bonus.regulation.wording import french

_SUBJECTS = {
    "asked": "Bonus Souveraineté : un changement de compte bancaire est demandé",
    "approved": "Bonus Souveraineté : un compte bancaire est vérifié",
    "refused": "Bonus Souveraineté : un compte bancaire est refusé",
}
_TEXTS = {
    "asked": "Un responsable de l’entreprise {name} a demandé que ses bonus soient versés sur un autre compte, qui "
    "finit par {end}. Aucun versement ne part tant qu’un agent ne l’a pas vérifié (art. 13). Cette demande ne vient "
    "pas de vous ? Retirez-la sans attendre, et prévenez-nous.",
    "approved": "Le compte bancaire de l’entreprise {name} qui finit par {end} est vérifié. Les bonus y sont versés "
    "désormais, ceux qui attendaient aussi.",
    "refused": "Le compte bancaire de l’entreprise {name} qui finit par {end} n’a pas été accepté. La raison est dans "
    "votre espace. Les versements reprennent sur l’ancien compte, s’il y en avait un.",
}


def tell_owners(event: str, account: BankAccount, now: datetime) -> None:
    """Write to every owner, in the caller's transaction. ``event``: asked, approved or refused."""
    name = account.company.name
    owners = db.session.execute(
        select(Person.id, Person.email)
        .join(CompanyMember, CompanyMember.person_id == Person.id)
        .where(
            CompanyMember.company_id == account.company_id,
            CompanyMember.role == "owner",
            Person.active.is_(True),
        )
        .order_by(Person.id)
    ).all()
    said = _TEXTS[event].format(name=name, end=account.iban[-4:])
    text = french(f"Bonjour,\n\n{said}\n\nVoyez-le ici : {public_url()}/entreprise/banque")
    why = french(f"Vous recevez ce message parce que vous êtes responsable de l’entreprise {name}.")
    post_mails(
        [
            NewMail(f"bank:{event}:{account.id}:{person}", email, french(_SUBJECTS[event]), text, why)
            for person, email in owners
        ],
        now,
    )
