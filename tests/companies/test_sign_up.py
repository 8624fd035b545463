"""Signing up: the SIREN, the address proven by a link, and the company begun, by one or by several."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bonus.accounts.models import CompanyMember, Person
from bonus.companies.models import Company
from bonus.companies.proof import prove_by_siret
from bonus.companies.proof_models import Application, SignUp
from bonus.companies.sign_up import (
    KEPT,
    LASTS,
    MOST_A_DAY,
    MOST_OPEN,
    ask_account,
    begin_company,
    declared_identity,
    finish,
    read_siren,
    sign_up_of,
)
from bonus.demo.cast import PASSWORD
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.mail import MailMessage
from tests.support.signing_up import SIREN, SIRET, UNKNOWN, begun, identity, link_sent_to, newcomer
from tests.support.world import NOW, World

EMAIL = "lea@entreprise.example"


def asked(email: str = EMAIL, siren: str = SIREN, name: str = "Léa Dupont") -> None:
    ask_account(identity(siren), "directory", name, email, None, NOW)


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


# ---------------------------------------------------------------- the SIREN


@pytest.mark.parametrize(
    "typed", [SIREN, "910 000 009", "910\u00a0000\u202f009", " 910.000.009 ", "910-000-009"]
)
def test_a_siren_with_or_without_spaces(typed: str) -> None:
    assert read_siren(typed) == (SIREN, False)


def test_a_siret_is_cut(now: object) -> None:
    assert read_siren(f"{SIREN} 00019") == (SIREN, True)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "910000008",
        "91000000900018",
        "000000000",
        "00000000000000",
        "FR12910000009",
        "９１００００００９",
        "9100000090",
    ],
)
def test_no_siren(typed: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_siren(typed)
    assert (refusal.value.code, refusal.value.field) == ("sign_up.wrong_siren", "siren")


def test_an_identity_typed() -> None:
    found = declared_identity(UNKNOWN, "  Société   Neuve ", "3 rue Neuve", " 75011 ", "Paris", "6201z")
    assert (found.name, found.postcode, found.naf, found.complete) == (
        "Société Neuve",
        "75011",
        "62.01Z",
        True,
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "x" * 201),
        ("street", ""),
        ("postcode", "7501"),
        ("postcode", "７５０１１"),
        ("town", ""),
        ("town", "x" * 101),
        ("naf", "62"),
        ("naf", ""),
    ],
)
def test_an_identity_typed_wrong(field: str, value: str) -> None:
    good = {"name": "N", "street": "3 rue", "postcode": "75011", "town": "Paris", "naf": "62.01Z"}
    with pytest.raises(InvalidInput) as refusal:
        declared_identity(UNKNOWN, **good | {field: value})
    assert refusal.value.field == field


# ---------------------------------------------------------------- the address


def test_from_a_link_to_a_space_in_draft(any_world: World, any_session: Session) -> None:
    asked()
    assert db.session.scalars(select(Person).where(Person.email == EMAIL)).first() is None
    assert db.session.scalars(select(Company).where(Company.siren == SIREN)).first() is None
    secret = link_sent_to(EMAIL)
    mail = db.session.scalars(select(MailMessage).where(MailMessage.to == EMAIL)).one()
    assert secret not in mail.text
    assert SIREN not in mail.subject
    person, company = finish(secret, PASSWORD, "192.0.2.1", NOW + timedelta(hours=1))
    assert (person.email, person.name) == (EMAIL, "Léa Dupont")
    assert (company.siren, company.name, company.identity_source) == (
        SIREN,
        "Imprimerie du Pont Fictif",
        "directory",
    )
    assert (company.proven_at, company.figures_set_at) == (None, None)
    assert [(one.company_id, one.role) for one in person.memberships] == [(company.id, "owner")]
    with pytest.raises(Refusal) as refusal:
        finish(secret, PASSWORD, None, NOW + timedelta(hours=2))
    assert refusal.value.code == "sign_up.used"


def test_a_link_expires(world: World, session: Session) -> None:
    asked()
    secret = link_sent_to(EMAIL)
    assert sign_up_of(secret, NOW + LASTS - timedelta(seconds=1)).email == EMAIL
    with pytest.raises(Refusal) as refusal:
        sign_up_of(secret, NOW + LASTS)
    assert refusal.value.code == "sign_up.expired"
    with pytest.raises(NotFound):
        sign_up_of("nothing", NOW)


def test_an_address_with_an_account_is_told_by_mail_alone(any_world: World, any_session: Session) -> None:
    newcomer("anne")
    asked("ANNE@entreprise.example ")
    mail = db.session.scalars(select(MailMessage).where(MailMessage.to == "anne@entreprise.example")).one()
    assert "Vous avez déjà un compte" in mail.text
    assert mail.secret is None
    assert "/inscription/lien/" not in mail.text
    assert db.session.scalars(select(SignUp.taken)).one() is True


def test_an_account_opened_meanwhile(world: World, session: Session) -> None:
    asked()
    secret = link_sent_to(EMAIL)
    newcomer("lea")
    with pytest.raises(Refusal) as refusal:
        finish(secret, PASSWORD, None, NOW)
    assert refusal.value.code == "sign_up.account_exists"


def test_a_short_password_leaves_the_link(world: World, session: Session) -> None:
    asked()
    secret = link_sent_to(EMAIL)
    with pytest.raises(InvalidInput) as refusal:
        finish(secret, "court", None, NOW)
    assert refusal.value.field == "password"
    db.session.rollback()
    assert finish(secret, PASSWORD, None, NOW)[0].email == EMAIL


def test_few_mails_a_day(world: World, session: Session) -> None:
    for _ in range(MOST_A_DAY):
        asked()
    with pytest.raises(InvalidInput) as refusal:
        asked()
    assert refusal.value.code == "sign_up.too_many_mails"
    db.session.rollback()
    asked("autre@entreprise.example")
    ask_account(identity(), "directory", "Léa", EMAIL, None, NOW + timedelta(days=1, seconds=1))


def test_what_was_not_finished_is_forgotten(world: World, session: Session) -> None:
    asked()
    ask_account(identity(), "directory", "X", "x@entreprise.example", None, NOW + KEPT)
    assert count(SignUp) == 2
    ask_account(identity(), "directory", "X", "y@entreprise.example", None, NOW + KEPT + timedelta(seconds=1))
    assert sorted(db.session.scalars(select(SignUp.email))) == [
        "x@entreprise.example",
        "y@entreprise.example",
    ]


@pytest.mark.parametrize(
    ("name", "email", "field"),
    [(" ", EMAIL, "name"), ("x" * 121, EMAIL, "name"), ("L", "lea", "email"), ("L", "a@b\nc.fr", "email")],
)
def test_who_is_nobody(world: World, session: Session, name: str, email: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        asked(email, name=name)
    assert refusal.value.field == field
    assert count(SignUp) == 0


# ---------------------------------------------------------------- the company


def test_a_closed_company_has_no_space(world: World, session: Session) -> None:
    with pytest.raises(Refusal) as refusal:
        asked(siren="910003003")
    assert refusal.value.code == "sign_up.closed"
    assert "30 juin 2025" in refusal.value.sentence


def test_a_second_person_sees_nothing_of_the_first(any_world: World, any_session: Session) -> None:
    anne, bruno = newcomer("anne"), newcomer("bruno")
    company = begun(anne)
    before = company.name
    other = begin_company(bruno, replace(identity(), name="Autre nom"), "declared", None, NOW)
    assert (other.id, other.name, other.identity_source) == (company.id, before, "directory")
    assert bruno.memberships == []
    assert "company" in db.session.get_one(Person, bruno.id, populate_existing=True).roles
    begun(bruno)
    assert count(Application) == 2


def test_begun_twice_by_one_it_is_the_same(world: World, session: Session) -> None:
    anne = newcomer("anne")
    assert begun(anne).id == begun(anne).id
    assert (count(Application), len(anne.memberships)) == (1, 1)


def test_a_company_proven_asks_for_an_invitation(any_world: World, any_session: Session) -> None:
    anne, bruno = newcomer("anne"), newcomer("bruno")
    asked()
    secret = link_sent_to(EMAIL)
    prove_by_siret(begun(anne).id, anne, SIRET, now=NOW)
    for act in (lambda: begun(bruno), asked, lambda: finish(secret, PASSWORD, None, NOW)):
        with pytest.raises(Refusal) as refusal:
            act()
        assert refusal.value.code == "company.already_proven"
        assert "invitation" in refusal.value.sentence
        db.session.rollback()
    assert db.session.scalars(select(Person).where(Person.email == EMAIL)).first() is None
    assert begun(anne).id  # its own owner finds it


def test_nobody_takes_the_directory_for_themselves(world: World, session: Session) -> None:
    anne = newcomer("anne")
    for rank in range(MOST_OPEN):
        company = Company(
            siren=f"9200000{rank:02d}",
            name="X",
            naf="",
            headcount=0,
            turnover_cents=0,
            balance_sheet_cents=0,
            created_at=NOW,
        )
        db.session.add(company)
        db.session.flush()
        db.session.add(Application(company_id=company.id, person_id=anne.id, created_at=NOW))
    db.session.commit()
    with pytest.raises(Refusal) as refusal:
        begun(anne)
    assert refusal.value.code == "sign_up.too_many"


def test_an_agent_of_the_state_acts_for_no_company(world: World, session: Session) -> None:
    reviewer = db.session.get_one(Person, world.reviewer.person_id)
    with pytest.raises(Refusal) as refusal:
        begun(reviewer)
    assert refusal.value.code == "sign_up.agent"
    assert count(Application) == 0


def test_one_owner_alone_of_a_company_begun(world: World, session: Session) -> None:
    company = begun(newcomer("anne"))
    begun(newcomer("bruno"))
    roles = db.session.scalars(select(CompanyMember.role).where(CompanyMember.company_id == company.id)).all()
    assert roles == ["owner"]
