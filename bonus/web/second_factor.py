"""The second factor asked again, before a grave act: deciding, a batch of payments, an account, someone's factor.

What was typed is kept in the page that asks: sent again with the code, it goes on as if nothing had been asked.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.exceptions import TooManyRequests
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from bonus.accounts.second_factor import MOST_TYPED, check, is_enrolled
from bonus.errors import Refusal
from bonus.extensions import db, limiter
from bonus.money import NBSP

from .access import now
from .error_pages import seconds_left, waiting_time
from .factor_session import is_fresh, note_factor
from .fields import add_refusal

View = TypeVar("View", bound=Callable[..., Any])
TRIES = "20 per 15 minutes"
ASKED, REFUSED, TOO_MANY = 401, 422, 429
CODE = "factor_code"


class CodeForm(FlaskForm):
    """A code of the telephone, or a recovery code. ``wait``: in how many seconds one may try again, once too many were
    tried."""

    wait: int | None = None
    too_many = False
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
    if not within_tries(form):
        return False
    try:
        check(current_user, form.factor_code.data or "", request.remote_addr, now(), act=act)
    except Refusal as refusal:
        db.session.rollback()
        add_refusal(form, refusal)
        return False
    note_factor(current_user.id, now())
    return True


def within_tries(form: CodeForm) -> bool:
    """Count a try, before its code is looked at: a million codes are not tried by one who knows none. Past the limit
    the form says how long to wait, in its own page: that of an error would lose what was typed."""
    try:
        with limiter.shared_limit(TRIES, scope="second factor", key_func=tries_of_person):
            return True
    except TooManyRequests as error:
        form.too_many, form.wait = True, seconds_left(error)
        sentence = (
            f"Trop de codes en peu de temps{NBSP}: réessayez dans {waiting_time(form.wait)}, sur cette page."
        )
        form.factor_code.errors = [*form.factor_code.errors, sentence]
        return False


def asking_page(form: CodeForm, page: str, otherwise: int) -> Response:
    """The page that asks for a code, with the status of what became of it: ``otherwise`` when none was refused."""
    status = TOO_MANY if form.too_many else REFUSED if form.errors else otherwise
    response = make_response(page, status)
    if form.wait is not None:
        response.headers["Retry-After"] = str(form.wait)
    return response


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
        given = CODE in request.form
        if given and form.validate_on_submit() and code_is_right(form, str(request.endpoint)):
            return view(**arguments)
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
        return asking_page(form, page, ASKED)

    return cast(View, guarded)
