"""The second factor asked again, before a grave act: deciding, a batch of payments, an account, someone's factor.

What was typed is kept in the page that asks: sent again with the code, it goes on as if nothing had been asked.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import flash, redirect, render_template, request, url_for
from flask_limiter import RateLimitExceeded
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from bonus.accounts.second_factor import MOST_TYPED, check, is_enrolled
from bonus.errors import Refusal
from bonus.extensions import db, limiter
from bonus.money import NBSP

from .access import now
from .factor_session import is_fresh, note_factor
from .fields import add_refusal

View = TypeVar("View", bound=Callable[..., Any])
TRIES = "20 per 15 minutes"
TOO_OFTEN = (
    f"Trop de codes ont été essayés{NBSP}: attendez un quart d’heure avant d’en taper un autre. Cette page garde ce "
    "que vous aviez saisi."
)
ASKED = 401
CODE = "factor_code"


class CodeForm(FlaskForm):
    """A code of the telephone, or a recovery code."""

    factor_code = StringField(
        "Code à six chiffres",
        [
            InputRequired("Tapez le code que votre téléphone affiche."),
            Length(max=MOST_TYPED, message="Ce code est trop long."),
        ],
    )


def tries_of_person() -> str:
    """By what tries are counted, whichever page they are made on."""
    return f"factor:{current_user.id}"


def code_is_right(form: CodeForm, act: str) -> bool:
    """Take the code of a form; the session then has its factor. Else the form bears the refusal."""
    # The limiter counts each try, before the code is looked at: a million codes are not tried by one who knows none.
    with limiter.shared_limit(TRIES, scope="second factor", key_func=tries_of_person):
        try:
            check(current_user, form.factor_code.data or "", request.remote_addr, now(), act=act)
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
            return False
    note_factor(current_user.id, now())
    return True


def second_factor(view: View) -> View:
    """Let a form through only to who gave their second factor within ``SECOND_FACTOR_FRESH``; else ask for it, keep
    what was sent in the page, and go on with it. Stands under ``allow``; a page that is read is not concerned."""

    @wraps(view)
    def guarded(**arguments: Any) -> Any:
        if request.method != "POST" or is_fresh(current_user.id, now()):
            return view(**arguments)
        if not is_enrolled(current_user.id):
            flash("Mettez d’abord en place votre double authentification, puis recommencez.", "warning")
            return redirect(url_for("public.factor_enrolment"))
        form = CodeForm()
        given, refused_by = CODE in request.form, 422
        try:
            if given and form.validate_on_submit() and code_is_right(form, str(request.endpoint)):
                return view(**arguments)
        except RateLimitExceeded:
            # Here and not on a page of its own: what was typed is kept.
            refused_by = 429
            form.factor_code.errors = [TOO_OFTEN]
        kept = [
            (name, value)
            for name, value in request.form.items(multi=True)
            if name not in (CODE, "csrf_token")
        ]
        form.factor_code.data = ""
        if not given:
            form = CodeForm(formdata=None)
        page = render_template(
            "agent/second_factor.html", form=form, kept=kept, url=request.full_path.rstrip("?")
        )
        return page, refused_by if form.errors else ASKED

    return cast(View, guarded)
