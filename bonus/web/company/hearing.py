"""What a company says before a decision of its is taken back; and the reasons of a refusal by silence it asks for."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from bonus.calendar import civil_date, format_date
from bonus.claims.reasons_requests import ask_reasons
from bonus.claims.revocation_days import decidable_from, hearing_days, open_revocation_of
from bonus.claims.revocation_models import MOST_OBSERVATIONS
from bonus.claims.revocations import observe
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.parts import document_store

from ..access import actor, allow, now
from ..fields import add_refusal
from ..messaging import plain_lines
from .views import acted_claim, blueprint

Page = str | Response | tuple[str, int]


class ObservationsForm(FlaskForm):
    text = TextAreaField(
        "Vos observations",
        [
            InputRequired("Écrivez vos observations."),
            Length(max=MOST_OBSERVATIONS, message="Ce texte dépasse 5 000 caractères : raccourcissez-le."),
        ],
        filters=[plain_lines],
    )
    files = MultipleFileField("Pièces")


@blueprint.route("/dossiers/<reference>/observations", methods=["GET", "POST"])
@allow("company")
def observations(reference: str) -> Page:
    claim = acted_claim(reference)
    running = open_revocation_of(claim.id)
    if running is None or running.observed_at is not None:
        return redirect(url_for("company.claim", reference=reference))
    form = ObservationsForm()
    if form.validate_on_submit():
        files = [(file.filename, file.read()) for file in form.files.data or () if file and file.filename]
        try:
            observe(claim.id, form.text.data or "", files, document_store(), actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash("Vos observations sont envoyées.", "success")
            return redirect(url_for("company.claim", reference=reference))
    claim = acted_claim(reference)
    running = open_revocation_of(claim.id)
    if running is None:
        return redirect(url_for("company.claim", reference=reference))
    page = render_template(
        "company/observations.html",
        claim=claim,
        form=form,
        revocation=running,
        decidable=decidable_from(running, civil_date(now())),
        days=hearing_days(civil_date(running.opened_at)),
    )
    return (page, 422) if form.errors or form.form_errors else page


@blueprint.post("/dossiers/<reference>/motifs")
@allow("company")
def ask_for_reasons(reference: str) -> Response:
    claim = acted_claim(reference)
    try:
        request = ask_reasons(claim.id, actor(), now())
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.sentence, "error")
    else:
        due = format_date(request.due_on)
        flash(f"Votre demande est envoyée. Les motifs vous sont dus au plus tard le {due}.", "success")
    return redirect(url_for("company.claim", reference=reference))
