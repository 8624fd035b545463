"""What an accounting officer does of one order, and what holds it by rule (arts. 12 to 14)."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.accounts.models import AgentRole, Person
from bonus.accounts.service import actor_of
from bonus.audit.models import AuditEntry
from bonus.claims.follow import follow_change
from bonus.claims.follow_models import Control
from bonus.companies.models import BankAccount, Company
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.parts import document_store
from bonus.payments.account_checks import approve
from bonus.payments.accounts import ask_for_change
from bonus.payments.acts import end_liquidation_of, free_order, hold_order, reopen_order
from bonus.payments.batches import make_batch, sign_batch
from bonus.payments.models import PaymentOrder
from bonus.payments.service import order_for_decision
from bonus.recoveries.deciding import drop
from bonus.recoveries.drafting import open_recovery
from bonus.registry.models import RegistryChange
from tests.claims.reading import decision_of
from tests.claims.test_follow import BILLED_ON, SUITE_ITEM
from tests.payments.test_batches import due
from tests.support.answers import orders, rejection, sent, take
from tests.support.bills import bill
from tests.support.payments import reason_of, signer_for
from tests.support.registry import certification_of, learn
from tests.support.space import account_input
from tests.support.words import plain
from tests.support.world import NOW, ON, SUITE, World, decided, draft

OTHER_IBAN = "DE89370400440532013000"
WHY = "La société conteste le compte indiqué."


def only() -> PaymentOrder:
    (order,) = db.session.scalars(select(PaymentOrder))
    return order


def audited(action: str) -> AuditEntry:
    return db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)).one()


def test_held_and_freed_by_hand(any_world: World, any_session: Session) -> None:
    due(any_world)
    officer = any_world.accounting_officer
    order = hold_order(only().number, "by_hand", f"  {WHY} ", officer, NOW)
    assert (order.status, reason_of(order), order.held_reason) == ("held", "by_hand", WHY)
    assert audited("payment.held").facts == {"about": "by_hand", "reasons": WHY}
    with pytest.raises(Refusal, match="déjà retenu"):
        hold_order(order.number, "by_hand", WHY, officer, NOW)
    db.session.rollback()
    with pytest.raises(Refusal) as nothing:
        make_batch(ON, ON, officer, NOW)
    assert nothing.value.code == "payment.nothing_due"
    db.session.rollback()
    order = free_order(order.number, "by_hand", "Le litige est levé par écrit.", officer, NOW)
    assert (order.status, reason_of(order)) == ("to_pay", None)
    assert audited("payment.freed").facts["reasons"] == "Le litige est levé par écrit."
    assert [step.action for step in order.changes] == ["order", "hold", "free"]


def test_two_reasons_the_last_one_frees(world: World, session: Session) -> None:
    due(world)
    officer, number = world.accounting_officer, only().number
    hold_order(number, "by_hand", WHY, officer, NOW)
    hold_order(number, "insolvency", "Jugement du 3 novembre 2026.", officer, NOW)
    assert "liquidation judiciaire" in str(only().held_reason)
    assert "Jugement du 3 novembre 2026." in str(only().held_reason)
    assert free_order(number, "by_hand", "Le litige est levé.", officer, NOW).status == "held"
    assert (
        free_order(number, "insolvency", "Le liquidateur a donné son compte.", officer, NOW).status
        == "to_pay"
    )


@pytest.mark.parametrize("words", ["", "Trop bref", "x" * 501])
def test_an_act_is_explained(world: World, session: Session, words: str) -> None:
    due(world)
    for act in (
        lambda: hold_order(only().number, "by_hand", words, world.accounting_officer, NOW),
        lambda: free_order(only().number, "by_hand", words, world.accounting_officer, NOW),
        lambda: reopen_order(only().number, words, world.accounting_officer, NOW),
    ):
        with pytest.raises(InvalidInput) as refusal:
            act()
        assert refusal.value.field == "words"
        assert "en 10 à 500 caractères" in plain(refusal.value.sentence)
    assert only().status == "to_pay"


@pytest.mark.parametrize("reason", ["", "revoked", "iban_change", "control"])
def test_only_some_reasons_are_a_persons(world: World, session: Session, reason: str) -> None:
    due(world)
    with pytest.raises(InvalidInput):
        hold_order(only().number, reason, WHY, world.accounting_officer, NOW)
    with pytest.raises(Refusal, match="plus retenu"):
        free_order(only().number, reason, WHY, world.accounting_officer, NOW)


def test_held_in_a_batch_it_keeps_it_from_being_signed(world: World, session: Session) -> None:
    due(world)
    batch = make_batch(ON, ON, world.accounting_officer, NOW)
    signer = signer_for(world.accounting_officer)
    hold_order(only().number, "by_hand", WHY, signer, NOW)
    assert only().status == "in_batch"
    with pytest.raises(Refusal):
        sign_batch(batch.number, signer, NOW)


def test_with_the_bank_it_is_too_late(world: World, session: Session) -> None:
    sent(world)
    with pytest.raises(Refusal, match="n’est plus possible") as refusal:
        hold_order(orders()[0].number, "by_hand", WHY, world.accounting_officer, NOW)
    assert "« remis à la banque »" in plain(refusal.value.sentence)


def test_a_rejected_order_waits_for_a_person(any_world: World, any_session: Session) -> None:
    sent(any_world)
    take(rejection(orders()[0], code="MS03"), any_world)
    number = orders()[0].number
    assert orders()[0].status == "rejected"
    order = reopen_order(number, "La banque a rétabli le service.", any_world.accounting_officer, NOW)
    assert (order.status, order.batch_id) == ("to_pay_again", None)
    assert audited("payment.reopened").facts["about"] == "to_pay_again"
    with pytest.raises(Refusal, match="n’est plus possible"):
        reopen_order(number, "Une deuxième fois, par erreur.", any_world.accounting_officer, NOW)


def test_reopened_on_a_refused_account_it_is_held_until_another(world: World, session: Session) -> None:
    sent(world)
    take(rejection(orders()[0], code="AC04"), world)
    order = reopen_order(orders()[0].number, "L’entreprise va changer.", world.accounting_officer, NOW)
    assert (order.status, reason_of(order)) == ("held", "account_refused")


def test_nothing_comes_back_of_what_did_not(world: World, session: Session) -> None:
    due(world)
    with pytest.raises(Refusal, match="n’est plus possible"):
        reopen_order(only().number, "Rien n’a été refusé ici.", world.accounting_officer, NOW)


def test_not_ones_own_nor_in_another_role(world: World, session: Session) -> None:
    due(world)
    number = only().number
    for who in (world.reviewer, world.officer, world.administrator, world.owner):
        with pytest.raises(Forbidden, match="agent comptable"):
            hold_order(number, "by_hand", WHY, who, NOW)
        db.session.rollback()
    # The officer who decided is an accounting officer too, since this morning.
    decider = db.session.get_one(Person, world.officer.person_id)
    decider.agent_roles.append(AgentRole(role="accounting_officer"))
    db.session.commit()
    with pytest.raises(Forbidden, match=r"art\. 12"):
        hold_order(number, "by_hand", WHY, actor_of(decider), NOW)
    db.session.rollback()
    with pytest.raises(NotFound):
        hold_order("OP-2026-999999", "by_hand", WHY, world.accounting_officer, NOW)


def test_a_company_in_liquidation_is_not_paid_without_a_person(world: World, session: Session) -> None:
    dossier = decided(world)
    db.session.get_one(Company, world.company_id).in_liquidation = True  # learned after the decision
    db.session.commit()
    order_for_decision(decision_of(dossier).id, NOW)
    assert (only().status, reason_of(only())) == ("held", "insolvency")
    officer = world.accounting_officer
    assert (
        free_order(only().number, "insolvency", "Le liquidateur a donné son compte.", officer, NOW).status
        == "to_pay"
    )


@pytest.mark.parametrize("ordered_first", [True, False])
def test_a_control_holds_what_is_not_paid_until_it_is_closed(
    world: World, session: Session, ordered_first: bool
) -> None:
    dossier = decided(world, draft(world, [bill(SUITE_ITEM, issued_on=BILLED_ON)]))
    decision_id = decision_of(dossier).id
    if ordered_first:
        order_for_decision(decision_id, NOW)
    learn(certification_of(SUITE), "withdrawn", date(2026, 10, 14), NOW, retroactive=True)
    follow_change(
        db.session.scalars(select(RegistryChange.id).order_by(RegistryChange.id.desc())).first() or 0, NOW
    )
    if not ordered_first:
        order_for_decision(decision_id, NOW)
    control = db.session.scalars(select(Control)).one()
    assert (control.status, only().status, reason_of(only())) == ("open", "held", "control")
    recovery = open_recovery(
        dossier.id,
        "control",
        "Le retrait ne touche pas ces lignes.",
        world.reviewer,
        NOW,
        control_id=control.id,
    )
    drop(recovery.id, "Après examen, rien n’est indu sur ce dossier.", world.reviewer, NOW)
    assert (control.status, only().status, reason_of(only())) == ("closed", "to_pay", None)


def test_a_liquidation_holds_all_that_a_company_is_owed_until_it_ends(
    any_world: World, any_session: Session
) -> None:
    due(any_world)
    due(any_world)
    officer, (first, second) = any_world.accounting_officer, orders()
    said = "Jugement du tribunal de commerce de Rennes du 12 novembre 2026, n° 2026J00123."
    hold_order(first.number, "insolvency", said, officer, NOW)
    company = db.session.get_one(Company, any_world.company_id)
    assert company.in_liquidation
    assert [(one.status, reason_of(one)) for one in (first, second)] == [("held", "insolvency")] * 2
    assert audited("company.liquidation_begun").facts == {"orders": [second.number], "reasons": said}
    dossier = decided(any_world, draft(any_world, [bill(number="F-9", issued_on=ON)]))
    assert decision_of(dossier).bonus_cents == 0, "the law is told so (art. 3)"
    # Its liquidator's account being checked, one is paid; the others wait on.
    free_order(first.number, "insolvency", "Le compte du liquidateur est vérifié.", officer, NOW)
    assert (first.status, second.status, company.in_liquidation) == ("to_pay", "held", True)
    end_liquidation_of(second.number, "Jugement de clôture du 20 novembre 2026.", officer, NOW)
    assert (second.status, company.in_liquidation) == ("to_pay", False)
    assert audited("company.liquidation_ended").facts["orders"] == [second.number]
    with pytest.raises(Refusal, match="n’est plus notée"):
        end_liquidation_of(second.number, "Jugement de clôture du 20 novembre 2026.", officer, NOW)


def test_who_may_not_end_a_liquidation(world: World, session: Session) -> None:
    due(world)
    number = only().number
    hold_order(number, "insolvency", WHY, world.accounting_officer, NOW)
    with pytest.raises(InvalidInput):
        end_liquidation_of(number, "Fini", world.accounting_officer, NOW)
    for actor in (world.officer, world.owner):
        with pytest.raises(Forbidden):
            end_liquidation_of(number, "Jugement de clôture.", actor, NOW)
        db.session.rollback()
    with pytest.raises(NotFound):
        end_liquidation_of("OP-1999-000001", "Jugement de clôture.", world.accounting_officer, NOW)


@pytest.mark.parametrize("code", ["MS03", "AC04"])
def test_what_the_bank_had_when_a_liquidation_began_is_held_once_it_came_back(
    world: World, session: Session, code: str
) -> None:
    sent(world)
    (first,) = orders()
    due(world)
    officer, second = world.accounting_officer, orders()[-1]
    hold_order(second.number, "insolvency", WHY, officer, NOW)
    assert first.status == "sent"
    take(rejection(first, code=code), world)
    if code == "MS03":
        reopen_order(first.number, "La banque dit que c’était une panne.", officer, NOW)
    else:
        company_id = first.decision.claim.company_id
        ask_for_change(company_id, account_input(OTHER_IBAN), document_store(), world.owner, NOW)
        waiting = select(BankAccount.id).where(
            BankAccount.checked_at.is_(None), BankAccount.ended_at.is_(None)
        )
        approve(db.session.scalars(waiting).one(), officer, NOW)
    db.session.refresh(first)
    assert (first.status, reason_of(first)) == ("held", "insolvency")
    free_order(first.number, "insolvency", "Le compte du liquidateur est vérifié.", officer, NOW)
    assert first.status == "to_pay_again"
