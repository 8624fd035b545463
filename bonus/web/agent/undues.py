"""Undue sums: the list, the page where each is prepared, notified and decided, its letters (art. 14)."""

from __future__ import annotations

from typing import Any

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select

from bonus.calendar import civil_date
from bonus.claims.models import Claim, Invoice
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.jobs.relay import dispatch_after_commit
from bonus.recoveries.changes import recovery_numbered
from bonus.recoveries.deciding import confirm, drop
from bonus.recoveries.drafting import add_finding, open_recovery, remove_finding
from bonus.recoveries.finding_forms import granted_lines
from bonus.recoveries.findings import KINDS
from bonus.recoveries.letters import file_name, written_letter
from bonus.recoveries.lists import FILES, Asked, counts, recoveries_of, recovery_page, steps_of
from bonus.recoveries.mass import changes_to_prepare, masses
from bonus.recoveries.models import Recovery
from bonus.recoveries.notifying import notified_on, notify, reply_days
from bonus.recoveries.reviews import standing_review
from bonus.recoveries.status import (
    AWAITED,
    LETTER_KINDS,
    MASS_STATUSES,
    ORDER_STATUSES,
    ORIGINS,
    STATUSES,
    TABLE,
)
from bonus.spreadsheet import Euros

from ..access import actor, allow, now
from ..downloads import private_file
from ..exports import KIND, every_page, table_file
from ..fields import add_refusal
from ..second_factor import second_factor
from .undue_forms import ActForm, FindingForm, SeenForm, UndueDecisionForm, UndueForm
from .views import EXAMINERS, Page, blueprint, filed_claim

READERS = (*EXAMINERS, "accounting_officer")
"""Who reads undue sums: those who prepare and decide them, and those who collect them."""
LETTER = f"<any({', '.join(LETTER_KINDS)}):kind>"
ACTIONS = {
    "open": "Préparé",
    "change": "Complété",
    "notify": "Notifié",
    "reply": "Réponse de l’entreprise",
    "confirm": "Confirmé",
    "drop": "Classé sans suite",
}


@blueprint.context_processor
def undue_words() -> dict[str, Any]:
    """What the pages of dossiers need to name theirs."""
    return {"recoveries_of": recoveries_of, "undue_statuses": STATUSES}


@blueprint.get("/indus")
@allow(*READERS)
def undues() -> str:
    today, asked = civil_date(now()), _asked()
    return render_template(
        "agent/undues.html",
        listing=recovery_page(asked, request.args.get("page", 1, type=int), today),
        asked=asked,
        files=FILES,
        counts=counts(today),
        origins=ORIGINS,
        statuses=STATUSES,
        order_statuses=ORDER_STATUSES,
        masses=masses(),
        to_prepare=changes_to_prepare() if asked.file == "a-notifier" else [],
        mass_statuses=MASS_STATUSES,
        form=ActForm(formdata=None),
        may_prepare="reviewer" in actor().roles,
        today=today,
    )


def _asked() -> Asked:
    file = request.args.get("file", "")
    return Asked(
        file if file in FILES else "a-decider",
        request.args.get("suivi") or None,
        request.args.get("recherche", "")[:100],
    )


@blueprint.get(f"/indus.{KIND}")
@allow(*READERS)
def undues_table(kind: str) -> FlaskResponse:
    today, asked = civil_date(now()), _asked()

    def page(number: int) -> tuple[list[Recovery], int]:
        found = recovery_page(asked, number, today)
        return list(found.rows), found.total

    rows = (
        (
            one.number,
            one.claim.number,
            one.claim.company.name,
            one.claim.company.siren,
            ORIGINS[one.origin],
            STATUSES[one.status],
            Euros(one.amount_cents),
            one.reply_until,
            one.order.number if one.order else "",
            Euros(one.order.remaining_cents) if one.order else None,
            one.order.barred_on if one.order else None,
        )
        for one in every_page(page)
    )
    titles = (
        "Indu", "Dossier", "Entreprise", "SIREN", "Origine", "État", "Montant", "Réponse jusqu’au", "Titre",
        "Reste dû", "Prescrit à partir du",
    )  # fmt: skip
    return table_file(kind, "indus", titles, rows)


@blueprint.route("/dossiers/<number>/indu", methods=["GET", "POST"])
@allow("reviewer")
def new_undue(number: str) -> Page:
    claim, form = filed_claim(number), UndueForm()
    if form.validate_on_submit():
        try:
            control = request.args.get("controle", type=int)
            made = open_recovery(
                claim.id, form.origin.data, form.facts.data or "", actor(), now(), control_id=control
            )
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash(f"L’indu {made.number} est en préparation : l’entreprise n’en sait rien encore.", "success")
            return redirect(url_for("agent.one_undue", number=made.number))
    claim = filed_claim(number)
    page = render_template(
        "agent/undue_new.html", claim=claim, form=form, former=recoveries_of(claim.id), statuses=STATUSES
    )
    return (page, 422) if form.errors or form.form_errors else page


