"""The service's report: what it holds, what will be late, how long it takes; and its tables to keep."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence

from flask import Response, render_template

from bonus.calendar import civil_date
from bonus.claims.card_queues import CLOCK_RUNS, QUEUES
from bonus.claims.reporting_figures import AGES, COUNTED, STOCK, first_of_month, limit_days
from bonus.claims.reporting_months import Month, month_figures
from bonus.claims.reporting_today import Today, today_figures
from bonus.money import half_up
from bonus.regions import REGIONS
from bonus.regulation import load_parameters

from ..access import actor, allow, now
from ..exports import KIND, table_file
from .queue_asked import choices
from .reporting_asked import Asked, asked_report
from .reporting_charts import (
    AGE_NAMES,
    KINDS,
    age_chart,
    delay_chart,
    due_chart,
    flow_chart,
    month_end_chart,
    month_name,
    stay_chart,
    stock_chart,
    week_name,
)
from .views import EXAMINERS, blueprint

READERS = (*EXAMINERS, "administrator")
TABLES = ("stock", "echeances", "delais", "mouvements", "stocks", "anciennetes", "sejours")


@blueprint.get("/pilotage")
@allow(*READERS)
def reporting() -> str:
    day = civil_date(now())
    asked = asked_report(day)
    today = today_figures(asked.scope, day)
    known = month_figures(asked.scope, asked.months)
    months = known.months
    law = load_parameters()
    limit_months = law.integer("examination.decision_months", day)
    limit = limit_days(limit_months)
    pace = _pace(months, asked)
    decided = any(month.delay.dossiers for month in months)
    return render_template(
        "agent/reporting.html",
        asked=asked,
        today=today,
        day=day,
        months=months,
        measured_at=known.measured_at,
        limit=limit,
        limit_months=limit_months,
        pace=pace,
        decided=decided,
        examines=bool(actor().roles & set(EXAMINERS)),
        queues=QUEUES,
        stock=STOCK,
        clock_runs=CLOCK_RUNS,
        ages=AGES,
        age_names=AGE_NAMES,
        kinds=KINDS,
        axes=choices("axis"),
        regions=REGIONS,
        month_name=month_name,
        week_name=week_name,
        stock_chart=stock_chart(today),
        due_chart=due_chart(today, pace),
        delay_chart=delay_chart(months, limit, limit_months) if decided else None,
        flow_chart=flow_chart(months) if months else None,
        month_end_chart=month_end_chart(months) if months else None,
        age_chart=age_chart(months, asked.queue) if months else None,
        stay_chart=stay_chart(known.stayed) if known.stayed else None,
        stayed=known.stayed,
        counted=COUNTED,
    )


def _pace(months: Sequence[Month], asked: Asked) -> int | None:
    """How many dossiers agents decide a week, from the last whole month; None when it is not shown, or none was."""
    whole = [month for month in months if month.first < first_of_month(asked.today)]
    if not whole or "officer" not in whole[-1].by_kind:
        return None
    first = whole[-1].first
    return half_up(whole[-1].by_kind["officer"].dossiers * 7, calendar.monthrange(first.year, first.month)[1])


@blueprint.get(f"/pilotage/<any({', '.join(TABLES)}):table>.{KIND}")
@allow(*READERS)
def reporting_table(table: str, kind: str) -> Response:
    asked = asked_report(civil_date(now()))
    if table in ("stock", "echeances"):
        today = today_figures(asked.scope, asked.today)
        titles, rows = _stock(today) if table == "stock" else _due(today)
    else:
        months = month_figures(asked.scope, asked.months).months
        titles, rows = _OF_MONTHS[table](months)
    return table_file(kind, f"pilotage-{table}", titles, rows)


Table = tuple[Sequence[str], Iterator[Sequence[object]]]


def _stock(today: Today) -> Table:
    rows = ((QUEUES[queue].label, *today.ages[queue], today.stock(queue)) for queue in STOCK)
    return ("File", *AGE_NAMES, "Total"), rows


def _due(today: Today) -> Table:
    spans = [(None, None, today.late), *((week.first, week.last, week.by_queue) for week in today.weeks)]
    rows = (
        (
            "À venir" if first else "En retard",
            first,
            last,
            *(by[queue] for queue in CLOCK_RUNS),
            sum(by.values()),
        )
        for first, last, by in spans
    )
    later = (
        "Plus tard",
        None,
        None,
        *(today.later[queue] for queue in CLOCK_RUNS),
        sum(today.later.values()),
    )
    titles = ("Échéance", "Du", "Au", *(QUEUES[queue].label for queue in CLOCK_RUNS), "Total")
    return titles, iter([*rows, later])


def _delays(months: Sequence[Month]) -> Table:
    parts = ("Dossiers", "médiane", "90e centile")
    titles = ["Mois", *parts, *(f"{kind} : {part}" for kind in KINDS.values() for part in parts)]
    return titles, (
        (
            month.first,
            month.delay.dossiers,
            month.delay.median,
            month.delay.ninetieth,
            *(cell for kind in KINDS for cell in _of_kind(month, kind)),
        )
        for month in months
    )


def _of_kind(month: Month, kind: str) -> tuple[object, ...]:
    found = month.by_kind.get(kind)
    return (0, None, None) if found is None else (found.dossiers, found.median, found.ninetieth)


def _flows(months: Sequence[Month]) -> Table:
    titles = ("Mois", "Déposés", "Repris après décision", "Décidés", "Abandonnés")
    return titles, (
        (month.first, month.filed, month.retaken, month.decided, month.given_up) for month in months
    )


def _month_ends(months: Sequence[Month]) -> Table:
    titles = ("Mois", *(QUEUES[queue].label for queue in STOCK), "Total")
    return titles, (
        (month.first, *(month.stock[queue] for queue in STOCK), sum(month.stock.values())) for month in months
    )


def _ages(months: Sequence[Month]) -> Table:
    titles = ("Mois", "File", *AGE_NAMES, "Total")
    return titles, (
        (month.first, QUEUES[queue].label, *month.ages[queue], sum(month.ages[queue]))
        for month in months
        for queue in COUNTED
    )


def _stays(months: Sequence[Month]) -> Table:
    titles = ("Mois", "File", "Dossiers sortis", "Médiane (jours)", "90e centile (jours)")
    return titles, (
        (month.first, QUEUES[queue].label, left.dossiers, left.median, left.ninetieth)
        for month in months
        for queue in COUNTED
        if (left := month.stayed.get(queue)) is not None
    )


_OF_MONTHS = {
    "delais": _delays,
    "mouvements": _flows,
    "stocks": _month_ends,
    "anciennetes": _ages,
    "sejours": _stays,
}
