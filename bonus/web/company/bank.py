"""The account the company is paid on: masked once saved, changed by its owners, checked by the state."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask_wtf.file import FileField, FileRequired
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from bonus.companies.models import BankAccount, Company
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.jobs.relay import dispatch_after_commit
from bonus.parts import document_store
from bonus.payments.account_checks import proof_read
from bonus.payments.accounts import AccountInput, Proof, accounts_of, ask_for_change, give_up_change

from ..access import actor, allow, current_company, is_owner, now
from ..downloads import private_file
from ..fields import add_refusal
from .establishment import require_owner
from .establishment_forms import CompanyForm
from .views import blueprint

Page = str | Response | tuple[str, int]


class AccountForm(CompanyForm):
    holder = StringField(
        "Titulaire du compte",
        [
            InputRequired("Indiquez le titulaire du compte."),
            Length(max=140, message="140 caractères au plus."),
        ],
    )
    iban = StringField(
        "IBAN",
        [
            InputRequired("Indiquez l’IBAN du compte à créditer."),
            Length(max=60, message="Cet IBAN est trop long."),
        ],
    )
    bic = StringField("BIC", [Length(max=20, message="Ce BIC est trop long.")])
    proof = FileField("Relevé d’identité bancaire", [FileRequired("Joignez le relevé d’identité bancaire.")])


@blueprint.get("/banque")
@allow("company")
def bank() -> str:
    company = current_company()
    accounts = accounts_of(company.id)[::-1]
    return render_template(
        "company/bank.html",
        company=company,
        in_force=next((account for account in accounts if account.is_in_force), None),
        pending=next((account for account in accounts if account.is_pending), None),
        # The last answer, as long as nothing newer was asked.
        refused=accounts[0] if accounts and accounts[0].refused_reason else None,
        may_change=is_owner(),
    )


@blueprint.route("/banque/changement", methods=["GET", "POST"])
@allow("company")
def bank_change() -> Page:
    company = require_owner()
    form = AccountForm(data={"holder": company.name[:140]})
    if form.validate_on_submit():
        sent = form.proof.data
        given = AccountInput(
            holder=form.holder.data,
            iban=form.iban.data,
            bic=form.bic.data or "",
            proof=Proof(sent.filename or "", sent.read()),
        )
        try:
            ask_for_change(company.id, given, document_store(), actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            if refusal.status == 403:
                raise
            add_refusal(form, refusal)
        else:
            dispatch_after_commit()
            flash("Le compte est enregistré. Un agent le vérifie avant tout versement.", "success")
            return redirect(url_for("company.bank"))
    page = render_template("company/bank_change.html", company=company, form=form)
    return (page, 422) if form.errors else page


@blueprint.post("/banque/<int:account_id>/retrait")
@allow("company")
def bank_giving_up(account_id: int) -> Response:
    company = require_owner()
    try:
        give_up_change(company.id, account_id, actor(), now())
    except NotFound as refusal:
        db.session.rollback()
        _own_account(company, account_id)
        flash(refusal.sentence, "warning")  # answered a moment ago
    else:
        flash("Votre demande est retirée.", "success")
    return redirect(url_for("company.bank"))


@blueprint.get("/banque/<int:account_id>/justificatif")
@allow("company")
def bank_proof(account_id: int) -> Response:
    account = _own_account(require_owner(), account_id)
    content = proof_read(account, document_store(), actor(), now())
    return private_file(content, account.proof_name or "", account.proof_media_type or "")


def _own_account(company: Company, account_id: int) -> BankAccount:
    account = db.session.scalars(
        select(BankAccount).where(BankAccount.id == account_id, BankAccount.company_id == company.id)
    ).one_or_none()
    if account is None:
        abort(404)
    return account
