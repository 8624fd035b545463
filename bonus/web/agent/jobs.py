"""The jobs that failed: why, since when, how often; tried again or put aside by who looks after them.

The administrator looks after all of them, the accounting officer after those that pay or tell of public money, which
ask for a second factor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response as FileResponse
from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import Length

from bonus.calendar import civil_date
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.jobs.failed import (
    MOST_WORDS,
    STATES,
    Asked,
    counts,
    dismiss,
    failed_job,
    failed_page,
    retry,
    retry_all,
)
from bonus.jobs.relay import dispatch_after_commit
from bonus.jobs.words import MONEY_KINDS, kind_words
from bonus.outbox import CAUSES

from ..access import actor, allow, now
from ..exports import KIND, every_page, table_file
from ..fields import add_refusal
from ..second_factor import second_factor
from .views import Page, blueprint

KEEPERS = ("administrator", "accounting_officer")
PAGE_SIZE = 50
View = Callable[..., Page]


class DismissalForm(FlaskForm):
    """Why a job need not be done."""

    words = TextAreaField(
        "Pourquoi ce travail n’a pas à être fait",
        [Length(max=MOST_WORDS, message=f"Ce texte dépasse {MOST_WORDS} caractères : raccourcissez-le.")],
    )


def looked_after(roles: frozenset[str]) -> frozenset[str] | None:
    """The kinds of jobs that a person with these roles looks after; None: all."""
    return None if "administrator" in roles else MONEY_KINDS


def _asked() -> Asked:
    cause, kind = request.args.get("suivi"), request.args.get("voir")
    mine = looked_after(current_user.roles)
    return Asked(mine, cause if cause in CAUSES else None, kind or None)


@blueprint.get("/travaux")
@allow(*KEEPERS)
def jobs() -> str:
    asked = _asked()
    page = min(max(request.args.get("page", 1, type=int), 1), 10_000)
    rows, total = failed_page(asked, page, PAGE_SIZE)
    counted = counts(asked.kinds)
    causes = {
        cause: sum(
            number for (one, kind), number in counted.items() if one == cause and asked.kind in (None, kind)
        )
        for cause in CAUSES
    }
    kinds = sorted({kind for _, kind in counted}, key=kind_words)
    return render_template(
        "agent/jobs.html",
        asked=asked,
        rows=rows,
        total=total,
        all_count=sum(causes.values()),
        causes=CAUSES,
        cause_counts=causes,
        kinds=[(kind, kind_words(kind)) for kind in kinds],
        states=STATES,
        page=page,
        pages=max(1, -(-total // PAGE_SIZE)),
        page_url=lambda number: url_for("agent.jobs", suivi=asked.cause, voir=asked.kind, page=number),
    )


@blueprint.get(f"/travaux.{KIND}")
@allow(*KEEPERS)
def jobs_table(kind: str) -> FileResponse:
    asked = _asked()
    rows = (
        (
            one.title,
            one.about,
            CAUSES[one.cause],
            one.why,
            civil_date(one.since),
            civil_date(one.last),
            one.failures,
            STATES[one.state],
            one.key,
        )
        for one in every_page(lambda page: failed_page(asked, page, 500))
    )
    titles = (
        "Travail", "À propos", "Cause", "Pourquoi", "En échec depuis", "Dernier essai", "Essais", "État", "Référence",
    )  # fmt: skip
    return table_file(kind, "travaux-en-echec", titles, rows)


@blueprint.get("/travaux/<int:message_id>")
@allow(*KEEPERS)
def one_job(message_id: int) -> Page:
    return _page(message_id, DismissalForm(formdata=None))


def _page(message_id: int, form: DismissalForm) -> Page:
    job = failed_job(message_id, looked_after(current_user.roles))
    page = render_template("agent/jobs_one.html", job=job, form=form, causes=CAUSES, states=STATES)
    return (page, 422) if form.errors else page


@blueprint.post("/travaux/<int:message_id>/relance")
@allow(*KEEPERS)
def job_retry(message_id: int) -> Page:
    return _guarded(message_id, _retried)(message_id=message_id)


def _retried(message_id: int) -> Page:
    job = retry(message_id, looked_after(current_user.roles), actor(), now())
    dispatch_after_commit()
    flash(f"« {job.title} » ({job.about}) est relancé.", "success")
    return redirect(url_for("agent.jobs"))


@blueprint.post("/travaux/<int:message_id>/classement")
@allow(*KEEPERS)
def job_dismissal(message_id: int) -> Page:
    return _guarded(message_id, _dismissed)(message_id=message_id)


def _dismissed(message_id: int) -> Page:
    form = DismissalForm()
    if form.validate_on_submit():
        try:
            job = dismiss(message_id, form.words.data or "", looked_after(current_user.roles), actor(), now())
        except NotFound:
            raise
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash(f"« {job.title} » ({job.about}) est classé sans suite.", "success")
            return redirect(url_for("agent.jobs"))
    return _page(message_id, form)


def _guarded(message_id: int, view: View) -> View:
    """The act itself; behind a second factor when the job moves money."""
    job = failed_job(message_id, looked_after(current_user.roles))
    db.session.rollback()
    return second_factor(view) if job.moves_money else view


@blueprint.route("/travaux/relance", methods=["GET", "POST"])
@allow(*KEEPERS)
def jobs_again() -> Page:
    asked = _asked()
    chosen = {
        kind: number
        for (cause, kind), number in counts(asked.kinds).items()
        if cause == asked.cause and asked.kind in (None, kind)
    }
    if request.method != "POST":
        return render_template(
            "agent/jobs_again.html",
            asked=asked,
            causes=CAUSES,
            chosen=[(kind_words(kind), number) for kind, number in sorted(chosen.items())],
            total=sum(chosen.values()),
            form=FlaskForm(formdata=None),
        )
    db.session.rollback()
    return (second_factor(_all_retried) if MONEY_KINDS & chosen.keys() else _all_retried)()


def _all_retried(**_: Any) -> Response:
    try:
        number = retry_all(_asked(), actor(), now())
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.sentence, "error")
    else:
        dispatch_after_commit()
        flash("Un travail est relancé." if number == 1 else f"{number} travaux sont relancés.", "success")
    return redirect(url_for("agent.jobs"))
