"""The registry as agents read it, page by page and solution by solution; what its keeper enters of a solution."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from bonus.calendar import civil_date
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.jobs.relay import dispatch_after_commit
from bonus.registry.history import Life
from bonus.registry.keeping import alias_of, inscribe_solution, note_alias, remove_alias
from bonus.registry.labels import every_version, label_names, version_on
from bonus.registry.models import Certification, CertificationFact, Solution, SolutionAlias
from bonus.registry.queries import Wanted, end_of_day, files_of, registry_page, whole_solution
from bonus.registry.scheme_models import LabelScheme
from bonus.regulation import load_parameters

from ..access import actor, allow, now
from ..certifications import CertificationState, ToldFact, life_of, state_on, told
from ..fields import add_refusal
from .follow import SOURCES
from .registry_forms import AliasForm, ReasonForm, SearchForm, SolutionForm, TimesForm
from .views import EXAMINERS, Page, blueprint

KEEPER = "registry_keeper"
READERS = (KEEPER, *EXAMINERS)
STATES = {
    "en-vigueur": ("in_force", "En vigueur"),
    "suspendue": ("suspended", "Suspendue"),
    "retiree": ("withdrawn", "Retirée"),
    "expiree": ("expired", "Expirée"),
    "a-venir": ("not_yet", "Pas encore valable"),
    "aucune": ("none", "Aucune certification"),
}
"""In addresses → (code, words)."""


def is_keeper() -> bool:
    """Whether who reads may write."""
    return KEEPER in current_user.roles


def shown_solution(slug: str) -> Solution:
    """The solution of that address with its facts, else 404."""
    solution = whole_solution(slug)
    if solution is None:
        abort(404)
    return solution


def axis_choices() -> list[SelectChoice]:
    """The usages of the regulation."""
    law = load_parameters()
    return [SelectChoice(code, law.name_of("axis", code).name) for code in law.codes("axis")]


def act(form: FlaskForm, do: Callable[[], object], done: str, url: Callable[[], str]) -> Response | None:
    """Run one act of the keeper; its refusal is put in the form, which is then to be shown again (None)."""
    if not form.validate_on_submit():
        return None
    try:
        do()
    except Refusal as refusal:
        db.session.rollback()
        add_refusal(form, refusal)
        return None
    dispatch_after_commit()
    flash(done, "success")
    return redirect(url())


# ---------------------------------------------------------------- the list


@blueprint.get("/registre")
@allow(*READERS)
def registry() -> str:
    today = civil_date(now())
    names = label_names(today)
    form = SearchForm(request.args)
    form.usage.choices = [SelectChoice("", "Tous"), *axis_choices()]
    form.label.choices = [
        SelectChoice("", "Tous"),
        *(SelectChoice(*pair) for pair in names.items()),
    ]
    form.etat.choices = [
        SelectChoice("", "Tous"),
        *(SelectChoice(slug, words) for slug, (_, words) in STATES.items()),
    ]
    # What is no choice is no filter.
    kept = {field.name: field.data for field in (form.usage, form.label, form.etat) if _is_choice(field)}
    if form.q.data:
        kept["q"] = form.q.data
    wanted = Wanted(kept.get("usage"), kept.get("label"), STATES[kept["etat"]][0] if "etat" in kept else None)
    listing = registry_page(form.q.data or "", wanted, today, request.args.get("page", 1, type=int))
    return render_template(
        "agent/registry.html",
        form=form,
        kept=kept,
        listing=listing,
        names=names,
        law=load_parameters(),
        today=today,
        state_on=state_on,
        may_write=is_keeper(),
    )


def _is_choice(field: Any) -> bool:
    return bool(field.data) and any(choice.value == field.data for choice in field.choices)


# ---------------------------------------------------------------- one solution


@dataclass(frozen=True)
class Story:
    """A certification as its page shows it. ``state`` is that of the day and the moment asked; ``state_now``
    what is known now of the same day, when that differs. ``criteria`` are the label's, with whether each was met."""

    certification: Certification
    label: str
    state: CertificationState
    state_now: CertificationState | None
    life: Life | None
    life_now: Life | None
    facts: Sequence[ToldFact]
    grant: CertificationFact | None
    criteria: Sequence[tuple[str, bool | None]]

    @property
    def unknown(self) -> bool:
        """Whether the registry knew nothing of it at the moment asked."""
        return all(one.later for one in self.facts)


@blueprint.get("/registre/solutions/<slug>")
@allow(*READERS)
def solution(slug: str) -> Page:
    return _solution_page(shown_solution(slug), AliasForm(formdata=None))


