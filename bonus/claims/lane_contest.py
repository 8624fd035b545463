"""A supplier contests an invoice by the link it was sent (art. 12): no account, five days, one answer."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from bonus.audit.service import Actor, record
from bonus.calendar import civil_date, format_date
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.money import NBSP
from bonus.regulation import load_parameters

from .changes import locked_claim
from .lane import digest, locked_entry, require_said, state_of
from .lane_models import LaneEntry, SupplierNotice
from .lane_rules import last_day_to_contest


def last_day_of(notice: SupplierNotice) -> date:
    """The last day on which this supplier may contest: counted from the day its mail left."""
    return last_day_to_contest(civil_date(notice.mail.sent_at or notice.told_at), load_parameters())


def notice_of(secret: str, now: datetime) -> SupplierNotice:
    """What a supplier was told, by its link. Raises NotFound for a link of nobody, Refusal (410) when it is over."""
    notice = db.session.scalars(
        select(SupplierNotice).where(SupplierNotice.secret_sha256 == digest(secret))
    ).one_or_none()
    if notice is None:
        raise NotFound("lane.unknown_link", "Ce lien n’existe pas. Vérifiez que vous l’avez copié en entier.")
    if civil_date(now) > last_day_of(notice):
        if notice.contested_at is not None:  # one link in an old mail shows invoices to nobody for ever
            raise LinkOver(
                "lane.link_answered",
                f"Votre contestation est reçue depuis le {format_date(civil_date(notice.contested_at))}. Un agent la "
                f"lit et examine le dossier{NBSP}; il peut vous écrire à l’adresse où vous avez reçu ce lien.",
            )
        raise LinkOver(
            "lane.link_over",
            f"Le délai pour contester a pris fin le {format_date(last_day_of(notice))}. "
            "Si une facture est fausse, écrivez-nous.",
        )
    return notice


class LinkOver(Refusal):
    """The days to contest are past."""

    status = 410


def contest(secret: str, reason: str, address: str | None, now: datetime) -> SupplierNotice:
    """A supplier says that an invoice is not its own, or is wrong: the dossier leaves the lane, an agent reads why.

    Said twice, the first stands. Raises NotFound, Refusal when the days are past, InvalidInput without a reason.
    """
    found = notice_of(secret, now)
    claim_id = db.session.scalars(select(LaneEntry.claim_id).where(LaneEntry.id == found.entry_id)).one()
    claim = locked_claim(claim_id)
    entry = locked_entry(claim_id)
    assert entry is not None  # the notice is of that entry
    db.session.refresh(found)
    notice = notice_of(secret, now)
    if notice.contested_at is not None:
        db.session.rollback()
        return notice_of(secret, now)
    notice.reason, notice.contested_at = require_said(reason), now
    if state_of(entry, claim) == "waiting":
        entry.state, entry.changed_at = "contested", now
        entry.why = f"{notice.supplier_name} a contesté le {format_date(civil_date(now))}."
    record(
        "lane.contested",
        f"claim:{claim.number}",
        Actor("supplier", address=address),
        now,
        supplier=notice.supplier_identifier,
        reasons=notice.reason,
    )
    db.session.commit()
    return notice
