"""A company that has used its space: a link, an aid, invitations, an account that waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from bonus.accounts.invitations import invite
from bonus.accounts.models import CompanyMember
from bonus.companies.models import Company
from bonus.companies.service import AidInput, add_aid, add_link
from bonus.extensions import db
from bonus.mail import MailMessage
from bonus.parts import document_store
from bonus.payments.accounts import AccountInput, Proof, ask_for_change

from .papers import PLAIN
from .world import NOW, ON, World

IBAN = "FR7630006000011234567890189"
"""A French account with its RIB key, and nobody's."""
PDF = PLAIN
STRANGER = "732829320"


@dataclass(frozen=True)
class Space:
    """What there is, by id; ``secret`` opens an invitation that nobody answers, ``invitation`` is another."""

    link: int
    aid: int
    invitation: int
    secret: str
    owner: int
    account: int


def aid_of(
    siren: str, cents: int = 10_000_00, granted_on: date = date(2025, 3, 1), recipient: str | None = None
) -> AidInput:
    """An aid as an owner declares it."""
    return AidInput(cents, granted_on, "Région Bretagne", "grant", recipient or siren)


def account_input(
    iban: str = IBAN, holder: str = "Atelier Fictif SAS", bic: str = "", content: bytes = PDF
) -> AccountInput:
    """An account as an owner types it."""
    return AccountInput(holder, iban, bic, Proof("rib.pdf", content))


def secret_of(email: str) -> str:
    """The secret of the last invitation to an address, as long as its mail has not left."""
    found = db.session.scalars(
        select(MailMessage.secret)
        .where(MailMessage.to == email, MailMessage.key.like("invitation:%"))
        .order_by(MailMessage.id.desc())
        .limit(1)
    ).one()
    assert found is not None
    return found


def furnish_space(world: World, *, aid_used: bool = True) -> Space:
    """Use the company's space, in the application context that is pushed. With ``aid_used`` the aid changes no more."""
    company_id, owner = world.company_id, world.owner
    siren = db.session.get_one(Company, company_id).siren
    link = add_link(company_id, "single_undertaking", STRANGER, owner, NOW).id
    aid = add_aid(company_id, aid_of(siren), owner, NOW, ON)
    if aid_used:
        aid.used_at = NOW
    aid_id = aid.id
    invitation = invite(company_id, "relance@entreprise.example", "filer", owner, NOW).id
    invite(company_id, "nouvelle@entreprise.example", "reader", owner, NOW)
    account = ask_for_change(
        company_id, account_input(holder="Holding Fictive"), document_store(), owner, NOW
    ).id
    own = db.session.scalars(
        select(CompanyMember.id).where(
            CompanyMember.company_id == company_id, CompanyMember.person_id == owner.person_id
        )
    ).one()
    space = Space(link, aid_id, invitation, secret_of("nouvelle@entreprise.example"), own, account)
    db.session.commit()
    return space


def space_addresses(space: Space) -> dict[str, dict[str, Any]]:
    """Where the pages about the company itself are."""
    named: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
        "company.": ({"link_id": space.link}, ("link_removal",)),
        "company.aid": ({"aid_id": space.aid}, ("", "_removal")),
        "company.invitation_": ({"invitation_id": space.invitation}, ("again", "cancelling")),
        "company.member": ({"member_id": space.owner}, ("", "_removal")),
        "company.bank_": ({"account_id": space.account}, ("giving_up", "proof")),
        "agent.account": ({"account_id": space.account}, ("", "_proof", "_approval", "_refusal")),
    }
    found = {f"{start}{end}": values for start, (values, ends) in named.items() for end in ends}
    return found | {"company.new_link": {"kind": "group"}, "public.invitation": {"secret": space.secret}}


def space_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """The pages about the company itself, and where its account is checked."""
    with world.app.app_context():
        space = furnish_space(world, aid_used=False)
    owner, root = world.owner.email, "/entreprise"
    addresses = {
        name: f"{root}/{path}"
        for name, path in {
            "establishment": "etablissement",
            "figures": "etablissement/taille",
            "new aid": "etablissement/aides/nouvelle",
            "aid": f"etablissement/aides/{space.aid}",
            "team": "equipe",
            "new invitation": "equipe/invitation",
            "member": f"equipe/{space.owner}",
            "bank": "banque",
            "bank change": "banque/changement",
            "choice of a company": "choisir",
        }.items()
    }
    return {
        **{name: (owner, address) for name, address in addresses.items()},
        "establishment, first visit": (world.neighbour_owner.email, f"{root}/etablissement"),
        "bank, first visit": (world.neighbour_owner.email, f"{root}/banque"),
        "invitation": (None, f"/invitation/{space.secret}"),
        "invitation for another": (owner, f"/invitation/{space.secret}"),
        "accounts": (world.accounting_officer.email, "/agent/comptes"),
        "account": (world.accounting_officer.email, f"/agent/comptes/{space.account}"),
    }
