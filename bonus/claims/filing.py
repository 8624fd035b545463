"""What a draft may expect, and its filing: number, clock, acknowledgement of receipt (art. 11)."""

from __future__ import annotations

from datetime import datetime

from bonus.audit.service import Actor, record
from bonus.calendar import civil_date, decision_deadline
from bonus.companies.proof import require_figures, require_proven
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.numbering import next_number
from bonus.parts import document_store

from . import notice_words
from .acknowledgement import MOST_LISTED, AcknowledgedInvoice, ServiceContact, build_acknowledgement
from .annulments import standing
from .assessing import assess
from .assignment import assign_by_rule
from .by_hand import check_all_entered
from .changes import change_status, locked_claim
from .intake import locked_draft
from .lane import enter_lane
from .line_list import keep_filed
from .models import Claim
from .notices import tell
from .reviewer_words import WITHDRAWN
from .reviewers import write_to_reviewer
from .risks import flag

DECLARATIONS = {
    "paid": "Ces achats ont été payés par notre entreprise, pour son propre usage",
    "exact": "Les renseignements et les pièces de ce dossier sont exacts",
    "other_aids": "Toutes les autres aides publiques reçues pour ces achats, et nos aides de minimis, sont déclarées",
    "controls": "Nous acceptons les contrôles, pendant trois ans après le versement, et de rembourser l’indu",
}
"""What a company declares on its honour when it files (arts. 5.1, 7 and 14): code → sentence, kept with the dossier."""


def file_claim(claim_id: int, service: ServiceContact, actor: Actor, now: datetime) -> Claim:
    """File a draft: it gets its number and its clock starts. ``service`` is who will examine it.

    Raises Refusal when it is no longer a draft, holds no invoice, or a document that nobody has entered; and when
    nobody has shown that they may act for the company, or its figures are not known.
    """
    claim = locked_draft(claim_id)
    require_proven(claim.company)
    require_figures(claim.company)
    check_all_entered(claim)
    assessment = assess(claim, now)
    if not assessment.lines:
        raise Refusal(
            "claim.empty", "Le dossier ne contient aucune facture : ajoutez-en au moins une avant de déposer."
        )
    filed_on = civil_date(now)
    claim.number = f"BS-{filed_on.year}-{next_number('claims', filed_on.year):06d}"
    claim.filed_at = now
    claim.decision_due_on = decision_deadline(filed_on)
    claim.declarations = [{"code": code, "sentence": sentence} for code, sentence in DECLARATIONS.items()]
    change_status(claim, "file", actor, now)
    invoices = assessment.invoices
    full_list = keep_filed(invoices, document_store()) if len(invoices) > MOST_LISTED else None
    content = build_acknowledgement(
        claim_number=claim.number,
        company_name=claim.company.name,
        siren=claim.company.siren,
        company_address=[part for part in (claim.company.street, _town(claim)) if part],
        filed_at=now,
        decision_due=claim.decision_due_on,
        service=service,
        invoices=[
            AcknowledgedInvoice(
                supplier_name=invoice.supplier_name,
                supplier_id=invoice.supplier_identifier,
                number=invoice.number,
                issued_on=invoice.issued_on,
                net_cents=invoice.net_cents,
            )
            for invoice in (invoices[:MOST_LISTED] if full_list else invoices)
        ],
        invoice_count=len(invoices),
        total_net_cents=sum(invoice.net_cents for invoice in invoices),
        expected_bonus_cents=assessment.bonus_cents,
        full_list=full_list,
    )
    claim.acknowledgement = content.to_dict()
    flag(claim, now)
    lane = enter_lane(claim, assessment, now)
    tell(claim, "received", notice_words.received(claim.number, claim.decision_due_on), now)
    record(
        "claim.filed",
        f"claim:{claim.number}",
        actor,
        now,
        decision_due_on=claim.decision_due_on.isoformat(),
        total_cents=content.total_net_cents,
        expected_bonus_cents=assessment.bonus_cents,
        parameters=assessment.parameters_version,
        lane=lane.state,
    )
    assign_by_rule(claim, now)
    db.session.commit()
    return claim


def _town(claim: Claim) -> str:
    return f"{claim.company.postcode} {claim.company.town}".strip()


def abandon(claim_id: int, actor: Actor, now: datetime) -> None:
    """Give a dossier up: a draft, or one that is filed (désistement), whose invoices are free again (art. 5.3).

    It is final. Raises Refusal once it is decided.
    """
    claim = locked_claim(claim_id)
    if standing(claim) and not claim.is_decided:  # taken up again for lines that waited
        raise Refusal(
            "claim.already_decided",
            "Une décision a déjà été prise sur ce dossier : il ne peut plus être abandonné.",
        )
    change_status(claim, "abandon", actor, now)
    if claim.number is not None:
        tell(claim, "withdrawn", notice_words.withdrawn(claim.number), now)
        write_to_reviewer(claim, WITHDRAWN, f"withdrawn:{claim.id}", now)
    record("claim.abandoned", f"claim:{claim.number or claim.id}", actor, now)
    db.session.commit()
