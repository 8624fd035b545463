"""Entering each bonus in the central register of de minimis aids, and correcting it once some is recovered (art. 7)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from bonus import outbox
from bonus.adapters.de_minimis_register import Correction, DeMinimisRegister, NewAid
from bonus.audit.service import SERVICE, record
from bonus.calendar import add_working_days, civil_date
from bonus.claims.models import Decision
from bonus.companies.models import Company
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.money import format_euros
from bonus.parts import de_minimis_register, service_contact
from bonus.regulation import Parameters, load_parameters

from .models import GRANT, RegisterEntry

REGISTER = "register"
"""The kind of the outbox's message that enters one."""
INSTRUMENT = "grant"


def ask_entry(decision: Decision, company: Company, law: Parameters, now: datetime) -> RegisterEntry | None:
    """Ask, in the caller's transaction, that the bonus of a decision just written be entered within the legal time.

    None when there is nothing to enter: no bonus, a public body, or another legal basis on the day of the grant.
    """
    granted_on = decision.decided_on
    if decision.bonus_cents <= 0 or company.kind != "enterprise" or not is_de_minimis(law, granted_on):
        return None
    entry = RegisterEntry(
        decision_id=decision.id,
        kind="entered",
        about=GRANT,
        amount_cents=decision.bonus_cents,
        due_on=entry_due_on(granted_on, law),
        created_at=now,
    )
    return _posted(entry, now)


def ask_correction(
    decision_id: int, amount_now_cents: int, reason: str, about: str, now: datetime, on: date | None = None
) -> RegisterEntry | None:
    """Ask, in the caller's transaction, that the register be told what the bonus of a decision now comes to, some of
    it being recovered; ``about`` says by what (``recovery:12``), once for each decision. None when it was not entered.
    ``on``: the day from which it counts, that on which the money came back (art. 7), by default today; never before
    the day of a correction made already, whose amount this one has in it.

    Raises Refusal for an amount below zero or above what was granted, and without a reason. What was asked already is
    given back as it is.
    """
    entries = _locked_entries(decision_id)
    if not entries:
        return None
    former = next((entry for entry in entries if entry.about == about), None)
    if former is not None:
        return former
    granted = entries[0].amount_cents
    if not 0 <= amount_now_cents <= granted or not reason.strip():
        raise Refusal(
            "register.correction",
            f"Une correction au registre dit pourquoi, et laisse de 0 à {format_euros(granted)} de l’aide (art. 7).",
        )
    today = civil_date(now)
    effective_on = max(
        [min(on or today, today), *(_day_of(entry) for entry in entries if entry.kind == "corrected")]
    )
    entry = RegisterEntry(
        decision_id=decision_id,
        kind="corrected",
        about=about,
        amount_cents=amount_now_cents,
        reason=reason.strip()[:300],
        due_on=entry_due_on(effective_on, load_parameters()),
        created_at=now,
        effective_on=effective_on,
    )
    return _posted(entry, now)


def _day_of(entry: RegisterEntry) -> date:
    """The day from which a correction counts."""
    return entry.effective_on or civil_date(entry.created_at)


def entry_due_on(day: date, law: Parameters) -> date:
    """The last day to tell the register of what happened on a day: so many working days later (art. 7)."""
    return add_working_days(day, law.integer("de_minimis.register_days", day))


def enter_in_register(entry_id: int, now: datetime) -> None:
    """Tell the register, and keep its reference. What it was not told before of the same decision goes first, in its
    order. Told twice under one key, it has it once. Commits after each.

    Raises RegisterAway (tried again for as long as it takes), RegisterRefusal, NotFound.
    """
    asked = db.session.get(RegisterEntry, entry_id)
    if asked is None:
        raise NotFound("register.no_entry", "Cette inscription au registre n’existe pas.")
    decision_id = asked.decision_id
    register = de_minimis_register()
    while True:
        entries = _locked_entries(decision_id)
        entry = next((one for one in entries if one.entered_at is None and one.id <= entry_id), None)
        if entry is None:
            db.session.rollback()
            return
        entry.reference = _tell(register, entry, entries[0])
        entry.entered_at = now
        record(
            f"register.{entry.kind}",
            f"claim:{entry.decision.claim.number}",
            SERVICE,
            now,
            reference=entry.reference,
            amount_cents=entry.amount_cents,
            decision=decision_id,
        )
        db.session.commit()


def _tell(register: DeMinimisRegister, entry: RegisterEntry, grant: RegisterEntry) -> str:
    key = key_of(entry)
    if entry.kind == "entered":
        return register.enter(_aid(entry, key))
    assert grant.reference is not None  # entered before, in the order of the entries
    return register.correct(
        Correction(key, grant.reference, entry.amount_cents, _day_of(entry), entry.reason)
    )


def key_of(entry: RegisterEntry) -> str:
    """What names an entry for good, outside."""
    decision = entry.decision
    return f"{decision.claim.number}:{decision.rank}:{entry.about}"


def _aid(entry: RegisterEntry, key: str) -> NewAid:
    decision, company = entry.decision, entry.decision.claim.company
    return NewAid(
        key=key,
        beneficiary=company.siren,
        name=company.name,
        amount_cents=entry.amount_cents,
        granted_on=decision.decided_on,
        authority=service_contact().name,
        instrument=INSTRUMENT,
        activity=company.naf,
    )


def _posted(entry: RegisterEntry, now: datetime) -> RegisterEntry:
    db.session.add(entry)
    db.session.flush()
    outbox.post(REGISTER, entry.id, now)
    return entry


def _locked_entries(decision_id: int) -> list[RegisterEntry]:
    """What the register is told of a decision, its grant first, locked."""
    return list(
        db.session.scalars(
            select(RegisterEntry)
            .where(RegisterEntry.decision_id == decision_id)
            .order_by(RegisterEntry.id)
            .with_for_update(of=RegisterEntry)
            .execution_options(populate_existing=True)
        )
    )


def is_de_minimis(law: Parameters, day: date) -> bool:
    """Whether art. 7 applies to what is granted on a day."""
    return law.on("de_minimis.legal_basis", day).value == "de_minimis"
