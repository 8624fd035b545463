"""The charts of the report, from its figures: what each shows, and what one sees in it, in French."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bonus.calendar import MONTHS
from bonus.charts import Band, Chart, Series, columns, lines, rows
from bonus.charts.scale import number
from bonus.claims.card_queues import CLOCK_RUNS, QUEUES
from bonus.claims.reporting_figures import COUNTED, STOCK
from bonus.claims.reporting_months import Delay, Month
from bonus.claims.reporting_today import Today
from bonus.money import NBSP
from bonus.regulation.wording import french

AGE_NAMES = ("Moins de 15 jours", "15 à 29 jours", "30 à 59 jours", "60 jours ou plus")
AGE_COLOURS = ("shade-1", "shade-2", "shade-3", "shade-4")
QUEUE_COLOURS = dict(zip(STOCK, ("blue", "yellow", "green", "red", "purple", "grey"), strict=True))
KINDS = {"officer": "Par un agent", "rule": "Par règle", "silence": "Par silence"}
_SHORT = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


def month_name(month: date) -> str:
    """``2026-11-01`` → "novembre 2026"."""
    return f"{MONTHS[month.month - 1]} {month.year}"


def dossiers(count: int) -> str:
    """How many dossiers, in words."""
    return f"{number(count)}{NBSP}{'dossier' if count < 2 else 'dossiers'}"


def stock_chart(today: Today) -> Chart:
    """What each queue holds, by age."""
    said = (
        f"{QUEUES[queue].label} : {dossiers(today.stock(queue))}, "
        f"dont {number(today.ages[queue][-1])} de 60 jours ou plus."
        for queue in STOCK
    )
    return rows(
        "Dossiers non décidés, par file et par ancienneté",
        french(" ".join(said)),
        [QUEUES[queue].label for queue in STOCK],
        [
            Series(name, [today.ages[queue][place] for queue in STOCK], colour)
            for place, (name, colour) in enumerate(zip(AGE_NAMES, AGE_COLOURS, strict=True))
        ],
    )


def week_name(first: date, last: date) -> str:
    """The days of a week: "du 23/11 au 29/11"."""
    return f"du {first:%d/%m} au {last:%d/%m}"


def due_chart(today: Today, pace: int | None) -> Chart:
    """What falls due in the coming weeks; ``pace``: how many dossiers the service decides a week."""
    fullest = max(today.weeks, key=lambda week: sum(week.by_queue.values()))
    said = (
        f"En retard : {dossiers(sum(today.late.values()))}. La semaine la plus chargée va "
        f"{week_name(fullest.first, fullest.last)}, avec {dossiers(sum(fullest.by_queue.values()))} à décider."
    )
    return columns(
        "Dossiers à décider, par semaine d’échéance",
        french(said),
        ["Retard", *(f"{week.first:%d/%m}" for week in today.weeks)],
        [
            Series(
                QUEUES[queue].label,
                [today.late[queue], *(week.by_queue[queue] for week in today.weeks)],
                QUEUE_COLOURS[queue],
            )
            for queue in CLOCK_RUNS
        ],
        names=["En retard", *(f"Semaine {week_name(week.first, week.last)}" for week in today.weeks)],
        mark=None if pace is None else Band(pace, pace, f"Rythme actuel : {number(pace)} par semaine"),
    )


def _short(months: Sequence[Month]) -> list[str]:
    return [_SHORT[month.first.month - 1] for month in months]


def _names(months: Sequence[Month]) -> list[str]:
    return [month_name(month.first).capitalize() for month in months]


def delay_chart(months: Sequence[Month], limit: tuple[int, int], limit_months: int) -> Chart:
    """How long decisions took, by month; ``limit``: the least and the most days that the legal time lasts."""
    last = [month for month in months if month.delay.dossiers][-1]
    said = (
        f"En {month_name(last.first)}, la moitié des décisions ont pris {last.delay.median} jours ou moins, et "
        f"neuf sur dix {last.delay.ninetieth} jours ou moins. Le délai légal est de {limit_months} mois."
    )
    return lines(
        "Délai de décision, par mois de la décision",
        french(said),
        _short(months),
        [
            Series("Médiane", [month.delay.median for month in months], "blue"),
            Series("90e centile", [month.delay.ninetieth for month in months], "brown"),
        ],
        unit="jours",
        names=_names(months),
        band=Band(*limit, f"Délai légal : {limit_months} mois, soit {limit[0]} à {limit[1]} jours"),
    )


def flow_chart(months: Sequence[Month]) -> Chart:
    """What came and what left, by month."""
    came, left = sum(month.filed + month.retaken for month in months), sum(month.decided for month in months)
    return columns(
        "Dossiers entrés et décidés, par mois",
        french(f"En tout : {dossiers(came)} déposés ou repris, {number(left)} décidés."),
        _short(months),
        [
            Series("Déposés ou repris", [month.filed + month.retaken for month in months], "blue"),
            Series("Décidés", [month.decided for month in months], "green"),
            Series("Abandonnés", [month.given_up for month in months], "grey"),
        ],
        names=_names(months),
        side_by_side=True,
    )


def month_end_chart(months: Sequence[Month]) -> Chart:
    """What each queue held at the end of each month."""
    first, last = (sum(month.stock.values()) for month in (months[0], months[-1]))
    said = f"{dossiers(first)} à la fin de {month_name(months[0].first)}, {number(last)} au dernier comptage."
    return columns(
        "Dossiers non décidés à la fin de chaque mois, par file",
        french(said),
        _short(months),
        [
            Series(
                QUEUES[queue].label, [max(0, month.stock[queue]) for month in months], QUEUE_COLOURS[queue]
            )
            for queue in STOCK
        ],
        names=_names(months),
    )


def age_chart(months: Sequence[Month], queue: str | None) -> Chart:
    """How old was what the queues held at the end of each month: one queue, or all of them together."""
    where = "de toutes les files" if queue is None else f"de la file « {QUEUES[queue].label} »"
    last = months[-1].ages_of(queue)
    said = (
        f"Au dernier comptage : {dossiers(sum(last))}, dont {number(last[-1])} de 60 jours ou plus ; à la fin de "
        f"{month_name(months[0].first)} : {number(sum(months[0].ages_of(queue)))}, dont "
        f"{number(months[0].ages_of(queue)[-1])} de 60 jours ou plus."
    )
    return columns(
        french(f"Ancienneté des dossiers {where}, à la fin de chaque mois"),
        french(said),
        _short(months),
        [
            Series(name, [month.ages_of(queue)[place] for month in months], colour)
            for place, (name, colour) in enumerate(zip(AGE_NAMES, AGE_COLOURS, strict=True))
        ],
        names=_names(months),
    )


def stay_chart(stayed: Mapping[str, Delay]) -> Chart:
    """How long dossiers stayed in each queue, over the period."""
    shown = [queue for queue in COUNTED if queue in stayed]
    said = (
        f"{QUEUES[queue].label} : la moitié des dossiers y sont restés {stayed[queue].median} jours ou moins, neuf sur "
        f"dix {stayed[queue].ninetieth} jours ou moins."
        for queue in shown
    )
    return columns(
        "Jours passés dans chaque file, sur la période",
        french(" ".join(said)),
        [QUEUES[queue].label for queue in shown],
        [
            Series("Médiane", [stayed[queue].median for queue in shown], "blue"),
            Series("90e centile", [stayed[queue].ninetieth for queue in shown], "brown"),
        ],
        unit="jours",
        side_by_side=True,
    )
