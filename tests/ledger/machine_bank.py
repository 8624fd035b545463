"""The play with the bank and the budget's acts: batches signed by another, written, sent or dismissed; answers, returns
and orders paid again; credits released, restored and served to those who wait."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from sqlalchemy import func, select

from bonus.audit.service import SERVICE, Actor
from bonus.budget.acts import amend_envelope, lapse_envelopes, open_envelope
from bonus.budget.models import Commitment, Envelope
from bonus.budget.releases import recommit, release_credits
from bonus.calendar import civil_date
from bonus.extensions import db
from bonus.money import amount_string
from bonus.parts import document_store
from bonus.payments.acts import reopen_order
from bonus.payments.answers import apply_file, our_account, take_file
from bonus.payments.batches import dismiss_batch, make_batch, sign_batch
from bonus.payments.files import send_batch, write_batch
from bonus.payments.models import PaymentBatch, PaymentFile, PaymentOrder, PaymentTransfer
from bonus.payments.order_changes import move
from tests.adapters.bank_samples import Entry, account, line, reason, report, returned

from .machine import CRASHES, RANKS, Money, may

STEPS = {"made": "sign", "signed": "write", "written": "send"}
"""The status of a batch → what is done next."""
ANSWERS = {"sent": ("execute", "execute", "reject"), "executed": ("return",)}
"""The status of an order → what the bank may say of it."""
CANCELLABLE = ("held", "rejected", "returned")


_BATCHES = select(PaymentBatch.status).distinct()
_RELEASED = select(
    Commitment.released_cents < Commitment.amount_cents, Commitment.released_cents > 0
).distinct()
_YEARS = select(Envelope.year, Envelope.authorised_cents > Envelope.committed_cents)
OPENED_CENTS = 30_000_00
"""Of a year that has no envelope yet."""
CODES = ("AC04", "MD07", "AM04", "MS03", "MS03")
"""Why a bank gives a transfer back: the first two are the account's fault."""


