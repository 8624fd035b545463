"""A company's bank account (art. 13): checked before it is paid on, by someone else, and payments wait meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from stdnum.iso7064 import mod_97_10

from bonus.accounts.models import CompanyMember, Person
from bonus.accounts.service import actor_of, add_person
from bonus.audit.models import AuditEntry
from bonus.audit.service import Actor
from bonus.companies.models import BankAccount, Company
from bonus.demo.cast import PASSWORD
from bonus.errors import Forbidden, InvalidInput, NotFound
from bonus.extensions import db
from bonus.mail import MailMessage
from bonus.parts import document_store
from bonus.payments.account_checks import (
    approve,
    holder_differs,
    may_check,
    pending_accounts,
    proof_read,
    refuse,
)
from bonus.payments.accounts import (
    CHANGE_PENDING,
    MOST_PROOF_BYTES,
    NO_ACCOUNT,
    AccountInput,
    accounts_of,
    ask_for_change,
    give_up_change,
    payable_account,
)
from bonus.payments.models import PaymentOrder
from bonus.payments.service import order_for_decision
from tests.claims.reading import decision_of
from tests.support.crew import Crew, Refused
from tests.support.payments import file_of, reason_of, sent_batch
from tests.support.space import IBAN, PDF, account_input
from tests.support.world import NOW, ON, World, decided, draft, settled

OTHER_IBAN = "DE89370400440532013000"


def ask(world: World, given: AccountInput | None = None, actor: Actor | None = None) -> BankAccount:
    return ask_for_change(
        world.company_id, given or account_input(), document_store(), actor or world.owner, NOW
    )


def order() -> PaymentOrder:
    return db.session.scalars(select(PaymentOrder).execution_options(populate_existing=True)).one()


def first(world: World) -> BankAccount:
    return accounts_of(world.company_id)[0]


def forget_accounts(world: World) -> None:
    for account in accounts_of(world.company_id):
        db.session.delete(account)
    db.session.commit()


def paid_on(world: World) -> str | None:
    account, _ = payable_account(db.session.get_one(Company, world.company_id))
    return account.iban if account else None


def test_a_change_waits_then_takes_the_place_of_the_former(any_world: World, any_session: Session) -> None:
    former = first(any_world).iban
    account = ask(any_world, account_input(" fr76 3000 6000 0112 3456 7890 189 ", bic="agrifrpp"))
    assert (account.iban, account.bic, account.is_pending) == (IBAN, "AGRIFRPP", True)
    assert paid_on(any_world) is None
    assert [one.id for one in pending_accounts()] == [account.id]
    approve(account.id, any_world.accounting_officer, NOW)
    assert [(one.iban, one.is_in_force) for one in accounts_of(any_world.company_id)] == [
        (former, False),
        (IBAN, True),
    ]
    assert paid_on(any_world) == IBAN
    assert list(pending_accounts()) == []
    actions = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.action.like("bank.%")).order_by(AuditEntry.id)
    ).all()
    assert actions == ["bank.change_asked", "bank.approved"]
    facts = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "bank.change_asked")).one().facts
    assert IBAN not in str(facts)  # the log keeps its end alone


def test_a_change_holds_what_is_due_until_it_is_approved(any_world: World, any_session: Session) -> None:
    settled(any_world)
    assert order().status == "to_pay"
    account = ask(any_world, account_input(holder="Atelier Fictif", bic="AGRIFRPP"))
    assert (order().status, reason_of(order())) == ("held", CHANGE_PENDING)
    approve(account.id, any_world.accounting_officer, NOW)
    found = order()
    assert (found.status, reason_of(found)) == ("to_pay", None)
    assert (found.payee, found.iban, found.bic) == ("Atelier Fictif", IBAN, "AGRIFRPP")
    batch = sent_batch(ON, ON, any_world.accounting_officer, NOW)
    assert IBAN.encode() in file_of(batch)


@pytest.mark.parametrize("answer", ["refuse", "give up"])
def test_refused_or_taken_back_the_former_account_is_paid_again(
    any_world: World, any_session: Session, answer: str
) -> None:
    settled(any_world)
    former = first(any_world).iban
    account = ask(any_world)
    if answer == "refuse":
        refuse(account.id, " Le titulaire est un tiers. ", any_world.accounting_officer, NOW)
        assert db.session.get_one(BankAccount, account.id).refused_reason == "Le titulaire est un tiers."
    else:
        give_up_change(any_world.company_id, account.id, any_world.owner, NOW)
    assert (order().status, order().iban, paid_on(any_world)) == ("to_pay", former, former)


def test_a_decision_made_meanwhile_waits_too(any_world: World, any_session: Session) -> None:
    account = ask(any_world)
    order_for_decision(decision_of(decided(any_world)).id, NOW)
    assert (order().status, reason_of(order()), order().iban) == ("held", CHANGE_PENDING, None)
    approve(account.id, any_world.accounting_officer, NOW)
    assert (order().status, order().iban) == ("to_pay", IBAN)


def test_a_first_account_frees_what_waited_for_one(world: World, session: Session) -> None:
    forget_accounts(world)
    settled(world)
    assert (order().status, reason_of(order())) == ("held", NO_ACCOUNT)
    account = ask(world)
    refuse(account.id, "Illisible", world.accounting_officer, NOW)
    assert (order().status, reason_of(order())) == ("held", NO_ACCOUNT)
    approve(ask(world).id, world.accounting_officer, NOW)
    assert (order().status, order().iban) == ("to_pay", IBAN)


def test_what_was_sent_is_left_as_it_is(world: World, session: Session) -> None:
    settled(world)
    sent_batch(ON, ON, world.accounting_officer, NOW)
    former = order().iban
    approve(ask(world).id, world.accounting_officer, NOW)
    assert (order().status, order().iban) == ("sent", former)


def test_another_company_s_orders_are_not_touched(world: World, session: Session) -> None:
    settled(world, draft(world, company_id=world.neighbour_id))
    approve(ask(world).id, world.accounting_officer, NOW)
    assert (order().status, order().payee) == ("to_pay", "Voisin Fictif SARL")
    assert order().iban != IBAN


def test_asked_again_the_later_one_waits(any_world: World, any_session: Session) -> None:
    earlier = ask(any_world)
    later = ask(any_world, account_input(OTHER_IBAN))
    assert [one.id for one in pending_accounts()] == [later.id]
    with pytest.raises(NotFound):
        approve(earlier.id, any_world.accounting_officer, NOW)


# ---------------------------------------------------------------- who


def officer_who_owns(world: World) -> Actor:
    """An accounting officer who is also an owner of the company."""
    person = add_person("double@demo.example", "Double", PASSWORD, NOW, agent_roles=("accounting_officer",))
    person.memberships = [CompanyMember(company_id=world.company_id, role="owner")]
    db.session.commit()
    return actor_of(person)


def test_who_asked_never_answers(any_world: World, any_session: Session) -> None:
    double = officer_who_owns(any_world)
    account = ask(any_world, actor=double)
    assert not may_check(account, double)
    for answer in (lambda: approve(account.id, double, NOW), lambda: refuse(account.id, "Non", double, NOW)):
        with pytest.raises(Forbidden, match=r"bank\.own_request"):
            answer()
        db.session.rollback()
    # Nor once gone from the company: they asked for it.
    db.session.delete(db.session.get_one(Person, double.person_id).memberships[0])
    db.session.commit()
    with pytest.raises(Forbidden, match=r"bank\.own_request"):
        approve(account.id, double, NOW)
    db.session.rollback()
    assert approve(account.id, any_world.accounting_officer, NOW).is_in_force


def test_nor_does_anyone_of_the_company(world: World, session: Session) -> None:
    account = ask(world)
    db.session.add(
        CompanyMember(
            person_id=world.accounting_officer.person_id, company_id=world.company_id, role="reader"
        )
    )
    db.session.commit()
    with pytest.raises(Forbidden, match=r"bank\.own_request"):
        approve(account.id, world.accounting_officer, NOW)
    db.session.rollback()
    assert approve(account.id, world.other_accounting_officer, NOW).is_in_force


def test_the_database_refuses_it_by_itself(any_world: World, any_session: Session) -> None:
    account = ask(any_world)
    account.checked_by_id = any_world.owner.person_id
    with pytest.raises(IntegrityError, match="checked_by_another"):
        db.session.flush()


def test_accounting_officers_alone_answer(world: World, session: Session) -> None:
    account = ask(world)
    for who in (world.reviewer, world.officer, world.administrator, world.neighbour_owner):
        with pytest.raises(Forbidden, match=r"bank\.officers_only"):
            approve(account.id, who, NOW)
        db.session.rollback()


def test_owners_alone_ask(world: World, session: Session) -> None:
    filer = add_person(
        "f@demo.example", "F", PASSWORD, NOW, company_id=world.company_id, company_role="filer"
    )
    db.session.commit()
    for who in (actor_of(filer), world.neighbour_owner, world.accounting_officer):
        with pytest.raises(Forbidden, match=r"company\.owners_only"):
            ask(world, actor=who)
        db.session.rollback()
    account = ask(world)
    with pytest.raises(NotFound):
        give_up_change(world.neighbour_id, account.id, world.neighbour_owner, NOW)


# ---------------------------------------------------------------- what


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"iban": ""}, "iban"),
        ({"iban": "FR7630006000011234567890188"}, "iban"),  # MOD 97
        ({"iban": "FR8730006000011234567890188"}, "iban"),
        ({"iban": "US64SVBKUS6S3300958879"}, "iban"),
        ({"bic": "AGRI"}, "bic"),
        ({"holder": "  "}, "holder"),
        ({"holder": "x" * 141}, "holder"),
        ({"content": b"not a proof"}, "proof"),
        ({"content": b""}, "proof"),
        ({"content": PDF + b"\n" * MOST_PROOF_BYTES}, "proof"),
    ],
)
def test_what_cannot_be_an_account(
    world: World, session: Session, changes: dict[str, str], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        ask(world, account_input(**changes))  # type: ignore[arg-type]
    assert (refusal.value.code, refusal.value.field) == (f"bank.{field}", field)
    assert len(accounts_of(world.company_id)) == 1


def test_the_key_of_a_french_account_is_checked_beside_its_iban(world: World, session: Session) -> None:
    account = "30006000011234567890188"  # its key is 89
    iban = f"FR{mod_97_10.calc_check_digits(account + 'FR')}{account}"
    with pytest.raises(InvalidInput) as refusal:
        ask(world, account_input(iban))
    assert "clé RIB" in refusal.value.sentence


def test_the_same_account_is_no_change(world: World, session: Session) -> None:
    former = first(world)
    with pytest.raises(InvalidInput, match=r"bank\.same"):
        ask(world, account_input(former.iban, former.holder))


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1001])
def test_a_refusal_has_a_reason(world: World, session: Session, reason: str) -> None:
    account = ask(world)
    with pytest.raises(InvalidInput, match=r"bank\.reason"):
        refuse(account.id, reason, world.accounting_officer, NOW)
    assert db.session.get_one(BankAccount, account.id).is_pending


def test_the_proof_is_kept_as_it_came_and_its_reading_is_traced(world: World, session: Session) -> None:
    given = account_input()
    account = ask(world, replace(given, proof=replace(given.proof, name="C:\\dossier\\rib été.pdf")))
    assert (account.proof_name, account.proof_media_type, account.proof_size) == (
        "rib été.pdf",
        "application/pdf",
        len(PDF),
    )
    assert proof_read(account, document_store(), world.accounting_officer, NOW) == PDF
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "bank.proof_read")).one()
    assert entry.facts == {"sha256": account.proof_sha256}
    with pytest.raises(NotFound):
        proof_read(first(world), document_store(), world.accounting_officer, NOW)


def test_another_name_is_shown_and_not_refused(world: World, session: Session) -> None:
    assert not holder_differs(ask(world, account_input(holder="ATELIER FICTIF")))
    account = ask(world, account_input(holder="Holding Fictive"))
    assert holder_differs(account)
    assert approve(account.id, world.accounting_officer, NOW).is_in_force


def test_every_owner_is_written_to(world: World, session: Session) -> None:
    add_person("o@demo.example", "O", PASSWORD, NOW, company_id=world.company_id)
    add_person("r@demo.example", "R", PASSWORD, NOW, company_id=world.company_id, company_role="reader")
    db.session.commit()
    approve(ask(world).id, world.accounting_officer, NOW)
    refuse(ask(world, account_input(OTHER_IBAN)).id, "Non", world.accounting_officer, NOW)
    mails = db.session.scalars(select(MailMessage).order_by(MailMessage.id)).all()
    assert [mail.to for mail in mails] == [world.owner.email, "o@demo.example"] * 4
    for mail in mails:
        assert "Atelier" not in mail.subject
        assert "/entreprise/banque" in mail.text
        assert IBAN not in mail.text
        assert "Vous recevez ce message parce que" in mail.text


# ---------------------------------------------------------------- at once


def acting(what: str, company_id: int, account_id: int, decision_id: int, actor: Actor) -> str:
    if what == "ask":
        return str(ask_for_change(company_id, account_input(), document_store(), actor, NOW).id)
    if what == "approve":
        return approve(account_id, actor, NOW).iban
    if what == "give up":
        give_up_change(company_id, account_id, actor, NOW)
        return "given up"
    order_for_decision(decision_id, NOW)
    return "ordered"


def test_an_order_made_while_a_change_is_asked_is_held(any_world: World, crew: Crew) -> None:
    """Whichever comes first, nothing leaves on the former account once the change is asked for."""
    with any_world.app.app_context():
        decision = decision_of(decided(any_world)).id
        db.session.rollback()
    given = (any_world.company_id, 0, decision, any_world.owner)
    results = crew.race(any_world.app, acting, [("order", *given), ("ask", *given)])
    assert results[0] == "ordered"
    with any_world.app.app_context():
        assert (order().status, reason_of(order())) == ("held", CHANGE_PENDING)


def test_two_changes_at_once_leave_one_that_waits(any_world: World, crew: Crew) -> None:
    given = (any_world.company_id, 0, 0, any_world.owner)
    results = crew.race(any_world.app, acting, [("ask", *given)] * 3)
    assert not any(isinstance(one, Refused) for one in results)
    with any_world.app.app_context():
        assert len(pending_accounts()) == 1


def test_two_officers_and_an_owner_answer_once(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        settled(any_world)
        account = ask(any_world).id
        db.session.rollback()
    turns = [
        ("approve", any_world.company_id, account, 0, any_world.accounting_officer),
        ("approve", any_world.company_id, account, 0, any_world.other_accounting_officer),
        ("give up", any_world.company_id, account, 0, any_world.owner),
    ]
    results = crew.race(any_world.app, acting, turns)
    assert [one.code for one in results if isinstance(one, Refused)] == ["bank.not_pending"] * 2
    with any_world.app.app_context():
        assert order().status == "to_pay"
        assert (order().iban == IBAN) == (IBAN in results)