def _solution_page(found: Solution, alias_form: AliasForm) -> Page:
    today = civil_date(now())
    times = TimesForm(request.args)
    if times.validate() and times.connu.data is not None and times.connu.data > today:
        times.connu.errors = ["Ce jour n’est pas passé : on ne sait pas encore ce que le registre saura."]
    asked = not times.errors and (times.au.data is not None or times.connu.data is not None)
    day = (times.au.data or today) if asked else today
    known_at = end_of_day(times.connu.data) if asked and times.connu.data is not None else None
    times.au.data, times.connu.data = times.au.data or today, times.connu.data or today
    versions = every_version()
    page = render_template(
        "agent/registry_solution.html",
        solution=found,
        stories=[_story(one, versions, day, known_at) for one in found.certifications],
        files=files_of(found),
        sources=SOURCES,
        law=load_parameters(),
        times=times,
        asked=asked,
        day=day,
        known_on=times.connu.data,
        alias_form=alias_form,
        today=today,
        may_write=is_keeper(),
    )
    return (page, 422) if times.errors or alias_form.errors else page


def _story(
    certification: Certification,
    versions: dict[str, list[LabelScheme]],
    day: date,
    known_at: datetime | None,
) -> Story:
    facts = told(certification, known_at)
    state, state_now = state_on(certification, day, known_at), state_on(certification, day)
    grants = [
        one.fact
        for one in facts
        if one.fact.kind == "granted" and not (one.struck or one.later or one.fact.void)
    ]
    grant = grants[-1] if grants else None
    of_label = versions.get(certification.label, [])
    begun = (
        grant.valid_from if grant is not None and grant.valid_from is not None else certification.valid_from
    )
    scheme = version_on(of_label, begun) or (of_label[-1] if of_label else None)
    met = list(grant.criteria or ()) if grant is not None else []
    criteria = list(scheme.criteria) if scheme is not None else []
    return Story(
        certification,
        scheme.name if scheme is not None else certification.label,
        state,
        state_now if state_now != state else None,
        life_of(certification, known_at),
        life_of(certification),
        facts,
        grant,
        [(text, met[place] if place < len(met) else None) for place, text in enumerate(criteria)],
    )


# ---------------------------------------------------------------- what the keeper enters of it


@blueprint.route("/registre/nouvelle-solution", methods=["GET", "POST"])
@allow(KEEPER)
def new_solution() -> Page:
    form = SolutionForm()
    form.axis.choices = axis_choices()
    made: list[Solution] = []

    def do() -> None:
        made.append(
            inscribe_solution(
                form.identifier.data,
                form.supplier_name.data or "",
                form.name.data,
                form.axis.data,
                form.reference.data or None,
                form.reason.data,
                actor(),
                now(),
            )
        )

    done = "La solution est au registre. Inscrivez maintenant ses certifications."
    response = act(form, do, done, lambda: url_for("agent.solution", slug=made[0].slug))
    if response is not None:
        return response
    page = render_template("agent/registry_new_solution.html", form=form)
    return (page, 422) if form.errors else page


@blueprint.post("/registre/solutions/<slug>/noms")
@allow(KEEPER)
def new_alias(slug: str) -> Page:
    found, form = shown_solution(slug), AliasForm()
    response = act(
        form,
        lambda: note_alias(found, form.kind.data, form.text.data, form.reason.data, actor(), now()),
        "Ce nom est noté : les factures qui le portent seront rapprochées de cette solution.",
        lambda: url_for("agent.solution", slug=slug, _anchor="noms"),
    )
    return response if response is not None else _solution_page(shown_solution(slug), form)


@blueprint.route("/registre/solutions/<slug>/noms/<int:alias_id>/retrait", methods=["GET", "POST"])
@allow(KEEPER)
def alias_removal(slug: str, alias_id: int) -> Page:
    found, alias = _named(slug, alias_id)
    form = ReasonForm()
    response = act(
        form,
        lambda: remove_alias(found, alias_id, form.reason.data, actor(), now()),
        "Ce nom ne désigne plus cette solution.",
        lambda: url_for("agent.solution", slug=slug, _anchor="noms"),
    )
    if response is not None:
        return response
    found, alias = _named(slug, alias_id)
    page = render_template("agent/registry_alias_removal.html", solution=found, alias=alias, form=form)
    return (page, 422) if form.errors else page


def _named(slug: str, alias_id: int) -> tuple[Solution, SolutionAlias]:
    """A solution and one of its other names, else 404."""
    found = shown_solution(slug)
    try:
        return found, alias_of(found, alias_id)
    except NotFound:
        abort(404)