class MoneyAndBank(Money):
    """What the bank answers comes in its files, and at times by ``move`` alone, as they do."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[bytes] = []

    def look(self) -> set[str]:
        can = super().look()
        batches = set(db.session.scalars(_BATCHES))
        released = set(db.session.execute(_RELEASED).all())
        years = db.session.execute(_YEARS).all()
        asked = {
            "pay all": not can.isdisjoint({"run", "pay"}) and self._rarely("pay all", 7),
            "batch": not batches.isdisjoint(STEPS),
            "answer": not can.isdisjoint(f"order {status}" for status in ANSWERS),
            "reopen": not can.isdisjoint({"order rejected", "order returned"}),
            "cancel": self._rarely("cancel", 15)
            and not can.isdisjoint(f"order {status}" for status in CANCELLABLE),
            "release": self._rarely("release", 15) and any(some for some, _ in released),
            "restore": self._rarely("restore", 8) and any(some for _, some in released),
            "amend": self._rarely("amend", 20) or all(year < civil_date(self.now).year for year, _ in years),
            "lapse": any(year < civil_date(self.now).year and left for year, left in years),
            "dismiss": not batches.isdisjoint(STEPS) and self._rarely("dismiss", 15),
            "file again": self._rarely("file again", 10) and bool(self.files),
        }
        return can | {name for name, so in asked.items() if so}

    def _officers(self, batch: PaymentBatch) -> tuple[Actor, Actor]:
        """Who made a batch, and who may sign it."""
        both = self.world.accounting_officer, self.world.other_accounting_officer
        return both if batch.created_by_id == both[0].person_id else (both[1], both[0])

    @initialize()
    def begin_with_some_paid(self) -> None:
        """What the ground granted is handed to the bank: answers and undue sums need not be waited for."""
        self.pay_what_is_due(0)

    @may("pay all")
    @rule(crash=st.sampled_from((*(0,) * 12, *range(1, 13))))
    def pay_what_is_due(self, crash: int) -> None:
        """From the orders to the bank in one go: it may die at any of the commits on the way."""
        self.did("pay all")
        world, today = self.world, civil_date(self.now)

        def act() -> None:
            self._perform(False, 20)
            number = make_batch(today, today, world.accounting_officer, self.now).number
            sign_batch(number, world.other_accounting_officer, self.now)
            write_batch(number, world.other_accounting_officer, self.now)
            send_batch(number, world.accounting_officer, self.now)

        self.play("paid", crash, act)

    @may("batch")
    @rule(rank=RANKS, crash=CRASHES)
    def take_a_batch_further(self, rank: int, crash: int) -> None:
        def act() -> None:
            batch = self._drawn(select(PaymentBatch).where(PaymentBatch.status.in_(STEPS)), rank)
            number, step, (maker, signer) = batch.number, STEPS[batch.status], self._officers(batch)
            db.session.rollback()
            if step == "sign":
                sign_batch(number, signer, self.now)
            elif step == "write":
                write_batch(number, signer, self.now)
            else:
                send_batch(number, maker, self.now)

        self.play("batch taken further", crash, act)

    @may("dismiss")
    @rule(rank=RANKS, crash=CRASHES)
    def dismiss_a_batch(self, rank: int, crash: int) -> None:
        self.did("dismiss")

        def act() -> None:
            batch = self._drawn(select(PaymentBatch).where(PaymentBatch.status.in_(STEPS)), rank)
            number, (maker, _) = batch.number, self._officers(batch)
            db.session.rollback()
            dismiss_batch(number, "Une facture est à revoir.", maker, self.now)

        self.play("batch dismissed", crash, act)

    @may("answer")
    @rule(rank=RANKS, which=RANKS, count=st.integers(1, 4), crash=CRASHES)
    def hear_from_the_bank(self, rank: int, which: int, count: int, crash: int) -> None:
        def act() -> None:
            for one in range(count):
                order = self._order(tuple(ANSWERS), rank + one)
                if order is not None:
                    answers = ANSWERS[order.status]
                    action = answers[(which + one) % len(answers)]
                    move(order, action, SERVICE, self.now, why="AC04", message=f"M-{order.attempts}")
            db.session.commit()

        self.play("answer", crash, act)

    @may("answer")
    @rule(rank=RANKS, which=RANKS, count=st.integers(1, 6), code=st.sampled_from(CODES), crash=CRASHES)
    def take_a_file_of_the_bank(self, rank: int, which: int, count: int, code: str, crash: int) -> None:
        """A report, an account or returns, of some transfers of one of our files, as a person hands it in."""

        def act() -> None:
            content = self._answer(rank, which, count, code)
            if content is not None:
                self.files.append(content)
                self._hand_in(content)

        self.play("file of the bank", crash, act)

    @may("file again")
    @rule(rank=RANKS)
    def take_the_same_file_again(self, rank: int) -> None:
        self.did("file again")
        self.play("same file", 0, lambda: self._hand_in(self.files[rank % len(self.files)]))

    def _hand_in(self, content: bytes) -> None:
        officer = self.world.accounting_officer
        number = take_file(content, "banque.xml", "upload", document_store(), officer, self.now).id
        apply_file(number, self.now)

    def _answer(self, rank: int, which: int, count: int, code: str) -> bytes | None:
        """What a bank may say of transfers that left: those sent are executed or rejected, those executed come back."""
        status = ("sent", "sent", "executed")[which % 3]
        query = (
            select(PaymentOrder, PaymentFile.message_id)
            .join(PaymentTransfer, PaymentTransfer.order_id == PaymentOrder.id)
            .join(PaymentFile, PaymentFile.id == PaymentTransfer.file_id)
            .where(PaymentFile.batch_id == PaymentOrder.batch_id, PaymentOrder.status == status)
            .order_by(PaymentOrder.id)
        )
        rows = db.session.execute(query).all()
        if not rows:
            return None
        file = rows[rank % len(rows)].message_id
        orders = [order for order, of_file in rows if of_file == file][:count]
        said = {"file": file, "message_id": f"BK-{self.steps}", "created": self.now.isoformat()}
        if status == "executed":
            lines = [(order.number, amount_string(order.payable_cents), code) for order in orders]
            return returned(lines, iban=our_account(), **said)
        if which % 2:
            why = reason(code)
            return report("".join(line("RJCT", order.number, inside=why) for order in orders), **said)
        entries = [
            Entry(
                order.number,
                amount_string(order.payable_cents),
                file=said.pop("file", file),
                payee=str(order.iban),
                reference=f"D-{self.steps}-{order.id}",
            )
            for order in orders
        ]
        return account(*entries, iban=our_account(), **said)

    @may("reopen")
    @rule(rank=RANKS, crash=CRASHES)
    def pay_again(self, rank: int, crash: int) -> None:
        def act() -> None:
            order = self._order(("rejected", "returned"), rank)
            number = order.number if order is not None else ""
            db.session.rollback()
            reopen_order(number, "Le compte est vérifié.", self.world.accounting_officer, self.now)

        self.play("reopened", crash, act)

    @may("cancel")
    @rule(rank=RANKS, crash=CRASHES)
    def cancel_an_order(self, rank: int, crash: int) -> None:
        """What is owed no more frees its credits, in the same transaction."""
        self.did("cancel")

        def act() -> None:
            order = self._order(CANCELLABLE, rank)
            assert order is not None
            move(order, "cancel", self.world.accounting_officer, self.now, why="Décision annulée.")
            commitment = db.session.scalars(
                select(Commitment).where(Commitment.decision_id == order.decision_id)
            ).one()
            left = min(order.payable_cents, commitment.amount_cents - commitment.released_cents)
            if left:
                release_credits(order.decision_id, left, f"order:{order.number}", self.now)
            db.session.commit()

        self.play("cancelled", crash, act)

    @may("release")
    @rule(rank=RANKS, share=st.sampled_from((1, 3, 100)), crash=CRASHES)
    def release(self, rank: int, share: int, crash: int) -> None:
        """A cent, a third or all of what a decision still commits."""
        self.did("release")

        def act() -> None:
            held = select(Commitment).where(Commitment.released_cents < Commitment.amount_cents)
            found = self._drawn(held, rank)
            left = found.amount_cents - found.released_cents
            cents = {1: 1, 3: max(1, left // 3), 100: left}[share]
            release_credits(found.decision_id, cents, f"play:{self.steps}", self.now)
            db.session.commit()

        self.play("released", crash, act)

    @may("restore")
    @rule(rank=RANKS, crash=CRASHES)
    def restore(self, rank: int, crash: int) -> None:
        self.did("restore")

        def act() -> None:
            found = self._drawn(select(Commitment).where(Commitment.released_cents > 0), rank)
            recommit(found.decision_id, found.released_cents, f"back:{self.steps}", self.now)
            db.session.commit()

        self.play("restored", crash, act)

    @may("amend")
    @rule(cents=st.sampled_from((-20_000_00, 7_777_77)), crash=CRASHES)
    def change_the_envelope(self, cents: int, crash: int) -> None:
        """By an act; that which opens it, when a new year has none."""
        self.did("amend")
        today, officer = civil_date(self.now), self.world.officer
        reference = f"Acte n° {self.steps}"

        def act() -> None:
            if db.session.get(Envelope, today.year) is None:
                open_envelope(today.year, OPENED_CENTS, reference, today, officer, self.now)
            else:
                amend_envelope(today.year, cents, reference, today, officer, self.now)

        self.play("amended", crash, act)

    @may("lapse")
    @rule(crash=CRASHES)
    def let_years_lapse(self, crash: int) -> None:
        self.play("lapsed", crash, lambda: lapse_envelopes(self.now))

    @invariant()
    def nothing_is_spent_twice(self) -> None:
        with self._context():
            for envelope in db.session.scalars(select(Envelope)):
                assert 0 <= envelope.committed_cents <= envelope.authorised_cents, envelope.year
            # Each attempt of an order is in one file that left, and what is paid was sent once more than it came back.
            handed = (
                select(PaymentTransfer.order_id, func.count())
                .join(PaymentFile, PaymentFile.id == PaymentTransfer.file_id)
                .join(PaymentBatch, PaymentBatch.id == PaymentFile.batch_id)
                .where(PaymentBatch.status == "sent")
                .group_by(PaymentTransfer.order_id)
            )
            times: dict[int, int] = dict(db.session.execute(handed).all())
            for order_id, attempts in db.session.execute(select(PaymentOrder.id, PaymentOrder.attempts)):
                assert times.get(order_id, 0) == attempts, order_id
            db.session.rollback()

    def _drawn(self, query: Any, rank: int) -> Any:
        found = db.session.scalars(query.order_by("id")).all()
        return found[rank % len(found)]

    def _order(self, statuses: Sequence[str], rank: int) -> PaymentOrder | None:
        query = select(PaymentOrder).where(PaymentOrder.status.in_(statuses)).order_by(PaymentOrder.id)
        found = db.session.scalars(query.with_for_update(of=PaymentOrder)).all()
        return found[rank % len(found)] if found else None
