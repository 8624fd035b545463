"""What a supplier opens by the link it was sent: the invoices a company says to hold from it, and contesting them."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from bonus.claims.lane import MOST_REASON
from bonus.claims.lane_contest import LinkOver, contest, last_day_of, notice_of
from bonus.claims.lane_words import invoice_in_words
from bonus.errors import NotFound, Refusal
from bonus.extensions import db, limiter

from ..access import PUBLIC, allow, now
from ..fields import add_refusal
from .views import blueprint


class ContestForm(FlaskForm):
    reason = TextAreaField(
        "Ce qui n’est pas exact",
        [
            InputRequired("Dites ce qui n’est pas exact."),
            Length(max=MOST_REASON, message="Ce texte dépasse 2\u202f000 caractères : raccourcissez-le."),
        ],
    )


@blueprint.route("/contestation/<secret>", methods=["GET", "POST"])
@limiter.limit("60 per 15 minutes")
@allow(PUBLIC)
def contestation(secret: str) -> str | Response | tuple[str, int]:
    secret = secret[:100]
    form = ContestForm()
    try:
        if form.validate_on_submit():
            contest(secret, form.reason.data, request.remote_addr, now())
            return redirect(url_for("public.contestation", secret=secret))
    except (NotFound, LinkOver):
        db.session.rollback()  # said below, like to who only opens the page
    except Refusal as refusal:
        db.session.rollback()
        add_refusal(form, refusal)
    try:
        notice = notice_of(secret, now())
    except LinkOver as refusal:
        return render_template("public/contestation_over.html", sentence=refusal.sentence), refusal.status
    page = render_template(
        "public/contestation.html",
        notice=notice,
        buyer=notice.entry.claim.company.name,
        invoices=[invoice_in_words(invoice) for invoice in notice.invoices],
        last_day=last_day_of(notice),
        secret=secret,
        form=form,
    )
    return (page, 422) if form.errors else page