@blueprint.get("/indus/<number>")
@allow(*READERS)
def one_undue(number: str) -> Page:
    return _page(recovery_numbered(number))


@blueprint.post("/indus/<number>/constats")
@allow("reviewer")
def undue_finding(number: str) -> Page:
    recovery, form = recovery_numbered(number), FindingForm()
    _offer(form, recovery.claim)
    if form.validate_on_submit():
        try:
            add_finding(recovery.id, form.found(), actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash("Le constat est ajouté, et le montant recalculé.", "success")
            return redirect(url_for("agent.one_undue", number=number))
    return _page(recovery_numbered(number), finding=form)


@blueprint.post("/indus/<number>/constats/<int:rank>/retrait")
@allow("reviewer")
def undue_finding_removal(number: str, rank: int) -> Page:
    try:
        remove_finding(recovery_numbered(number).id, rank, actor(), now())
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.sentence, "error")
    else:
        flash("Le constat est retiré, et le montant recalculé.", "success")
    return redirect(url_for("agent.one_undue", number=number))


@blueprint.post("/indus/<number>/notification")
@allow("reviewer")
@second_factor
def undue_notice(number: str) -> Page:
    recovery = recovery_numbered(number)
    form = SeenForm()
    if not form.validate_on_submit() or form.seen.data != str(recovery.amount_cents):
        flash("Le montant a changé depuis l’affichage : relisez-le avant de notifier.", "error")
        return redirect(url_for("agent.one_undue", number=number))
    try:
        notify(recovery.id, actor(), now())
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.sentence, "error")
    else:
        dispatch_after_commit()
        days = reply_days(civil_date(now()))
        flash(f"L’indu est notifié : l’entreprise a {days} jours pour répondre.", "success")
    return redirect(url_for("agent.one_undue", number=number))


@blueprint.post("/indus/<number>/decision")
@allow(*EXAMINERS)
@second_factor
def undue_decision(number: str) -> Page:
    recovery, form = recovery_numbered(number), UndueDecisionForm()
    form.offer(may_confirm=True)
    if form.validate_on_submit():
        act = confirm if form.outcome.data == "confirm" else drop
        try:
            act(recovery.id, form.reasons.data or "", actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            dispatch_after_commit()
            said = "L’indu est confirmé." if act is confirm else "L’indu est classé sans suite."
            flash(said, "success")
            return redirect(url_for("agent.one_undue", number=number))
    return _page(recovery_numbered(number), decision=form)


@blueprint.get(f"/indus/<number>/{LETTER}.pdf")
@allow(*READERS)
def undue_letter(number: str, kind: str) -> FlaskResponse:
    letter = written_letter(recovery_numbered(number), kind)
    assert letter.pdf is not None
    return private_file(letter.pdf, file_name(letter), "application/pdf")


def _offer(form: FindingForm, claim: Claim) -> None:
    lines = granted_lines(claim.id)
    invoices = db.session.scalars(
        select(Invoice)
        .where(Invoice.claim_id == claim.id, Invoice.is_credit_note.is_(False))
        .order_by(Invoice.id)
    ).all()
    form.offer(
        [(line.id, f"{line.invoice.number}, ligne {line.position} – {line.name[:60]}") for line in lines],
        [(invoice.id, f"{invoice.number} – {invoice.supplier_name[:60]}") for invoice in invoices],
    )


def _page(
    recovery: Recovery, finding: FindingForm | None = None, decision: UndueDecisionForm | None = None
) -> Page:
    today, roles = civil_date(now()), actor().roles

    def may(action: str) -> bool:
        found = TABLE.get((recovery.status, action))
        return found is not None and bool(found[0] & roles)

    if finding is None and may("change"):
        finding = FindingForm(formdata=None)
        _offer(finding, recovery.claim)
    offered = decision or (UndueDecisionForm(formdata=None) if may("drop") else None)
    if offered is not None:
        offered.offer(may_confirm=may("confirm"))
    page = render_template(
        "agent/undue.html",
        recovery=recovery,
        claim=recovery.claim,
        statuses=STATUSES,
        order_statuses=ORDER_STATUSES,
        origins=ORIGINS,
        kinds=KINDS,
        actions=ACTIONS,
        finding=finding if may("change") else None,
        decision=offered,
        act=ActForm(formdata=None),
        notice_form=SeenForm.showing(recovery.amount_cents),
        may_notify=may("notify"),
        may_confirm=may("confirm"),
        awaited=recovery.status in AWAITED,
        notified_on=notified_on(recovery, today),
        steps=steps_of(recovery),
        days=reply_days(today),
        today=today,
        review=standing_review(recovery.id),
    )
    faulty = any(form is not None and (form.errors or form.form_errors) for form in (finding, decision))
    return (page, 422) if faulty else page
