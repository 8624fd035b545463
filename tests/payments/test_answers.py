"""A file of the bank, applied to the orders: once, when it is certain; what is not waits for a person."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.adapters.bank_messages import read_bank_message
from bonus.adapters.sepa import french_iban
from bonus.audit.models import AuditEntry
from bonus.claims.notice_models import Notice
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.mail import MailMessage
from bonus.parts import document_store
from bonus.payments import answers
from bonus.payments.account_checks import approve
from bonus.payments.accounts import AccountInput, Proof, ask_for_change
from bonus.payments.answer_desk import content_of, files_page, findings_of_order, waiting_findings
from bonus.payments.answer_models import BankFile
from bonus.payments.answers import apply_file, apply_held, leave_held, resolve, take_file
from bonus.payments.holds import reopen
from bonus.payments.models import PaymentOrder
from tests.adapters.bank_samples import Entry, account, batch_booked, line, report
from tests.adapters.einvoice_samples import blank_pdf
from tests.support.answers import (
    debit,
    due,
    entered,
    findings,
    giving_back,
    kept,
    last_file,
    orders,
    rejection,
    sent,
    statuses,
    take,
)
from tests.support.payments import sent_batch, written_batch
from tests.support.world import NOW, ON, World

ANOTHER = french_iban("30001", "00794", "00000000077")
ELSEWHERE = "FR7610071750000000100000662"


def test_accepted_then_paid(any_world: World, any_session: Session) -> None:
    first, second = sent(any_world, 10_000_00, 2_000_00)
    number = last_file()
    take(report(line("ACCP", first.number) + line("ACCP", second.number), file=number), any_world)
    assert statuses() == ["sent", "sent"]
    take(debit(*orders()), any_world)
    assert statuses() == ["executed", "executed"]
    assert entered("executed") == entered("sent") == 5_400_00
    take(debit(*orders(), version="camt.053.001.08", message_id="BK-2"), any_world)
    assert statuses() == ["executed", "executed"]
    assert entered("executed") == 5_400_00
    assert kept() == []


def test_a_batch_booked_in_one_sum(any_world: World, any_session: Session) -> None:
    sent(any_world, 10_000_00, 2_000_00)
    content = account(batch_booked("5400.00", 2, file=last_file()), iban=answers.our_account())
    take(content, any_world)
    assert statuses() == ["executed", "executed"]
    assert entered("executed") == 5_400_00


def test_a_closed_account_is_refused_and_the_company_asked_for_another(
    any_world: World, any_session: Session
) -> None:
    (order,) = sent(any_world)
    take(rejection(order), any_world)
    (order,) = orders()
    assert order.status == "rejected"
    assert [hold.reason for hold in order.standing_holds] == ["account_refused"]
    (change,) = [one for one in order.changes if one.action == "reject"]
    assert (change.why, change.message, change.person_id) == ("AC04", last_file(), None)
    assert entered("rejected") == 4_500_00
    (notice,) = db.session.scalars(select(Notice).where(Notice.kind == "account_refused"))
    assert "Ce compte est clos." in notice.sentence
    assert str(order.decision.claim.number) in notice.sentence
    mails = db.session.scalars(select(MailMessage).where(MailMessage.key.like(f"notice:{notice.id}:%"))).all()
    assert mails
    for mail in mails:
        assert mail.secret is None
        assert str(order.iban) not in mail.text
        assert str(order.iban)[-4:] not in mail.text


@pytest.mark.parametrize("code", ["AM04", "FF01", "MD07", "MS03", "RR04", "ED05", "ZZ99"])
def test_another_reason_is_not_told_to_the_company(world: World, session: Session, code: str) -> None:
    (order,) = sent(world)
    take(rejection(order, code), world)
    (order,) = orders()
    assert (order.status, order.standing_holds) == ("rejected", [])
    assert not db.session.scalars(select(Notice).where(Notice.kind == "account_refused")).all()


def test_several_dossiers_of_a_company_are_told_in_one_notice(world: World, session: Session) -> None:
    first, second = sent(world, 10_000_00, 2_000_00)
    take(giving_back(first, second), world)
    (notice,) = db.session.scalars(select(Notice).where(Notice.kind == "account_refused"))
    assert notice.claim_id is None
    for order in orders():
        assert str(order.decision.claim.number) in notice.sentence


def test_a_return_gives_the_money_back(any_world: World, any_session: Session) -> None:
    sent(any_world)
    take(debit(*orders()), any_world)
    take(giving_back(*orders(), code="MD07"), any_world)
    assert statuses() == ["returned"]
    assert (entered("executed"), entered("returned")) == (4_500_00, 4_500_00)


def test_a_return_told_before_its_debit_enters_both(any_world: World, any_session: Session) -> None:
    sent(any_world)
    take(giving_back(*orders()), any_world)
    assert statuses() == ["returned"]
    assert (entered("executed"), entered("returned")) == (4_500_00, 4_500_00)
    take(debit(*orders()), any_world)
    assert statuses() == ["returned"]
    assert (entered("executed"), kept()) == (4_500_00, [])


def test_nothing_is_sent_again_by_itself(world: World, session: Session) -> None:
    sent(world)
    take(rejection(orders()[0], "AM04"), world)
    with pytest.raises(Refusal) as caught:
        sent_batch(ON, ON, world.accounting_officer, NOW)
    assert caught.value.code == "payment.nothing_due"


def test_a_second_attempt_is_told_from_the_first(any_world: World, any_session: Session) -> None:
    sent(any_world)
    old = last_file()
    refusal = rejection(orders()[0], "AM04")
    take(refusal, any_world)
    order = db.session.scalars(select(PaymentOrder).with_for_update(of=PaymentOrder)).one()
    reopen(order, any_world.accounting_officer, NOW, "Compte payeur alimenté")
    db.session.commit()
    sent_batch(ON, ON, any_world.accounting_officer, NOW)
    assert last_file() != old
    take(rejection(orders()[0], "AM04", file=old, message_id="BK-9"), any_world)
    assert (statuses(), kept()) == (["sent"], [])
    take(debit(*orders()), any_world)
    assert (statuses(), kept()) == (["executed"], [])
    assert (entered("sent"), entered("rejected"), entered("executed")) == (9_000_00, 4_500_00, 4_500_00)
    late = Entry(orders()[0].number, "4500.00", "DBIT", old, payee=str(orders()[0].iban), reference="D-9")
    take(account(late, iban=answers.our_account(), message_id="BK-10"), any_world)
    assert kept() == ["paid_after_rejection"]


def test_the_same_file_is_taken_once(any_world: World, any_session: Session) -> None:
    sent(any_world)
    content = debit(*orders())
    take(content, any_world)
    with pytest.raises(InvalidInput) as caught:
        take(content, any_world)
    assert caught.value.code == "bank_file.same"
    assert "22 novembre 2026" in caught.value.sentence
    db.session.rollback()
    assert files_page(1).total == 1


def test_another_file_of_the_same_identifier_waits_whole(any_world: World, any_session: Session) -> None:
    sent(any_world)
    take(report(line("ACCP", orders()[0].number), file=last_file()), any_world)
    held = take(rejection(orders()[0]), any_world)
    assert held.status == "held"
    assert (statuses(), kept()) == (["sent"], ["same_identifier"])
    apply_held(held.id, "Comparés : le second est le bon.", any_world.accounting_officer, NOW)
    apply_file(held.id, NOW)
    assert statuses() == ["rejected"]
    assert waiting_findings(1).total == 0
    with pytest.raises(NotFound):
        leave_held(held.id, "Trop tard", any_world.accounting_officer, NOW)


def test_one_may_be_left_aside(world: World, session: Session) -> None:
    sent(world)
    take(report(line("ACCP", orders()[0].number), file=last_file()), world)
    held = take(rejection(orders()[0]), world)
    left = leave_held(held.id, "La banque l’a envoyé par erreur.", world.accounting_officer, NOW)
    apply_file(left.id, NOW)
    assert (statuses(), waiting_findings(1).total) == (["sent"], 0)


def test_what_is_kept_waits_until_someone_says_what_was_done(any_world: World, any_session: Session) -> None:
    sent(any_world)
    unsure = (Entry("OP-2026-999999"), Entry(orders()[0].number, "1.00", file=last_file()))
    take(account(*unsure, iban=answers.our_account()), any_world)
    take(account(Entry(orders()[0].number), iban=ELSEWHERE, message_id="BK-2"), any_world)
    assert kept() == ["unknown_order", "wrong_amount", "other_account"]
    assert statuses() == ["sent"]
    number = findings("keep")[0].id
    with pytest.raises(InvalidInput):
        resolve(number, "  ", any_world.accounting_officer, NOW)
    db.session.rollback()
    with pytest.raises(Forbidden):
        resolve(number, "Vu.", any_world.reviewer, NOW)
    db.session.rollback()
    done = resolve(number, " Un virement  d’un autre service. ", any_world.accounting_officer, NOW)
    assert done.resolved_why == "Un virement d’un autre service."
    with pytest.raises(Refusal) as caught:
        resolve(number, "Vu aussi.", any_world.other_accounting_officer, NOW)
    assert caught.value.code == "bank_file.resolved"
    db.session.rollback()
    assert waiting_findings(1).total == 2


def test_an_order_in_a_file_nobody_noted_as_sent_is_left(world: World, session: Session) -> None:
    due(world)
    written_batch(ON, ON, world.accounting_officer, NOW)
    take(debit(*orders()), world)
    assert (statuses(), kept()) == (["in_batch"], ["order_moved"])


def test_the_verification_of_the_payee_is_kept_with_the_order(any_world: World, any_session: Session) -> None:
    sent(any_world)
    order = orders()[0]
    words = "<StsRsnInf><Rsn><Cd>ANNM</Cd></Rsn><AddtlInf>Atelier Fictif</AddtlInf></StsRsnInf>"
    take(report(line("RVMC", order.number, inside=words), file=last_file()), any_world)
    (found,) = findings_of_order(order.id)
    assert (found.kind, found.check_result, found.check_name) == ("note", "close_match", "Atelier Fictif")
    take(report(line("RVNM", order.number), file=last_file(), message_id="BK-2"), any_world)
    assert kept() == ["no_match"]


def test_a_large_file_goes_by_slices_and_twice_is_once(
    any_world: World, any_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "SLICE", 2)
    sent(any_world, 10_000_00, 2_000_00, 3_000_00)
    found = orders()
    content = debit(*found)
    file = take_file(content, "b.xml", "upload", document_store(), any_world.accounting_officer, NOW)
    number, message = file.id, read_bank_message(content)
    assert answers._apply_some(number, message, NOW)
    assert statuses() == ["executed", "executed", "sent"]
    apply_file(number, NOW)
    apply_file(number, NOW)
    assert statuses() == ["executed"] * 3
    file = db.session.get_one(BankFile, number)
    assert (file.status, file.progress_done, file.progress_total) == ("applied", 3, 3)
    assert entered("executed") == sum(order.payable_cents for order in orders())
    assert len(findings()) == 3
    acts = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "bank.file_applied")).all()
    assert [one.facts["execute"] for one in acts] == [2, 1]


def test_only_an_accounting_officer_hands_files_in(world: World, session: Session) -> None:
    sent(world)
    with pytest.raises(Forbidden):
        take_file(debit(*orders()), "b.xml", "upload", document_store(), world.officer, NOW)
    file = take(debit(*orders()), world)
    with pytest.raises(Forbidden):
        content_of(file.id, document_store(), world.reviewer, NOW)
    assert content_of(file.id, document_store(), world.accounting_officer, NOW)[1].startswith(b"<?xml")


def test_another_account_approved_has_it_paid_again(any_world: World, any_session: Session) -> None:
    sent(any_world)
    take(rejection(orders()[0]), any_world)
    given = AccountInput("Atelier Fictif SAS", ANOTHER, "", Proof("rib.pdf", blank_pdf()))
    asked = ask_for_change(any_world.company_id, given, document_store(), any_world.owner, NOW)
    number = asked.id
    assert statuses() == ["rejected"]
    approve(number, any_world.other_accounting_officer, NOW)
    (order,) = orders()
    assert (order.status, order.iban, order.standing_holds) == ("to_pay_again", ANOTHER, [])
    sent_batch(ON, ON, any_world.accounting_officer, NOW)
    take(debit(*orders(), message_id="BK-2"), any_world)
    assert statuses() == ["executed"]
    assert (entered("sent"), entered("executed")) == (9_000_00, 4_500_00)
