"""A withdrawal (retrait) annulled on appeal: what it took back applies again, as if it had never been
(art. 11).

A withdrawal is of all that a dossier was granted, so it is confirmed or annulled, never reformed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from bonus import outbox
from bonus.accounts.acting import locked_company
from bonus.audit.service import Actor
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.money import NBSP
from bonus.payments.freeing import free_orders
from bonus.recoveries.reviewing import end_after_restoration

from .appeal_models import Appeal
from .bought import bought_of
from .change_models import StatusChange
from .changes import change_status
from .holders import kept_elsewhere, lock_invoices
from .models import Claim, Decision
from .revocation_models import Revocation

RESTORED = "restored"
"""The kind of the outbox's message by which the tax certificates state its purchases again."""


def withdrawal_of(claim: Claim) -> Revocation | None:
    """The withdrawal that a dossier is under, if it is."""
    if claim.status != "revoked":
        return None
    query = select(Revocation).where(Revocation.claim_id == claim.id, Revocation.status == "revoked")
    return db.session.scalars(query).one()


def taken_back(claim: Claim) -> Decision:
    """Of the decisions that a withdrawal takes back, the last one that grants: the appeal names it."""
    return next(decision for decision in reversed(claim.decisions) if decision.bonus_cents)


def require_restorable(appeal: Appeal) -> None:
    """Raise Refusal when annulling the withdrawal that is appealed would pay an invoice twice (art. 5.3), or when the
    dossier is under it no more."""
    claim: Claim = appeal.claim
    if claim.status != "revoked":
        raise Refusal("appeal.not_withdrawn", "La décision de ce dossier n’est plus retirée.")
    elsewhere = kept_elsewhere(claim, bought_of(claim.id))
    if elsewhere:
        raise Refusal(
            "appeal.granted_elsewhere",
            f"Une de ces factures a été acceptée depuis dans un autre dossier ({', '.join(elsewhere)}){NBSP}: elle ne "
            "peut l’être deux fois (art. 5.3).",
        )


def restore(appeal: Appeal, actor: Actor, now: datetime) -> Sequence[str]:
    """Annul the withdrawal that is appealed, in the caller's transaction: the dossier has the status it had, its orders
    are due again, what was claimed back is claimed no more, and what was taken of it is due again (art. 14), its
    certificates are issued anew. The numbers of these orders. Raises what ``require_restorable`` raises.
    """
    claim: Claim = appeal.claim
    lock_invoices(claim.id)
    require_restorable(appeal)
    assert appeal.revocation is not None
    appeal.revocation.status = "annulled"
    end_after_restoration(appeal.revocation, actor, now)
    company = locked_company(claim.company_id)  # an order made at this moment is freed too, or comes after
    change_status(claim, "restore", actor, now, result=_former_status(claim), reason=appeal.answer)
    db.session.flush()
    outbox.post(RESTORED, appeal.id, now)
    return free_orders(claim.id, company, now)


def _former_status(claim: Claim) -> str:
    query = select(StatusChange.old_status).where(
        StatusChange.claim_id == claim.id, StatusChange.action == "revoke"
    )
    return db.session.scalars(query.order_by(StatusChange.id.desc())).first() or ""
