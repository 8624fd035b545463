"""Accepting an invitation with an account that ProConnect opens."""

from __future__ import annotations

from sqlalchemy import select

from bonus.accounts.invitations import invite
from bonus.accounts.models import CompanyMember, Person
from bonus.extensions import db
from bonus.mail import MailMessage
from tests.web.proconnect.passage import SIRET, START, Passage
from tests.web.visitor import document, words

INVITED = "camille.durand@exemple.fr"


def link(passage: Passage) -> str:
    """The address that the invitation's mail gives."""
    with passage.world.app.app_context():
        invite(
            passage.world.company_id,
            INVITED,
            "filer",
            passage.world.owner,
            passage.world.app.config["CLOCK"](),
        )
        secret = db.session.scalars(select(MailMessage.secret).where(MailMessage.to == INVITED)).one()
        db.session.rollback()
    assert secret is not None
    return f"/invitation/{secret}"


def test_whom_proconnect_identifies_at_the_invited_address_joins(passage: Passage) -> None:
    address = link(passage)
    (button,) = document(passage.visitor.get(address)).xpath('//a[contains(@class, "fr-connect")]/@href')
    assert button == f"{START}?suite={address}"
    passage.oidc.person("s-1", INVITED, siret=SIRET)
    assert passage.sign_in(INVITED, button).headers["Location"] == address
    assert passage.visitor.post(address).headers["Location"] == "/entreprise"
    with passage.world.app.app_context():
        role = db.session.scalars(
            select(CompanyMember.role).join(CompanyMember.person).where(Person.email == INVITED)
        ).one()
    assert role == "filer"


def test_another_address_does_not_join(passage: Passage) -> None:
    address = link(passage)
    passage.oidc.person("s-1", "autre@exemple.fr", siret=SIRET)
    assert passage.sign_in("autre@exemple.fr", f"{START}?suite={address}").headers["Location"] == address
    assert "Cette invitation est pour une autre adresse" in words(passage.visitor.get(address))
    assert passage.visitor.post(address).status_code == 409
