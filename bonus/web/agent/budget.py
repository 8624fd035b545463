"""The envelope of a budget year: where it stands, who waits, when it will be exhausted, and the acts that change it.

The authorising officer, who answers for the credits, enters the acts, with the second factor; the accounting officer
reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import Response, abort, flash, redirect, render_template, request, url_for

from bonus.budget.acts import amend_envelope, open_envelope
from bonus.budget.situation import (
    Situation,
    acts_with_totals,
    situation_of,
    waiting_on,
    years_known,
)
from bonus.calendar import MONTHS, civil_date
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.regulation import load_parameters
from bonus.spreadsheet import Euros

from ..access import actor, allow, now
from ..exports import KIND, table_file
from ..fields import add_refusal
from ..second_factor import second_factor
from .budget_charts import envelope_chart, exhausted_in_words, month_rows
from .budget_forms import AmendmentForm, OpeningForm
from .views import Page, blueprint

OFFICER = "authorising_officer"
READERS = (OFFICER, "accounting_officer")
QUEUES = {
    "all": "Toutes les entreprises",
    "reserved": "Micro-entreprises et PME",
    "others": "Autres bénéficiaires",
}
"""The queues of the waiting list: code → what people read."""
TABLES = ("mois", "rythme", "attente", "actes")
SHOWN = 50
"""How many of those who wait the page shows; the export has them all."""
Table = tuple[Sequence[str], Iterator[Sequence[object]]]


@blueprint.get("/budget")
@allow(*READERS)
def budget() -> Page:
    year = _asked_year()
    return _page(year, _form_of(year))


def _asked_year() -> int:
    """The year of the address (``annee``), this one by default; 404 for one that is not known."""
    today = civil_date(now())
    asked = request.args.get("annee", str(today.year))
    return _known(int(asked) if asked.isdecimal() and len(asked) == 4 else 0)


def _known(year: int) -> int:
    if year not in years_known(civil_date(now())):
        abort(404)
    return year


def _form_of(year: int) -> OpeningForm | None:
    """The form of the act that may be entered: of an envelope to open, or to change; none of a year that is over."""
    today = civil_date(now())
    if OFFICER not in actor().roles or year < today.year:
        return None
    made = AmendmentForm if situation_of(year, today, load_parameters()) else OpeningForm
    form = made(formdata=None)
    form.signed_on.data = today
    return form


def _page(year: int, form: OpeningForm | None) -> Page:
    today, law = civil_date(now()), load_parameters()
    situation = situation_of(year, today, law)
    waiting = waiting_on(today, law) if year >= today.year else None
    page = render_template(
        "agent/budget.html",
        year=year,
        years=years_known(today),
        today=today,
        situation=situation,
        months=month_rows(situation) if situation else [],
        chart=envelope_chart(situation, today) if situation and situation.by_month else None,
        waiting=waiting,
        shown=SHOWN,
        queues=QUEUES,
        acts=acts_with_totals(year),
        form=form,
        amends=isinstance(form, AmendmentForm),
        opens_dossiers=OFFICER in actor().roles,
        exhausted=exhausted_in_words,
        month_names=MONTHS,
    )
    return (page, 422) if form is not None and form.errors else page


@blueprint.post("/budget/<int:year>/ouverture")
@allow(OFFICER)
@second_factor
def open_budget(year: int) -> Page | Response:
    form = OpeningForm()
    if form.validate_on_submit():
        try:
            open_envelope(
                _known(year),
                form.amount.data or 0,
                form.reference.data or "",
                form.signed_on.data,
                actor(),
                now(),
            )
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash(f"L’enveloppe de {year} est ouverte.", "success")
            return redirect(url_for("agent.budget", annee=year))
    return _page(_known(year), form)


@blueprint.post("/budget/<int:year>/actes")
@allow(OFFICER)
@second_factor
def amend_budget(year: int) -> Page | Response:
    form = AmendmentForm()
    if form.validate_on_submit():
        try:
            amend_envelope(
                _known(year),
                form.delta_cents,
                form.reference.data or "",
                form.signed_on.data,
                actor(),
                now(),
            )
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash(f"L’acte est inscrit sur l’enveloppe de {year}.", "success")
            return redirect(url_for("agent.budget", annee=year))
    return _page(_known(year), form)


@blueprint.get(f"/budget/<int:year>/<any({', '.join(TABLES)}):table>.{KIND}")
@allow(*READERS)
def budget_table(year: int, table: str, kind: str) -> Response:
    today, law = civil_date(now()), load_parameters()
    situation = situation_of(_known(year), today, law)
    if table == "attente":
        titles, rows = _waiting()
    elif table == "actes":
        titles, rows = _acts(year)
    elif situation is None:
        abort(404)
    else:
        titles, rows = _months(situation) if table == "mois" else _paces(situation)
    return table_file(kind, f"budget-{year}-{table}", titles, rows)


def _months(situation: Situation) -> Table:
    rows = (
        (
            f"{MONTHS[row.month.month - 1]} {row.month.year}",
            Euros(row.added_cents),
            Euros(row.committed_cents),
        )
        for row in month_rows(situation)
    )
    return ("Mois", "Engagé dans le mois", "Engagé à la fin du mois"), rows


def _paces(situation: Situation) -> Table:
    rows = (
        (pace.days, Euros(pace.committed_cents), Euros(pace.per_day_cents), pace.exhausted_on)
        for pace in situation.paces
    )
    return ("Derniers jours", "Engagé, dégagements déduits", "Par jour", "Enveloppe épuisée le"), rows


def _waiting() -> Table:
    rows = (
        (
            QUEUES[queue],
            rank,
            entry.claim.number,
            entry.claim.company.name,
            civil_date(entry.complete_at),
            civil_date(entry.joined_at),
            Euros(entry.amount_cents),
            entry.blocked,
        )
        for rank, queue, entry in waiting_on(civil_date(now()), load_parameters()).rows
    )
    titles = (
        "File",
        "Rang",
        "Dossier",
        "Entreprise",
        "Complet le",
        "En attente depuis le",
        "Montant",
        "Retenu par",
    )
    return titles, rows


def _acts(year: int) -> Table:
    rows = (
        (
            act.kind_name,
            act.reference,
            act.signed_on,
            Euros(act.delta_cents),
            Euros(total),
            act.recorded_by.name if act.recorded_by else "Service",
            civil_date(act.recorded_at),
        )
        for act, total in acts_with_totals(year)
    )
    return (
        "Acte",
        "Référence",
        "Signé le",
        "Montant",
        "Crédits ouverts après",
        "Inscrit par",
        "Inscrit le",
    ), rows
