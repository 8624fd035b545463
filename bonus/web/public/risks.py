"""The rules of risk, published: what each looks at, its thresholds and its weight on a day (art. 12)."""

from __future__ import annotations

from flask import render_template
from flask.blueprints import BlueprintSetupState

from bonus.calendar import civil_date
from bonus.claims.risk_words import TITLES, rules_in_words
from bonus.regulation import load_parameters

from ..access import PUBLIC, allow, now
from .views import blueprint


@blueprint.record
def _tell_templates(state: BlueprintSetupState) -> None:
    """Agents' pages name the rules as they are published (agent/_risk.html)."""
    state.app.jinja_env.globals["risk_titles"] = TITLES


@blueprint.get("/reglement/risques")
@allow(PUBLIC)
def risk_rules() -> str:
    today = civil_date(now())
    return render_template("public/risks.html", rules=rules_in_words(load_parameters(), today), on=today)
