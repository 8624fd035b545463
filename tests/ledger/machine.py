"""The money at play: decisions, refusals, appeals, withdrawals, orders, batches, accounts and months in any order, with
processes that die at a commit. After each step the accounts' main proofs hold; every fifth step, and at a play's end,
all of them.

A part that adds acts of its own (answers of the bank, recoveries) adds rules in a class derived from this one; each act
goes through ``play``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import Select, event, select

from bonus.audit.service import Actor, first_fault
from bonus.budget.waiting import SERVE
from bonus.calendar import civil_date
from bonus.claims.appeal_models import Appeal
from bonus.claims.decision import decide
from bonus.claims.examination import propose
from bonus.claims.models import Claim
from bonus.claims.notification import record_opening
from bonus.claims.revocation_models import Revocation
from bonus.claims.revocations import decide_revocation, open_revocation
from bonus.companies.models import BankAccount
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.jobs.tasks import perform
from bonus.ledger.check import check
from bonus.ledger.closing import close_month
from bonus.ledger.months import months_to_close
from bonus.outbox import OutboxMessage
from bonus.parts import document_store
from bonus.payments.account_checks import approve, refuse
from bonus.payments.accounts import ask_for_change
from bonus.payments.answer_credits import CREDIT
from bonus.payments.answers import APPLY as BANK_FILE
from bonus.payments.batches import make_batch
from bonus.payments.models import PaymentOrder
from bonus.payments.order_status import PAYABLE
from bonus.recoveries.giving_back import RECOVERED
from tests.support.appeals import REASONS, SUITE, answered, appealed, lines_of
from tests.support.bills import Item, bill
from tests.support.ledger import wrong
from tests.support.money_ground import NETS, Ground, a_year
from tests.support.revocations import FACTS, WHY
from tests.support.space import account_input
from tests.support.world import GROUND, NOW, Dossier, confirmed, draft, filed

MONEY_JOBS = ("pay", SERVE, BANK_FILE, CREDIT, RECOVERED)
"""The kinds of the outbox's messages that move money; letters and certificates are others' to test."""
EACH_STEP = ("envelope", "committed", "payable", "in_transit", "paid", "receivable", "remaining", "books")
"""The proofs made after each step."""
ALL_EVERY = 5
"""Steps after which all of them are."""
IBANS = ("FR7630006000011234567890189", "DE89370400440532013000", "FR7630001007941234567890185")
CRASHES = st.sampled_from((0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3))
"""At which commit of an act its process dies; 0: it does not."""


HEARING = timedelta(days=16)
"""After which the company has had its fifteen whole days (art. 11)."""
OPEN = frozenset({"filed", "under_review", "proposed"})
GRANTED = frozenset({"granted", "partly_granted"})
APPEALABLE = frozenset({"refused", "partly_granted", "revoked"})
RANKS = st.integers(0, 99)


def may(*names: str) -> Callable[[Any], Any]:
    """Let a rule be drawn only when one of these can be done (``Money.look``)."""
    return precondition(lambda machine: not machine.can.isdisjoint(names))


def at_status(statuses: frozenset[str]) -> Callable[[Any], Any]:
    """Let a rule be drawn only when a dossier is at one of these statuses."""
    return may(*(f"status {status}" for status in statuses))


_ORDERS = select(PaymentOrder.status).distinct()
_HEARD = select(Revocation.opened_at).where(Revocation.status == "hearing")
_HEARING = select(Revocation.claim_id).where(Revocation.status == "hearing")
_APPEALED = select(Appeal.claim_id)
_JOBS = select(OutboxMessage.done_at.is_not(None)).where(OutboxMessage.kind.in_(MONEY_JOBS)).distinct()
_UNCHECKED = select(BankAccount.id).where(BankAccount.ended_at.is_(None), BankAccount.checked_at.is_(None))


class Killed(BaseException):
    """A process that dies: no handler of ours may stop it."""


class Money(RuleBasedStateMachine):
    """Who acts on what is drawn; what cannot be done is refused, and changes nothing."""

    ground: Ground

    def __init__(self) -> None:
        super().__init__()
        self._stack = self.ground.on_a_copy()
        self.world = self.ground.world
        self.dossiers: list[Dossier] = list(self.ground.dossiers)
        self.now = NOW
        self.done: dict[str, int] = {}
        self.steps = 0
        self._last: dict[str, int] = {}
        self.can: frozenset[str] = frozenset()
        self._by_status: dict[str, list[Dossier]] = {}
        self._free: list[Dossier] = []
        self._appealable: list[Dossier] = []
        self._fuse = 0
        event.listen(db.session, "before_commit", self._at_a_commit)

    def teardown(self) -> None:
        event.remove(db.session, "before_commit", self._at_a_commit)
        with self._context():
            assert first_fault() is None
            assert wrong() == [], f"after {self.done}"
            db.session.rollback()
        self._stack.close()

    def play(self, name: str, crash: int, act: Callable[[], Any]) -> Any:
        """Do an act in a session of its own; what is refused, or dies, leaves the session as a process would.
        What it answers in words is the name under which it is counted."""
        self._fuse = crash
        with self._context():
            try:
                result = act()
                name = result if isinstance(result, str) else name
            except Refusal as refusal:
                db.session.rollback()
                name, result = f"{name}: {refusal.code}", None
            except Killed:
                db.session.rollback()
                name, result = f"{name}, killed", None
            finally:
                self._fuse = 0
        self.done[name] = self.done.get(name, 0) + 1
        return result

    def _at_a_commit(self, _session: object) -> None:
        if self._fuse:
            self._fuse -= 1
            if not self._fuse:
                raise Killed

    @contextmanager
    def _context(self) -> Iterator[None]:
        self.world.app.config["CLOCK"] = lambda: self.now
        with self.world.app.app_context():
            yield

    def _one(self, rank: int, statuses: frozenset[str]) -> Dossier:
        """A dossier that is at one of these statuses, by its rank among them."""
        found = self._at(statuses)
        return found[rank % len(found)]

    def _at(self, statuses: frozenset[str], without: Select[Any] | None = None) -> list[Dossier]:
        """The dossiers that are at one of these statuses, but for some claims."""
        left_out = set() if without is None else set(db.session.scalars(without))
        return [
            dossier
            for status in sorted(statuses)
            for dossier in self._by_status.get(status, ())
            if dossier.id not in left_out
        ]

    def look(self) -> set[str]:
        """What can be done now, by the names that ``may`` asks for: few steps are then spent on refusals."""
        numbered = {dossier.id: dossier for dossier in self.dossiers}
        self._by_status = {}
        for claim_id, status in db.session.execute(select(Claim.id, Claim.status)):
            if claim_id in numbered:
                self._by_status.setdefault(status, []).append(numbered[claim_id])
        can = {f"status {status}" for status in self._by_status}
        can |= {f"order {status}" for status in db.session.scalars(_ORDERS)}
        heard = any(at + HEARING <= self.now for at in db.session.scalars(_HEARD))
        self._free, self._appealable = self._at(GRANTED, _HEARING), self._at(APPEALABLE, _APPEALED)
        done = set(db.session.scalars(_JOBS))
        waits = db.session.scalars(_UNCHECKED).first() is not None
        asked = {
            "hear": heard,
            "run": False in done,
            "run again": True in done and self._rarely("run again", 10),
            "pay": not can.isdisjoint(f"order {status}" for status in PAYABLE),
            "check": waits,
            "ask": not waits and self._rarely("ask", 20),
            "close": self._rarely("close", 8) and bool(months_to_close(civil_date(self.now))),
            "wait": self._rarely("wait", 4),
            "think": bool(self._free) and self._rarely("think", 14),
            "appeal": bool(self._appealable) and self._rarely("appeal", 4),
        }
        return can | {name for name, so in asked.items() if so}

    def _rarely(self, name: str, steps: int) -> bool:
        """Whether so many steps have gone by since an act of that name: what is always possible is not to be all that
        is drawn."""
        return self.steps - self._last.get(name, 0) >= steps

    def did(self, name: str) -> None:
        """Note that an act was drawn that is to be rare."""
        self._last[name] = self.steps

    # ------------------------------------------------------------ dossiers

    @may("file")
    @rule(net=st.sampled_from(NETS), crash=CRASHES)
    def file_a_dossier(self, net: int, crash: int) -> None:
        self.did("file")
        day = civil_date(self.now) - timedelta(days=20)
        dossier = self.play(
            "file",
            crash,
            lambda: filed(
                self.world,
                draft(self.world, [bill(Item(net, service=a_year(day)), issued_on=day)], now=self.now),
                now=self.now,
            ),
        )
        if dossier is not None:
            self.dossiers.append(dossier)

    @at_status(OPEN)
    @rule(rank=RANKS, outcome=st.sampled_from(("apply", "apply", "apply", "refuse")), crash=CRASHES)
    def decide_a_dossier(self, rank: int, outcome: str, crash: int) -> None:
        dossier, world = self._one(rank, OPEN), self.world
        words = ("", "") if outcome == "apply" else ("Motifs en droit et en fait (art. 4).", GROUND)

        def act() -> None:
            if db.session.get_one(Claim, dossier.id).status != "proposed":
                propose(dossier.id, outcome, words[0], world.reviewer, self.now, ground=words[1])
            confirmed(world, dossier, now=self.now)
            decide(dossier.id, outcome, words[0], world.officer, self.now, ground=words[1])

        self.play(f"decide {outcome}", crash, act)

    @may("appeal")
    @rule(rank=RANKS, outcome=st.sampled_from(("reform", "annul", "confirm")), crash=CRASHES)
    def appeal(self, rank: int, outcome: str, crash: int) -> None:
        self.did("appeal")
        dossier = self._appealable[rank % len(self._appealable)]

        def act() -> None:
            reference = appealed(self.world, dossier, now=self.now)
            lines = lines_of(dossier)
            matched = {str(lines[-1]): SUITE} if outcome == "reform" and len(lines) > 1 else {}
            answered(self.world, reference, outcome, matched, self.now)

        self.play(f"appeal {outcome}", crash, act)

    @may("think")
    @rule(rank=RANKS, crash=CRASHES)
    def think_of_a_withdrawal(self, rank: int, crash: int) -> None:
        self.did("think")
        dossier = self._free[rank % len(self._free)]

        def act() -> None:
            open_revocation(dossier.id, "conditions", FACTS, self.world.reviewer, self.now)
            record_opening(db.session.get_one(Claim, dossier.id), self.world.owner, self.now)

        self.play("revocation", crash, act)

    @may("hear")
    @rule(outcome=st.sampled_from(("revoke", "revoke", "drop")), crash=CRASHES)
    def decide_a_withdrawal(self, outcome: str, crash: int) -> None:
        def act() -> None:
            heard = select(Revocation.claim_id).where(Revocation.status == "hearing").order_by(Revocation.id)
            claim_id = db.session.scalars(heard).first() or 0
            db.session.rollback()
            decide_revocation(claim_id, outcome, WHY, self.world.officer, self.now)

        self.play(outcome, crash, act)

    # ------------------------------------------------------------ payments

    @may("run")
    @rule(most=st.integers(1, 20), crash=CRASHES)
    def run_jobs(self, most: int, crash: int) -> None:
        self.play("jobs", crash, lambda: self._perform(False, most))

    @may("run again")
    @rule(most=st.integers(1, 20))
    def run_jobs_again(self, most: int) -> None:
        """As a queue may: what was done is asked for a second time."""
        self.did("run again")
        self.play("jobs again", 0, lambda: self._perform(True, most))

    def _perform(self, again: bool, most: int) -> None:
        finished = OutboxMessage.done_at.is_not(None) if again else OutboxMessage.done_at.is_(None)
        query = select(OutboxMessage.id).where(OutboxMessage.kind.in_(MONEY_JOBS), finished)
        for message_id in db.session.scalars(query.order_by(OutboxMessage.id).limit(most)).all():
            db.session.rollback()
            perform(message_id, self.now)

    @may("pay")
    @rule(other=st.booleans(), crash=CRASHES)
    def make_a_batch(self, other: bool, crash: int) -> None:
        officer: Actor = self.world.other_accounting_officer if other else self.world.accounting_officer
        today = civil_date(self.now)
        self.play("batch", crash, lambda: make_batch(today, today, officer, self.now))

    @may("ask")
    @rule(iban=st.sampled_from(IBANS), crash=CRASHES)
    def ask_for_another_account(self, iban: str, crash: int) -> None:
        self.did("ask")
        self.play(
            "account asked",
            crash,
            lambda: ask_for_change(
                self.world.company_id, account_input(iban), document_store(), self.world.owner, self.now
            ),
        )

    @may("check")
    @rule(good=st.booleans(), crash=CRASHES)
    def answer_on_an_account(self, good: bool, crash: int) -> None:
        def act() -> None:
            waiting = select(BankAccount.id).where(
                BankAccount.company_id == self.world.company_id,
                BankAccount.ended_at.is_(None),
                BankAccount.checked_at.is_(None),
            )
            account = db.session.scalars(waiting).first() or 0
            officer = self.world.accounting_officer
            if good:
                approve(account, officer, self.now)
            else:
                refuse(account, REASONS, officer, self.now)

        self.play(f"account {'approved' if good else 'refused'}", crash, act)

    # ------------------------------------------------------------ time

    @may("wait")
    @rule(days=st.sampled_from((1, 3, 17, 47)))
    def let_days_pass(self, days: int) -> None:
        """47 is beyond what a company that does not open an undue sum has to answer it."""
        self.did("wait")
        self.now += timedelta(days=days)

    @may("close")
    @rule(crash=CRASHES)
    def close_a_month(self, crash: int) -> None:
        """Those that are over, one a transaction."""
        self.did("close")

        def act() -> None:
            for month in months_to_close(civil_date(self.now)):
                close_month(month, self.world.accounting_officer, self.now)

        self.play("month", crash, act)

    # ------------------------------------------------------------ what always holds

    @invariant()
    def every_proof_holds(self) -> None:
        self.steps += 1
        with self._context():
            codes = None if self.steps % ALL_EVERY == 0 else EACH_STEP
            found = [outcome.proof.code for outcome in check(codes) if not outcome.holds]
            self.can = frozenset(self.look())
            db.session.rollback()
        assert found == [], f"{found} after {self.done}"
