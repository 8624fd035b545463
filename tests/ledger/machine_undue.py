"""The play with undue sums (art. 14): found, notified, answered, claimed by a titre or dropped; then repaid, kept from
later bonuses, paid in instalments, reduced, cancelled or barred, with processes that die at a commit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select

from bonus.calendar import civil_date
from bonus.claims.models import Decision
from bonus.companies.models import Company
from bonus.extensions import db
from bonus.parts import document_store
from bonus.payments.models import PaymentOrder
from bonus.recoveries.bars import bar_what_is
from bonus.recoveries.deciding import confirm, drop
from bonus.recoveries.drafting import add_finding, open_recovery
from bonus.recoveries.ending import cancel, waive
from bonus.recoveries.finding_forms import Found, granted_lines
from bonus.recoveries.models import Recovery, RecoveryOrder
from bonus.recoveries.notifying import notify, open_notice, reply
from bonus.recoveries.offsets import offset, offsettable, why_disputed
from bonus.recoveries.plans import follow_plans, set_plan
from bonus.recoveries.repayments import repay
from bonus.recoveries.status import OPEN as OPEN_RECOVERY
from tests.support.recoveries import FACTS, SAID, WHY
from tests.support.settlements import REASONS
from tests.support.world import Dossier

from .machine import CRASHES, GRANTED, RANKS, may
from .machine_bank import MoneyAndBank

ORIGINS = ("credit_note", "contract_ended", "false_statement", "control")
"""A withdrawal prepares its own."""
FIVE_YEARS = timedelta(days=5 * 366)
_OPEN = select(Recovery.id).where(Recovery.status.in_(OPEN_RECOVERY)).order_by(Recovery.id)
_BUSY = select(Recovery.claim_id).where(Recovery.status.in_(OPEN_RECOVERY))
_PAID = (
    select(Decision.claim_id)
    .join(PaymentOrder, PaymentOrder.decision_id == Decision.id)
    .where(PaymentOrder.status.in_(("sent", "executed")))
)
_TITRES = select(RecoveryOrder.number).where(RecoveryOrder.status == "open").order_by(RecoveryOrder.id)
_ENDED = (
    select(RecoveryOrder.number)
    .where(RecoveryOrder.status.in_(("open", "settled")))
    .order_by(RecoveryOrder.id)
)


class MoneyAndUndue(MoneyAndBank):
    """Credits are released and orders cancelled by undue sums alone, as in the service."""

    release = restore = cancel_an_order = None

    def __init__(self) -> None:
        super().__init__()
        self._sound: list[Dossier] = []

    def look(self) -> set[str]:
        can = super().look()
        self._sound = self._at(GRANTED, _BUSY)
        titres = db.session.scalars(_TITRES).first() is not None
        asked = {
            "find": bool(self._sound) and self._rarely("find", 2),
            "further": db.session.scalars(_OPEN).first() is not None,
            "titre": titres,
            "plan": titres and self._rarely("plan", 8),
            "bar": titres and self.steps > 60 and self._rarely("bar", 60),
        }
        return can | {name for name, so in asked.items() if so}

    # ------------------------------------------------------------ found, told, decided

    @may("find")
    @rule(
        rank=RANKS,
        origin=st.sampled_from(ORIGINS),
        share=st.integers(1, 4),
        through=st.sampled_from((True, True, False)),
        crash=st.sampled_from((*(0,) * 12, *range(1, 5))),
    )
    def find_an_undue_sum(self, rank: int, origin: str, share: int, through: bool, crash: int) -> None:
        """Of a dossier that was paid, if there is one; notified and, when it goes ``through``, claimed after the time
        to reply."""
        self.did("find")
        with self._context():
            paid = set(db.session.scalars(_PAID))
            db.session.rollback()
        among = [one for one in self._sound if one.id in paid] or self._sound
        dossier, actor = among[rank % len(among)], self.world.reviewer

        def act() -> None:
            number = open_recovery(dossier.id, origin, FACTS, actor, self.now).id
            found = self._found(dossier.id, rank, origin, share)
            if found is not None:
                add_finding(number, found, actor, self.now)
            until = notify(number, actor, self.now).reply_until
            if through and until is not None:
                self.now += until - civil_date(self.now) + timedelta(days=1)
                confirm(number, WHY, self.world.other_officer, self.now)

        self.play(f"undue, {origin}", crash, act)

    def _found(self, claim_id: int, rank: int, origin: str, share: int) -> Found | None:
        lines = granted_lines(claim_id)
        if not lines:
            return None
        one = lines[rank % len(lines)]
        if origin == "credit_note":
            cents = max(1, one.net_cents * share // 4)
            return Found(
                "credit", invoice_id=one.invoice_id, on=civil_date(self.now), net_cents=cents, number="AV-1"
            )
        if origin == "contract_ended" and one.service_start is not None:
            return Found("ended", line_id=one.id, on=one.service_start + timedelta(days=73 * share))
        if origin == "control":
            return Found("retained", line_id=one.id, net_cents=one.net_cents * share // 5, said=FACTS)
        return Found("refused", line_id=one.id, said=FACTS)

    @may("further")
    @rule(rank=RANKS, what=st.sampled_from(("confirm", "confirm", "confirm", "drop")), crash=CRASHES)
    def take_an_undue_sum_further(self, rank: int, what: str, crash: int) -> None:
        """Opened and replied to by its company, then decided once the time to reply is over; a draft is notified."""
        recovery_id = self._ranked(_OPEN, rank)
        with self._context():
            step = self._next_step(recovery_id, rank, what)
            db.session.rollback()
        self.play(step, crash, lambda: self._steps[step](self, recovery_id))

    def _next_step(self, recovery_id: int, rank: int, what: str) -> str:
        recovery = db.session.get_one(Recovery, recovery_id)
        if recovery.status == "draft":
            return "drop" if what == "drop" or not recovery.amount_cents else "notify"
        assert recovery.reply_until is not None
        if civil_date(self.now) <= recovery.reply_until:
            if recovery.seen_at is None and rank % 4 == 0:
                return "open"
            if recovery.status == "notified" and rank % 4 == 1:
                return "reply"
            if rank % 10:  # the others are decided too early, which is refused
                self.now += recovery.reply_until - civil_date(self.now) + timedelta(days=1)
        return what

    def _notify(self, recovery_id: int) -> None:
        notify(recovery_id, self.world.reviewer, self.now)

    def _open(self, recovery_id: int) -> None:
        open_notice(db.session.get_one(Recovery, recovery_id), self.world.owner, self.now)

    def _reply(self, recovery_id: int) -> None:
        company = db.session.get_one(Recovery, recovery_id).claim.company
        reply(recovery_id, company, SAID, [], document_store(), self._owner(company), self.now)

    def _owner(self, company: Company) -> Any:
        mine = company.id == self.world.company_id
        return self.world.owner if mine else self.world.neighbour_owner

    def _confirm(self, recovery_id: int) -> None:
        confirm(recovery_id, WHY, self.world.other_officer, self.now)

    def _drop(self, recovery_id: int) -> None:
        drop(recovery_id, WHY, self.world.other_officer, self.now)

    _steps: ClassVar[dict[str, Callable[[MoneyAndUndue, int], None]]] = {
        "notify": _notify,
        "open": _open,
        "reply": _reply,
        "confirm": _confirm,
        "drop": _drop,
    }

    # ------------------------------------------------------------ settled

    @may("titre")
    @rule(
        rank=RANKS,
        share=st.integers(1, 5),
        how=st.sampled_from(("repay", "repay", "keep", "keep", "keep", "waive", "cancel")),
        crash=CRASHES,
    )
    def settle_a_titre(self, rank: int, share: int, how: str, crash: int) -> None:
        """One rule for all ways: a play that leaves out a rule leaves out none of them."""
        {"repay": self._repay, "keep": self._keep}.get(how, partial(self._end, how))(rank, share, crash)

    def _repay(self, rank: int, share: int, crash: int) -> None:
        """A quarter, a half, three, all that is left, or more."""
        number, reference = self._ranked(_TITRES, rank), f"VIR-{self.steps}"

        def act() -> None:
            left = self._titre(number).remaining_cents
            db.session.rollback()
            officer, today = self.world.accounting_officer, civil_date(self.now)
            repay(number, max(1, left * share // 4), reference, today, officer, self.now)

        self.play("repaid", crash, act)

    def _keep(self, rank: int, share: int, crash: int) -> None:
        """From an order that its job makes first; where no titre has one, nothing is asked for."""

        def act() -> str:
            self._perform(False, 20)
            found = self._offsettable(rank)
            if not found:
                return "offset: nothing to keep"
            number, order, most = found[rank % len(found)]
            cents = None if share % 2 else max(1, most // 3)
            db.session.rollback()
            offset(order, number, cents, self.world.accounting_officer, self.now)
            return "offset"

        self.play("offset", crash, act)

    def _offsettable(self, rank: int) -> list[tuple[str, str, int]]:
        """A titre and the orders that may be kept for it, with how much: of the first titre that has some."""
        numbers, today = db.session.scalars(_TITRES).all(), civil_date(self.now)
        for place in range(len(numbers)):
            titre = self._titre(numbers[(rank + place) % len(numbers)])
            if why_disputed(titre) is None:
                found = [
                    (titre.number, one.number, min(one.payable_cents, titre.remaining_cents))
                    for one in offsettable(titre, today)
                ]
                if found:
                    return found
        return []

    @may("plan")
    @rule(rank=RANKS, count=st.integers(2, 4), crash=CRASHES)
    def pay_in_instalments(self, rank: int, count: int, crash: int) -> None:
        self.did("plan")
        number, first = self._ranked(_TITRES, rank), civil_date(self.now) + timedelta(days=10)

        def act() -> None:
            set_plan(number, count, first, self.world.accounting_officer, self.now)

        self.play("plan", crash, act)

    @may("plan")
    @rule(crash=CRASHES)
    def look_at_the_plans(self, crash: int) -> None:
        self.did("plan")
        self.play("plans followed", crash, lambda: follow_plans(self.now))

    def _end(self, how: str, rank: int, share: int, crash: int) -> None:
        """Reduced in part or cancelled, whatever was repaid or kept of it."""
        number, officer = self._ranked(_ENDED, rank), self.world.other_officer

        def act() -> None:
            left = self._titre(number).remaining_cents
            db.session.rollback()
            if how == "cancel":
                cancel(number, REASONS, officer, self.now)
            else:
                waive(number, max(1, left * share // 6), REASONS, officer, self.now)

        self.play(f"titre, {how}", crash, act)

    @may("bar")
    @rule(crash=CRASHES)
    def let_five_years_pass(self, crash: int) -> None:
        self.did("bar")
        self.now += FIVE_YEARS
        self.play("barred", crash, lambda: bar_what_is(self.now))

    def _titre(self, number: str) -> RecoveryOrder:
        return db.session.scalars(select(RecoveryOrder).where(RecoveryOrder.number == number)).one()

    def _ranked(self, query: Any, rank: int) -> Any:
        with self._context():
            found = db.session.scalars(query).all()
            db.session.rollback()
        return found[rank % len(found)]
