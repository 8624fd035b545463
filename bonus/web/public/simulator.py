"""The simulator: what a purchase would give, at an address that holds all that was asked."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response

from bonus.calendar import civil_date
from bonus.claims.simulation import Simulation, simulate
from bonus.errors import InvalidInput
from bonus.extensions import limiter
from bonus.registry.search import Hit, suggest
from bonus.regulation import load_parameters

from ..access import PUBLIC, allow, files_for_some_company, now
from ..fields import add_refusal
from ..simulated import Asked, SimulationForm, address, query_of
from .views import blueprint, law_in_words

FOUND = 8


@dataclass(frozen=True)
class _Answer:
    """What the page shows besides the form: the result, or the solutions found for the words typed."""

    simulation: Simulation | None = None
    found: list[Hit] | None = None


@blueprint.get("/simulateur")
@limiter.limit("120 per minute")
@allow(PUBLIC)
def simulator() -> str | Response | tuple[str, int]:
    moment = now()
    form = SimulationForm.read(request.args)
    asked = Asked.of(form, request.args)
    answer = _Answer()
    if asked.searching:
        answer = _Answer(found=suggest(form.q.data, FOUND))
    elif asked.complete:
        try:
            answer = _Answer(simulation=simulate(asked.purchase(form), moment))
        except InvalidInput as refusal:
            add_refusal(form, refusal)
    if asked.quiet and not answer.simulation:
        form.forget_errors()
    if answer.simulation and request.args.to_dict() != (query := query_of(answer.simulation.purchase)):
        return redirect(address(query))  # what one shares holds what was asked, and nothing else
    law, today = load_parameters(), civil_date(moment)
    page = render_template(
        "public/simulator.html",
        form=form,
        chosen=asked.solution,
        found=answer.found,
        simulation=answer.simulation,
        law=law,
        words=law_in_words(law, today),
        here=address(query_of(answer.simulation.purchase), external=True) if answer.simulation else "",
        may_prepare=current_user.is_authenticated and files_for_some_company(),
        today=today,
    )
    return (page, 422) if form.has_errors else page
