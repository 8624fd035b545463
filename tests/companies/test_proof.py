"""The right to act: what waits for it, how it is shown, and who loses access then."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.accounts.invitations import invite
from bonus.accounts.models import CompanyMember, Person
from bonus.accounts.service import actor_of
from bonus.audit.models import AuditEntry
from bonus.claims.filing import file_claim
from bonus.companies.letters import ask_letter
from bonus.companies.links import linked_to
from bonus.companies.models import Company
from bonus.companies.proof import is_proven, prove_by_siret, require_figures
from bonus.companies.proof_models import Application, ProofLetter
from bonus.companies.service import add_aid, add_link, set_figures
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.mail import MailMessage
from bonus.parts import document_store, service_contact
from bonus.payments.accounts import ask_for_change
from tests.support.bills import bill
from tests.support.signing_up import SIREN, SIRET, begun, newcomer
from tests.support.space import account_input, aid_of
from tests.support.world import NOW, ON, World, draft, party_of

LATER = NOW + timedelta(hours=1)


def any_world_siren(world: World) -> str:
    return db.session.get_one(Company, world.company_id).siren


def dossier_of(world: World, company: Company, person: Person) -> int:
    return draft(world, [bill(buyer=party_of(company))], company_id=company.id, owner=actor_of(person)).id


def test_one_drafts_and_binds_the_company_to_nothing(any_world: World, any_session: Session) -> None:
    anne = newcomer("anne")
    company = begun(anne)
    claim_id = dossier_of(any_world, company, anne)
    set_figures(company.id, 12, 100_00, 100_00, actor_of(anne), NOW)
    with pytest.raises(Refusal) as filing:
        file_claim(claim_id, service_contact(), actor_of(anne), NOW)
    db.session.rollback()
    with pytest.raises(Refusal) as inviting:
        invite(company.id, "ami@entreprise.example", "owner", actor_of(anne), NOW)
    db.session.rollback()
    with pytest.raises(Refusal) as banking:
        ask_for_change(company.id, account_input(), document_store(), actor_of(anne), NOW)
    db.session.rollback()
    with pytest.raises(Refusal) as linking:
        add_link(company.id, "single_undertaking", any_world_siren(any_world), actor_of(anne), NOW)
    db.session.rollback()
    with pytest.raises(Refusal) as declaring:
        add_aid(company.id, aid_of(SIREN), actor_of(anne), NOW, ON)
    db.session.rollback()
    refusals = (filing, inviting, banking, linking, declaring)
    assert {one.value.code for one in refusals} == {"company.not_proven"}
    assert "Prouver votre droit d’agir" in filing.value.sentence

    prove_by_siret(company.id, anne, SIRET, now=NOW)
    assert file_claim(claim_id, service_contact(), actor_of(anne), NOW).number
    assert invite(company.id, "ami@entreprise.example", "owner", actor_of(anne), NOW).id


def test_without_figures_nothing_is_filed(world: World, session: Session) -> None:
    anne = newcomer("anne")
    company = begun(anne)
    claim_id = dossier_of(world, company, anne)
    prove_by_siret(company.id, anne, SIRET, now=NOW)
    with pytest.raises(Refusal) as refusal:
        file_claim(claim_id, service_contact(), actor_of(anne), NOW)
    assert refusal.value.code == "company.no_figures"
    db.session.rollback()
    set_figures(company.id, 0, 0, 0, actor_of(anne), NOW)  # zeros that are declared are figures
    assert file_claim(claim_id, service_contact(), actor_of(anne), NOW).number


def test_a_public_body_needs_none(world: World, session: Session) -> None:
    anne = newcomer("anne")
    company = begun(anne, "910002005")
    assert company.kind == "public_body"
    claim_id = dossier_of(world, company, anne)
    prove_by_siret(company.id, anne, "91000200500015", now=NOW)
    assert file_claim(claim_id, service_contact(), actor_of(anne), NOW).number


def test_those_there_before_are_proven(world: World, session: Session) -> None:
    assert all(is_proven(company) for company in db.session.scalars(select(Company)))


def test_whoever_has_not_proven_is_told_of_nobodys_links(any_world: World, any_session: Session) -> None:
    anne, owner = newcomer("anne"), any_world.owner
    company = begun(anne)
    add_link(any_world.company_id, "single_undertaking", SIREN, owner, NOW)
    add_aid(any_world.company_id, aid_of(any_world_siren(any_world)), owner, NOW, ON)
    assert linked_to(company, "single_undertaking") == []
    prove_by_siret(company.id, anne, SIRET, now=NOW)
    assert linked_to(company, "single_undertaking") == [any_world_siren(any_world)]


def test_an_agent_of_the_state_proves_nothing(world: World, session: Session) -> None:
    company = begun(newcomer("anne"))
    reviewer = db.session.get_one(Person, world.reviewer.person_id)
    with pytest.raises(Refusal) as refusal:
        prove_by_siret(company.id, reviewer, SIRET, now=NOW)
    assert refusal.value.code == "sign_up.agent"


# ---------------------------------------------------------------- by a SIRET


@pytest.mark.parametrize(
    ("siret", "code"),
    [
        ("", "company.wrong_siret"),
        (SIREN, "company.wrong_siret"),
        ("91000000900018", "company.wrong_siret"),
        ("91000100700012", "company.other_siret"),
        ("９１000000900019", "company.wrong_siret"),
    ],
)
def test_a_siret_of_another(any_world: World, any_session: Session, siret: str, code: str) -> None:
    anne = newcomer("anne")
    company = begun(anne)
    with pytest.raises(InvalidInput) as refusal:
        prove_by_siret(company.id, anne, siret, now=NOW)
    assert (refusal.value.code, refusal.value.field) == (code, "siret")
    db.session.rollback()
    assert not is_proven(db.session.get_one(Company, company.id))


def test_of_any_establishment_and_once(any_world: World, any_session: Session) -> None:
    anne = newcomer("anne")
    company = begun(anne)
    other_establishment = f"{SIREN}00027"
    prove_by_siret(company.id, anne, f"910 000 009 {other_establishment[9:]}", now=NOW)
    assert (company.proven_at, company.proven_by) == (NOW, "proconnect")
    prove_by_siret(company.id, anne, SIRET, now=LATER)
    assert db.session.get_one(Company, company.id).proven_at == NOW
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "company.proven")).all()
    assert [entry.facts["siret"] for entry in entries] == [other_establishment]


def test_a_company_proven_is_taken_by_nobody(any_world: World, any_session: Session) -> None:
    anne, bruno = newcomer("anne"), newcomer("bruno")
    company = begun(anne)
    prove_by_siret(company.id, anne, SIRET, now=NOW)
    with pytest.raises(Refusal) as refusal:
        prove_by_siret(company.id, bruno, SIRET, now=LATER)
    assert refusal.value.code == "company.already_proven"
    assert "Anne" not in refusal.value.sentence
    db.session.rollback()
    assert db.session.get_one(Person, bruno.id).memberships == []


def test_a_company_that_is_not_there_and_a_closed_account(any_world: World, any_session: Session) -> None:
    anne = newcomer("anne")
    company = begun(anne)
    with pytest.raises(NotFound):
        prove_by_siret(company.id + 1_000, anne, SIRET, now=NOW)
    anne.active = False
    with pytest.raises(Forbidden):
        prove_by_siret(company.id, anne, SIRET, now=NOW)


# ---------------------------------------------------------------- several who begin


def test_who_proves_is_owner_and_the_others_lose_access_at_once(
    any_world: World, any_session: Session
) -> None:
    anne, bruno, chloe = newcomer("anne"), newcomer("bruno"), newcomer("chloe")
    company = begun(anne)
    assert begun(bruno).id == begun(chloe).id == company.id
    assert (len(anne.memberships), bruno.memberships) == (1, [])
    letter_id = ask_letter(SIREN, actor_of(anne), NOW).id
    prove_by_siret(company.id, bruno, SIRET, now=LATER)
    db.session.expire_all()
    members = db.session.execute(
        select(CompanyMember.person_id, CompanyMember.role).where(CompanyMember.company_id == company.id)
    ).all()
    assert [tuple(one) for one in members] == [(bruno.id, "owner")]
    outcomes = {
        one.person_id: (one.outcome, one.ended_at)
        for one in db.session.scalars(select(Application).where(Application.company_id == company.id))
    }
    assert outcomes == {
        anne.id: ("overtaken", LATER),
        bruno.id: ("proven", LATER),
        chloe.id: ("overtaken", LATER),
    }
    assert db.session.get_one(ProofLetter, letter_id).ended_at == LATER
    mails = db.session.scalars(select(MailMessage).where(MailMessage.key.like("overtaken:%"))).all()
    assert sorted(mail.to for mail in mails) == ["anne@entreprise.example", "chloe@entreprise.example"]
    assert not any("Bruno" in mail.text or company.name in mail.subject for mail in mails)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "company.proven")).one()
    assert sorted(entry.facts["left"]) == sorted([anne.id, chloe.id])


def test_the_figures_of_who_is_let_go_are_given_anew(any_world: World, any_session: Session) -> None:
    anne, bruno = newcomer("anne"), newcomer("bruno")
    company = begun(anne)
    begun(bruno)
    set_figures(company.id, 3, 100_00, 0, actor_of(anne), NOW)
    prove_by_siret(company.id, bruno, SIRET, now=LATER)
    db.session.expire_all()
    assert (company.headcount, company.turnover_cents, company.figures_set_at) == (0, 0, None)
    with pytest.raises(Refusal):
        require_figures(company)


def test_one_s_own_figures_stay(any_world: World, any_session: Session) -> None:
    anne = newcomer("anne")
    company = begun(anne)
    set_figures(company.id, 3, 100_00, 0, actor_of(anne), NOW)
    prove_by_siret(company.id, anne, SIRET, now=LATER)
    db.session.expire_all()
    assert (company.headcount, company.figures_set_at) == (3, NOW)
