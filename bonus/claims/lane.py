"""The fast lane (art. 12): a dossier's entry, made when it is filed, and how an agent takes it out."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date, datetime

from sqlalchemy import select

from bonus.audit.service import Actor, record
from bonus.calendar import civil_date
from bonus.errors import InvalidInput, Refusal
from bonus.extensions import db
from bonus.mail import SECRET, NewMail, post_mail
from bonus.parts import public_url, service_contact
from bonus.registry.models import Supplier
from bonus.regulation import Parameters, load_parameters

from .assessing import Assessment
from .changes import change_status, locked_claim
from .examination import OFFICER_ACTIONS, require_separation
from .lane_draw import is_drawn
from .lane_facts import gather, reachable, suppliers_of
from .lane_models import LaneEntry, SupplierNotice
from .lane_rules import conditions, decided_from, last_day_to_contest, unmet
from .lane_seeds import seed_for
from .lane_words import shown_invoice, supplier_mail, unmet_in_words
from .models import Claim, Invoice

SHORTEST_REASON = 10
MOST_REASON = 2_000


def enter_lane(claim: Claim, assessment: Assessment, now: datetime) -> LaneEntry:
    """Look at the conditions for a dossier being filed, its risk flags found; draw it; tell its suppliers.

    In the caller's transaction, before its entry in the log. Suppliers are told of a dossier that may be decided by
    rule alone: of no other does the rule need their silence.
    """
    law, today = load_parameters(), civil_date(now)
    seed = seed_for(today)
    found = conditions(gather(claim, assessment, today, announced=seed is not None), law, today)
    kept = [one.kept() for one in found]
    entry = LaneEntry(claim=claim, filed_on=today, state="outside", conditions=kept, changed_at=now)
    db.session.add(entry)
    if seed is None or unmet(found):
        entry.why = unmet_in_words(kept)
        return entry
    entry.drawn = is_drawn(seed.seed, str(claim.number), seed.share_bp)
    if entry.drawn:
        entry.state = "drawn"
        entry.why = "Tiré au sort pour être examiné par un agent (art.\u00a012)."
        return entry
    entry.state, entry.due_on = "waiting", decided_from(today, law)
    _tell_suppliers(entry, claim, assessment, now, law)
    return entry


def _tell_suppliers(
    entry: LaneEntry, claim: Claim, assessment: Assessment, now: datetime, law: Parameters
) -> None:
    shown: dict[str, list[dict[str, object]]] = {}
    for identifier, number, issued_on, gross, credit_note in db.session.execute(
        select(
            Invoice.supplier_identifier,
            Invoice.number,
            Invoice.issued_on,
            Invoice.gross_cents,
            Invoice.is_credit_note,
        )
        .where(Invoice.claim_id == claim.id)
        .order_by(Invoice.id)
    ):
        shown.setdefault(identifier, []).append(
            shown_invoice(number, issued_on, gross, credit_note=credit_note)
        )
    db.session.flush()
    last_day = last_day_to_contest(civil_date(now), law)
    for identifier, supplier in reachable(suppliers_of(assessment)).items():
        _tell(entry, claim.company.name, supplier, shown[identifier], last_day, now)


def _tell(
    entry: LaneEntry,
    buyer: str,
    supplier: Supplier,
    invoices: list[dict[str, object]],
    last_day: date,
    now: datetime,
) -> None:
    assert supplier.email is not None  # it is reachable
    secret = secrets.token_urlsafe(24)
    url = f"{public_url()}/contestation/{SECRET}"
    words = supplier_mail(supplier.name, buyer, invoices, last_day, url, service_contact().email)
    mail = post_mail(
        NewMail(
            f"lane:{entry.id}:{supplier.id}", supplier.email, words.subject, words.text, words.why, secret
        ),
        now,
    )
    db.session.add(
        SupplierNotice(
            entry=entry,
            supplier_identifier=supplier.identifier,
            supplier_name=supplier.name,
            secret_sha256=digest(secret),
            invoices=invoices,
            told_at=now,
            mail_id=mail.id,
        )
    )


def digest(secret: str) -> str:
    """What is kept of a link's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def lane_entry_of(claim_id: int) -> LaneEntry | None:
    """A dossier's entry; None for a draft, and for those filed before there was a lane."""
    return db.session.scalars(select(LaneEntry).where(LaneEntry.claim_id == claim_id)).one_or_none()


def rule_day(claim: Claim) -> date | None:
    """The day a rule is to decide a filed dossier; None when it is not, or no longer, in the lane."""
    entry = lane_entry_of(claim.id) if claim.status == "filed" else None
    return entry.due_on if entry is not None and entry.state == "waiting" else None


def state_of(entry: LaneEntry, claim: Claim) -> str:
    """Where it stands now: a dossier that an agent took up, or that was given up, has left the lane already, before
    the job of the day writes it down."""
    return "left" if entry.state == "waiting" and claim.status != "filed" else entry.state


def locked_entry(claim_id: int) -> LaneEntry | None:
    """The entry of a dossier that the caller has locked, read again and locked."""
    return db.session.scalars(
        select(LaneEntry)
        .where(LaneEntry.claim_id == claim_id)
        .with_for_update(of=LaneEntry)
        .execution_options(populate_existing=True)
    ).one_or_none()


def require_said(text: str, field: str = "reason") -> str:
    """What was written, trimmed. Raises InvalidInput when it is too short to say anything, or too long."""
    text = text.strip()
    if not SHORTEST_REASON <= len(text) <= MOST_REASON:
        raise InvalidInput(
            "lane.reason_missing",
            "Dites pourquoi en quelques mots, 2\u202f000 caractères au plus.",
            field=field,
        )
    return text


def take_out(claim_id: int, reason: str, actor: Actor, now: datetime) -> Claim:
    """A reviewer takes a dossier out of the lane, saying why, and examines it: who did it decides nothing on it.

    Raises InvalidInput without a reason, Forbidden under art. 12, Refusal when it is not in the lane any more.
    """
    claim = locked_claim(claim_id)
    require_separation(claim, actor, OFFICER_ACTIONS)
    reason = require_said(reason)
    entry = locked_entry(claim_id)
    if entry is None or state_of(entry, claim) != "waiting":
        raise Refusal(
            "lane.not_in",
            "Ce dossier n’est plus en voie rapide\u00a0: rechargez la page pour voir où il en est.",
        )
    change_status(claim, "review", actor, now, reason=reason)
    entry.state, entry.why, entry.out_by_id, entry.changed_at = "taken_out", reason, actor.person_id, now
    record("lane.taken_out", f"claim:{claim.number}", actor, now, reasons=reason)
    db.session.commit()
    return claim
