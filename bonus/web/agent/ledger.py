"""The accounting officer's accounts: proven when asked, what each account holds, months to close, entries to keep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from bonus.calendar import civil_date
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.ledger.accounts import BUDGET_ACCOUNTS, account_words, kind_words
from bonus.ledger.check import PROOFS, check
from bonus.ledger.closing import close_month, month_name, parse_month
from bonus.ledger.export import FORMS, rows_of
from bonus.ledger.months import months_to_close
from bonus.ledger.reading import MOST_ENTRIES, balances, entries_about, months_closed
from bonus.spreadsheet import Euros

from ..access import actor, allow, now
from ..exports import KIND, table_file
from ..fields import add_refusal
from ..second_factor import second_factor
from .ledger_forms import MOST_ASKED, MonthForm, PeriodForm
from .views import Page, blueprint

ACCOUNTANT = "accounting_officer"
ASKED, PROVEN = "recherche", "preuves"


@blueprint.get("/comptabilite")
@allow(ACCOUNTANT)
def ledger() -> Page:
    return _page(MonthForm(formdata=None), _empty_period())


def _page(closing: MonthForm, period: PeriodForm) -> Page:
    today = civil_date(now())
    asked = _asked()
    waiting = months_to_close(today)
    page = render_template(
        "agent/ledger.html",
        closing=closing,
        period=period,
        proofs=PROOFS.values(),
        outcomes=list(check()) if PROVEN in request.args else None,
        balances=balances(),
        budget=BUDGET_ACCOUNTS,
        closed=months_closed(),
        waiting=waiting,
        month_name=month_name,
        asked=asked,
        found=entries_about(asked),
        most=MOST_ENTRIES,
        account_words=account_words,
        kind_words=kind_words,
    )
    return (page, 422) if closing.errors or period.errors else page


def _asked() -> str:
    return request.args.get(ASKED, "").strip()[:MOST_ASKED]


def _empty_period() -> PeriodForm:
    form = PeriodForm(formdata=None)
    today = civil_date(now())
    form.du.data, form.au.data = date(today.year, 1, 1), today
    return form


@blueprint.post("/comptabilite/mois")
@allow(ACCOUNTANT)
@second_factor
def month_closing() -> Page:
    form = MonthForm()
    if form.validate_on_submit():
        try:
            row = close_month(parse_month(form.month.data or ""), actor(), now())
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            flash(f"{month_name(row.month).capitalize()} est clos.", "success")
            return redirect(url_for("agent.ledger", _anchor="mois"))
    return _page(form, _empty_period())


@blueprint.get("/comptabilite/periode")
@allow(ACCOUNTANT)
def ledger_period() -> Page | WerkzeugResponse:
    if not request.args:
        return redirect(url_for("agent.ledger", _anchor="export"))
    form = PeriodForm(request.args)
    if form.validate():
        name = f"{form.forme.data}-{form.du.data}-{form.au.data}"
        try:
            rows = rows_of(form.forme.data, form.du.data, form.au.data)
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            return table_file("csv", name, FORMS[form.forme.data].titles, rows)
    return _page(MonthForm(formdata=None), form)


@blueprint.get(f"/comptabilite/<any(preuves, comptes, mois, ecritures):table>.{KIND}")
@allow(ACCOUNTANT)
def ledger_table(table: str, kind: str) -> Response:
    titles, rows = _TABLES[table]()
    return table_file(kind, f"comptabilite-{table}", titles, rows)


Table = tuple[Sequence[str], Iterator[Sequence[object]]]


def _proofs() -> Table:
    rows = (
        (
            outcome.proof.words,
            outcome.proof.article,
            outcome.proof.left,
            Euros(outcome.measured.left_cents),
            outcome.proof.right,
            Euros(outcome.measured.right_cents),
            "Tient" if outcome.holds else "Ne tient pas",
            ", ".join(one.piece for one in outcome.measured.first),
        )
        for outcome in check()
    )
    titles = (
        "Preuve", "Article", "Première somme", "Montant", "Seconde somme", "Montant", "État", "Premières pièces",
    )  # fmt: skip
    return titles, rows


def _balances() -> Table:
    rows = (
        (one.words, Euros(one.debit_cents), Euros(one.credit_cents), Euros(one.cents)) for one in balances()
    )
    return ("Compte", "Débit", "Crédit", "Solde"), rows


def _months() -> Table:
    rows = (
        (row.month, row.entries_count, Euros(row.total_cents), civil_date(row.closed_at), name, row.sha256)
        for row, name in months_closed()
    )
    return ("Mois", "Écritures", "Total", "Clos le", "Par", "SHA-256"), rows


def _entries() -> Table:
    rows = (
        (
            entry.on,
            kind_words(entry.kind),
            account_words(entry.debit),
            account_words(entry.credit),
            Euros(entry.amount_cents),
            entry.piece,
        )
        for entry in entries_about(_asked())
    )
    return ("Date", "Nature", "Débit", "Crédit", "Montant", "Pièce"), rows


_TABLES = {"preuves": _proofs, "comptes": _balances, "mois": _months, "ecritures": _entries}
