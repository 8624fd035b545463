"""A filed dossier as its company follows it: where it stands, messages, full history; giving it up."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from bonus.calendar import civil_date
from bonus.certificates.held import certificates_of_company
from bonus.certificates.models import TaxCertificate
from bonus.claims.annulments import given_back, gone_of, standing
from bonus.claims.documents import demands_of
from bonus.claims.dossier_lines import totals_of
from bonus.claims.filing import abandon
from bonus.claims.history import WHO as ACTED
from bonus.claims.history import history_of
from bonus.claims.lane import rule_day
from bonus.claims.letters import letters_of
from bonus.claims.messages import may_be_written_to, open_until, read_messages, thread_of, write_message
from bonus.claims.models import Claim
from bonus.claims.notification import appeal_until, notified_on, record_opening
from bonus.claims.reasons_requests import may_ask_reasons, requests_of
from bonus.claims.request_models import DocumentRequest
from bonus.claims.requests import request_of
from bonus.claims.revocation_days import decidable_from, revocations_of
from bonus.claims.status import COMPANY_STATUSES, allowed
from bonus.claims.timeline import (
    WHO,
    Change,
    Request,
    Story,
    awaited,
    observations_awaited,
    steps,
)
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.recoveries.lists import recoveries_of

from ..access import actor, allow, may_file, now
from ..fields import add_refusal
from ..looking import look_at
from ..messaging import MessageForm
from .forms import WithdrawalForm
from .paying import payments_of
from .views import acted_claim, blueprint, own_claim

Page = str | Response | tuple[str, int]


@blueprint.get("/dossiers/<reference>")
@allow("company")
def claim(reference: str) -> Page:
    claim = own_claim(reference)
    if claim.status == "draft":
        return redirect(url_for("company.invoices", reference=claim.reference))
    # Who may only look leaves what is new to be read by those it is for.
    new = read_messages(claim.id, "company", actor(), now()) if may_file() else frozenset()
    record_opening(claim, actor(), now())
    return _page(claim, MessageForm(formdata=None), new)


@blueprint.post("/dossiers/<reference>/messages")
@allow("company")
def write(reference: str) -> Page:
    claim = acted_claim(reference)
    form = MessageForm()
    if form.validate_on_submit():
        try:
            write_message(claim.id, "company", form.text.data or "", actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash("Votre message est envoyé à l’instructeur.", "success")
            return redirect(url_for("company.claim", reference=reference, _anchor="messages"))
    if claim.number is None:
        abort(404)
    return _page(claim, form), 422


def _page(claim: Claim, form: MessageForm, new: frozenset[int] = frozenset()) -> str:
    today = civil_date(now())
    request = request_of(claim.id)
    story = _story(claim, request)
    looked, heard = look_at(claim), _heard(claim, today)
    return render_template(
        "company/claim.html",
        claim=claim,
        statuses=COMPANY_STATUSES,
        awaited=observations_awaited(heard["decidable"]) if _must_answer(heard) else awaited(story),
        who=WHO,
        steps=steps(story),
        document_request=request,
        assessment=looked.view,
        shown=looked.page,
        where=looked.where,
        totals=totals_of([claim.id])[claim.id],
        may_act=may_file(),
        may_withdraw=may_file() and _may_withdraw(claim),
        demands=demands_of(claim),
        **heard,
        letters=letters_of(claim.id),
        notified={decision.id: notified_on(decision, today) for decision in claim.decisions},
        appeals={decision.id: appeal_until(decision, today) for decision in claim.decisions},
        certificates=[
            found for found in certificates_of_company(claim.company_id) if _certifies(found, claim)
        ],
        thread=thread_of(claim.id),
        new=new,
        writable=may_be_written_to(claim, today),
        open_until=open_until(claim),
        message_form=form,
        today=today,
    )


def _heard(claim: Claim, today: date) -> dict[str, Any]:
    """What a company is asked, or may ask, of a decision."""
    found = revocations_of(claim.id)
    running = next((one for one in found if one.status == "hearing"), None)
    requests = requests_of(claim)
    return {
        "given_back": given_back(claim),
        "gone": gone_of(claim),
        "revocations": found,
        "undues": recoveries_of(claim.id),
        "running": running,
        "decidable": decidable_from(running, today) if running else None,
        "asked_reasons": requests[-1] if requests else None,
        "may_ask_reasons": may_ask_reasons(claim, today),
    }


def _must_answer(heard: dict[str, Any]) -> bool:
    """Whether the company is invited to say something before its decision is taken back, and did not."""
    return heard["running"] is not None and heard["running"].observed_at is None


def _may_withdraw(claim: Claim) -> bool:
    return not standing(claim) and allowed(claim.status, "abandon", actor().roles)


def _story(claim: Claim, request: DocumentRequest | None) -> Story:
    return Story(
        status=claim.status,
        changes=[Change(change.at, change.action, change.new_status) for change in claim.changes],
        today=civil_date(now()),
        due_on=claim.decision_due_on,
        request=_request(request) if request is not None else None,
        payments=payments_of(claim, civil_date(now())),
        decided_before=bool(claim.decisions) and not given_back(claim),
        rule_on=rule_day(claim),
    )


def _request(request: DocumentRequest) -> Request:
    return Request(request.answer_by, len(request.items), sum(len(item.files) for item in request.items))


def _certifies(certificate: TaxCertificate, claim: Claim) -> bool:
    """Whether a certificate in force states a purchase of the dossier."""
    return not certificate.revoked and any(
        purchase["claim_number"] == claim.number for purchase in certificate.content["purchases"]
    )


@blueprint.get("/dossiers/<reference>/historique")
@allow("company")
def history(reference: str) -> str:
    claim = own_claim(reference)
    return render_template("company/history.html", claim=claim, events=history_of(claim), who=ACTED)


# ---------------------------------------------------------------- giving up


@blueprint.post("/dossiers/<reference>/abandon")
@allow("company")
def abandon_claim(reference: str) -> Response:
    """A draft is given up at once; of a filed dossier, its own page first says what follows."""
    claim = acted_claim(reference)
    if claim.number is not None and _may_withdraw(claim):
        return redirect(url_for("company.withdrawal", reference=reference))
    return _abandoned(claim, reference)


@blueprint.route("/dossiers/<reference>/desistement", methods=["GET", "POST"])
@allow("company")
def withdrawal(reference: str) -> Page:
    claim = acted_claim(reference)
    if claim.number is None:
        return redirect(url_for("company.claim", reference=reference))
    form = WithdrawalForm()
    if form.validate_on_submit():
        return _abandoned(claim, reference)
    if not _may_withdraw(claim):
        flash("Ce dossier ne peut plus être abandonné.", "error")
        return redirect(url_for("company.claim", reference=reference))
    page = render_template("company/withdrawal.html", claim=claim, form=form)
    return (page, 422) if form.errors else page


def _abandoned(claim: Claim, reference: str) -> Response:
    filed = claim.number is not None
    try:
        abandon(claim.id, actor(), now())
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.sentence, "error")
        return redirect(url_for("company.claim", reference=reference))
    flash(
        "Votre désistement est enregistré : le dossier est abandonné."
        if filed
        else "Le dossier est abandonné.",
        "success",
    )
    return redirect(url_for("company.home"))
