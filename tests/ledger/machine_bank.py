"""The play with the bank and the budget's acts: batches signed by another, written, sent or dismissed; answers, returns
and orders paid again; credits released, restored and served to those who wait."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from sqlalchemy import func, select

from bonus.audit.service import SERVICE, Actor
from bonus.budget.acts import amend_envelope, lapse_envelopes
from bonus.budget.models import Commitment, Envelope
from bonus.budget.releases import recommit, release_credits
from bonus.calendar import civil_date
from bonus.claims.decision import decide
from bonus.claims.examination import propose
from bonus.extensions import db
from bonus.payments.batches import dismiss_batch, make_batch, sign_batch
from bonus.payments.files import send_batch, write_batch
from bonus.payments.models import PaymentBatch, PaymentFile, PaymentOrder, PaymentTransfer
from bonus.payments.order_changes import move

from .machine import CRASHES, RANKS, Money, may

STEPS = {"made": "sign", "signed": "write", "written": "send"}
"""The status of a batch → what is done next."""
ANSWERS = {"sent": ("execute", "execute", "reject"), "executed": ("return",)}
"""The status of an order → what the bank may say of it."""
CANCELLABLE = ("held", "rejected", "returned")


class MoneyAndBank(Money):
    """What the bank answers comes by ``move``, as its files do."""

    def look(self) -> set[str]:
        asked = {
            "batch": self._any(PaymentBatch.status.in_(STEPS)),
            "answer": self._any(PaymentOrder.status.in_(ANSWERS)),
            "reopen": self._any(PaymentOrder.status.in_(("rejected", "returned"))),
            "cancel": self._any(PaymentOrder.status.in_(CANCELLABLE)),
            "release": self._any(Commitment.released_cents < Commitment.amount_cents),
            "restore": self._any(Commitment.released_cents > 0),
            "lapse": self._any(
                Envelope.year < civil_date(self.now).year,
                Envelope.authorised_cents > Envelope.committed_cents,
            ),
        }
        return super().look() | {name for name, so in asked.items() if so}

    def _officers(self, batch: PaymentBatch) -> tuple[Actor, Actor]:
        """Who made a batch, and who may sign it."""
        both = self.world.accounting_officer, self.world.other_accounting_officer
        return both if batch.created_by_id == both[0].person_id else (both[1], both[0])

    @initialize(count=st.integers(0, 8))
    def begin_with_some_granted(self, count: int) -> None:
        def act() -> None:
            for dossier in self.dossiers[:count]:
                propose(dossier.id, "apply", "", self.world.reviewer, self.now)
                decide(dossier.id, "apply", "", self.world.officer, self.now)

        self.play("begun", 0, act)

    @may("run", "pay")
    @rule(crash=st.integers(0, 12))
    def pay_what_is_due(self, crash: int) -> None:
        """From the orders to the bank in one go: it dies at any of the commits on the way."""
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

    @may("batch")
    @rule(rank=RANKS, crash=CRASHES)
    def dismiss_a_batch(self, rank: int, crash: int) -> None:
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

    @may("reopen")
    @rule(rank=RANKS, crash=CRASHES)
    def pay_again(self, rank: int, crash: int) -> None:
        self.play("reopened", crash, lambda: self._move("reopen", ("rejected", "returned"), rank))

    @may("cancel")
    @rule(rank=RANKS, crash=CRASHES)
    def cancel_an_order(self, rank: int, crash: int) -> None:
        """What is owed no more frees its credits, in the same transaction."""

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

        def act() -> None:
            held = select(Commitment).where(Commitment.released_cents < Commitment.amount_cents)
            found = self._drawn(held, rank)
            left = found.amount_cents - found.released_cents
            cents = {1: 1, 3: max(1, left // 3), 100: left}[share]
            release_credits(found.decision_id, cents, f"play:{self.done_in_all}", self.now)
            db.session.commit()

        self.play("released", crash, act)

    @may("restore")
    @rule(rank=RANKS, crash=CRASHES)
    def restore(self, rank: int, crash: int) -> None:
        def act() -> None:
            found = self._drawn(select(Commitment).where(Commitment.released_cents > 0), rank)
            recommit(found.decision_id, found.released_cents, f"back:{self.done_in_all}", self.now)
            db.session.commit()

        self.play("restored", crash, act)

    @rule(cents=st.sampled_from((-20_000_00, 7_777_77)), crash=CRASHES)
    def amend_the_envelope(self, cents: int, crash: int) -> None:
        today = civil_date(self.now)
        reference = f"Acte n° {self.done_in_all}"
        self.play(
            "amended",
            crash,
            lambda: amend_envelope(today.year, cents, reference, today, self.world.officer, self.now),
        )

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

    @property
    def done_in_all(self) -> int:
        """How many acts there were: a number for what must be told apart."""
        return sum(self.done.values())

    def _drawn(self, query: Any, rank: int) -> Any:
        found = db.session.scalars(query.order_by("id")).all()
        return found[rank % len(found)]

    def _order(self, statuses: Sequence[str], rank: int) -> PaymentOrder | None:
        query = select(PaymentOrder).where(PaymentOrder.status.in_(statuses)).order_by(PaymentOrder.id)
        found = db.session.scalars(query.with_for_update(of=PaymentOrder)).all()
        return found[rank % len(found)] if found else None

    def _move(self, action: str, statuses: Sequence[str], rank: int) -> None:
        order = self._order(statuses, rank)
        assert order is not None
        move(order, action, self.world.accounting_officer, self.now, why="Compte vérifié.")
        db.session.commit()
