"""The accounting officer's page of bank accounts that wait to be checked (art. 13)."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from bonus.companies.models import BankAccount
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.jobs.relay import dispatch_after_commit
from bonus.parts import document_store
from bonus.payments.account_checks import (
    MOST_REASON,
    approve,
    checkable,
    holder_differs,
    may_check,
    pending_accounts,
    proof_read,
    refuse,
    requester_of,
)
from bonus.payments.accounts import accounts_of

from ..access import actor, allow, now
from ..downloads import private_file
from ..fields import add_refusal
from ..second_factor import second_factor
from .views import Page, blueprint


class RefusalForm(FlaskForm):
    reason = TextAreaField(
        "Pourquoi ce compte est refusé",
        [
            InputRequired("Écrivez pourquoi."),
            Length(
                max=MOST_REASON, message="Ce texte dépasse 1\u202f000 caractères\u00a0: raccourcissez-le."
            ),
        ],
    )


@blueprint.get("/comptes")
@allow("accounting_officer")
def accounts() -> str:
    waiting = pending_accounts()
    return render_template(
        "agent/accounts.html",
        accounts=waiting,
        differs={account.id for account in waiting if holder_differs(account)},
        mine=checkable(waiting, actor()),
    )


@blueprint.get("/comptes/<int:account_id>")
@allow("accounting_officer")
def account(account_id: int) -> Page:
    return _page(_account(account_id), RefusalForm())


def _page(found: BankAccount, form: RefusalForm) -> Page:
    page = render_template(
        "agent/account.html",
        account=found,
        former=next((one for one in accounts_of(found.company_id) if one.is_in_force), None),
        requester=requester_of(found),
        differs=holder_differs(found),
        scanned=found.proof_stored_as is not None and document_store().is_scanned(found.proof_stored_as),
        may_check=found.is_pending and may_check(found, actor()),
        form=form,
    )
    return (page, 422) if form.errors else page


@blueprint.post("/comptes/<int:account_id>/validation")
@allow("accounting_officer")
@second_factor
def account_approval(account_id: int) -> Response:
    _account(account_id)
    try:
        found = approve(account_id, actor(), now())
    except NotFound as refusal:
        db.session.rollback()
        flash(refusal.sentence, "warning")
        return redirect(url_for("agent.account", account_id=account_id))
    dispatch_after_commit()
    flash(
        f"Le compte de l’entreprise {found.company.name} est vérifié. Les versements retenus partiront.",
        "success",
    )
    return redirect(url_for("agent.accounts"))


@blueprint.post("/comptes/<int:account_id>/refus")
@allow("accounting_officer")
def account_refusal(account_id: int) -> Page:
    found = _account(account_id)
    form = RefusalForm()
    if form.validate_on_submit():
        try:
            found = refuse(account_id, form.reason.data, actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            if refusal.status == 403:
                raise
            add_refusal(form, refusal)
            found = _account(account_id)
        else:
            dispatch_after_commit()
            flash(
                f"Le compte de l’entreprise {found.company.name} est refusé. Ses responsables sont prévenus.",
                "success",
            )
            return redirect(url_for("agent.accounts"))
    return _page(found, form)


@blueprint.get("/comptes/<int:account_id>/justificatif")
@allow("accounting_officer")
def account_proof(account_id: int) -> Response:
    found = _account(account_id)
    content = proof_read(found, document_store(), actor(), now())
    return private_file(content, found.proof_name or "", found.proof_media_type or "")


def _account(account_id: int) -> BankAccount:
    """An account someone asked for or that waits: what was never to check is not shown here."""
    found = db.session.get(BankAccount, account_id)
    if found is None or not (found.is_pending or found.requested_by_id):
        abort(404)
    return found
