"""After the password: the second factor of agents, asked at each sign-in and put in place at the first."""

from __future__ import annotations

import base64
import io

from flask import current_app, redirect, render_template, request, url_for
from flask_login import current_user
from PIL import Image
from werkzeug.wrappers import Response

from bonus.accounts.second_factor import begin_enrolment, codes_left, confirm_enrolment, is_enrolled
from bonus.adapters.codes import QUIET_ZONE, qr_matrix
from bonus.adapters.second_factor import enrolment_url, typed_secret
from bonus.errors import Refusal
from bonus.extensions import db, limiter
from bonus.jobs.relay import dispatch_after_commit

from ..access import AGENTS, PUBLIC, allow, now
from ..factor_session import begun_enrolment, has_factor, note_enrolment, note_factor
from ..fields import add_refusal
from ..navigation import asked_page, landing_url
from ..second_factor import CodeForm, asking_page, code_is_right, within_tries
from .views import blueprint

Page = str | Response | tuple[str, int]
MODULE_PIXELS = 5


def next_url() -> str:
    """The page asked for before signing in, else where one's roles begin."""
    return asked_page() or landing_url(current_user.roles)


def _elsewhere() -> Response | None:
    """Where who has nothing to give here goes."""
    if not current_user.is_authenticated:
        return redirect(url_for("public.sign_in", suite=asked_page()))
    if not current_user.roles & AGENTS:
        return redirect(next_url())
    return None


@blueprint.route("/connexion/code", methods=["GET", "POST"])
@limiter.limit("60 per 5 minutes", methods=["POST"])
@allow(PUBLIC)
def second_factor() -> Page:
    away = _elsewhere()
    if away is not None:
        return away
    if not is_enrolled(current_user.id):
        return redirect(url_for("public.factor_enrolment", suite=asked_page()))
    if has_factor(current_user.id):
        return redirect(next_url())
    form = CodeForm()
    if form.validate_on_submit() and code_is_right(form, "sign_in"):
        return redirect(next_url())
    left = codes_left(current_user.id)
    db.session.rollback()
    page = render_template("public/second_factor.html", form=form, codes_left=left)
    return asking_page(form, page, 200)


@blueprint.route("/connexion/double-authentification", methods=["GET", "POST"])
@limiter.limit("60 per 5 minutes", methods=["POST"])
@allow(PUBLIC)
def factor_enrolment() -> Page:
    away = _elsewhere()
    if away is not None:
        return away
    if is_enrolled(current_user.id):
        return redirect(url_for("public.second_factor", suite=asked_page()))
    form = CodeForm()
    if form.validate_on_submit() and within_tries(form):
        try:
            codes = confirm_enrolment(
                current_user, form.factor_code.data, begun_enrolment(), request.remote_addr, now()
            )
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            dispatch_after_commit()
            note_factor(current_user.id, now())
            return render_template("public/recovery_codes.html", codes=codes, url=next_url())
    begun = begin_enrolment(current_user.id, begun_enrolment(), now())
    note_enrolment(begun.mark)
    service = str(current_app.config["SERVICE_NAME"])
    page = render_template(
        "public/factor_enrolment.html",
        form=form,
        picture=_picture(enrolment_url(begun.secret, current_user.email, service)),
        secret=typed_secret(begun.secret),
    )
    return asking_page(form, page, 200)


def _picture(text: str) -> str:
    """A QR code as an image that a page holds: nothing of the secret is kept in a file, or asked for again."""
    rows = qr_matrix(text)
    side = len(rows) + 2 * QUIET_ZONE
    image = Image.new("1", (side, side), 1)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                image.putpixel((x + QUIET_ZONE, y + QUIET_ZONE), 0)
    held = io.BytesIO()
    image.resize((side * MODULE_PIXELS, side * MODULE_PIXELS), Image.Resampling.NEAREST).save(held, "PNG")
    return f"data:image/png;base64,{base64.b64encode(held.getvalue()).decode()}"
