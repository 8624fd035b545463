"""The public pages that are texts: help, contact, and what the law asks every public site to say."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, render_template

from bonus.calendar import civil_date
from bonus.money import NBSP, format_euros, format_rate
from bonus.regulation.loader import load_parameters
from bonus.regulation.values import Parameters
from bonus.web.access import PUBLIC, allow, now

blueprint = Blueprint("public", __name__)


def _euros(cents: int) -> str:
    """An amount in a text: whole euros are written without cents."""
    return format_euros(cents).replace(",00", "")


def _points(bp: int) -> str:
    """What a size adds to the rate: ``1000`` → ``"+ 10 points"``."""
    if bp == 0:
        return "sans changement"
    sign = "+" if bp > 0 else "−"
    return f"{sign}{NBSP}{format_rate(abs(bp)).removesuffix(f'{NBSP}%')}{NBSP}points"


def _sizes(law: Parameters, on: date) -> list[dict[str, str | None]]:
    def written(key: str) -> str | None:
        return _euros(law.integer(key, on)) if key in law.table else None

    sizes = []
    for code in law.codes("size"):
        headcount = f"size.{code}.headcount_below"
        sizes.append(
            {
                "name": law.name_of("size", code).name,
                "bonus": _points(law.integer(f"size.{code}.bonus", on)),
                "ceiling": _euros(law.integer(f"size.{code}.annual_ceiling", on)),
                "headcount": str(law.integer(headcount, on)) if headcount in law.table else None,
                "turnover": written(f"size.{code}.turnover_max"),
                "balance_sheet": written(f"size.{code}.balance_sheet_max"),
            }
        )
    return sizes


def law_in_words(law: Parameters, on: date) -> dict[str, Any]:
    """The figures of the regulation as a text shows them, as they stand on a day."""
    axes = [code for code in law.codes("axis") if law[f"axis.{code}.rate"].versions[0].effective_from <= on]
    return {
        "on": on,
        "start": law.on("period.start", on).value,
        "end": law.on("period.end", on).value,
        "minimum_claim": _euros(law.integer("spend.minimum_claim", on)),
        "filing_months": law.integer("spend.filing_months", on),
        "service_months": law.integer("spend.service_months", on),
        "decision_months": law.integer("examination.decision_months", on),
        "completion_days": law.integer("examination.completion_days", on),
        "unopened_days": law.integer("notification.unopened_days", on),
        "appeal_months": law.integer("appeal.months", on),
        "payment_days": law.integer("payment.days", on),
        "rate_cap": format_rate(law.integer("bonus.rate_cap", on)),
        "replaces_foreign": _points(law.integer("premium.replaces_foreign", on)),
        "two_labels": _points(law.integer("premium.two_labels", on)),
        "solution_ceiling": _euros(law.integer("ceiling.solution", on)),
        "axes": [
            (law.name_of("axis", code).name, format_rate(law.integer(f"axis.{code}.rate", on)))
            for code in axes
        ],
        "sizes": _sizes(law, on),
        "labels": [law.name_of("label", code).name for code in law.codes("label")],
    }


@blueprint.get("/aide")
@allow(PUBLIC)
def help_page() -> str:
    return render_template("public/aide.html", law=law_in_words(load_parameters(), civil_date(now())))


@blueprint.get("/contact")
@allow(PUBLIC)
def contact() -> str:
    return render_template("public/contact.html")


@blueprint.get("/mentions-legales")
@allow(PUBLIC)
def legal_notice() -> str:
    return render_template("public/mentions_legales.html")


@blueprint.get("/donnees-personnelles")
@allow(PUBLIC)
def personal_data() -> str:
    return render_template("public/donnees_personnelles.html")


@blueprint.get("/accessibilite")
@allow(PUBLIC)
def accessibility() -> str:
    return render_template("public/accessibilite.html")
