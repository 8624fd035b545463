"""What the registry's keeper enters by hand: a certification, and what happens to it. Each act has its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, render_template, request, url_for
from wtforms import SelectChoice

from bonus.calendar import civil_date
from bonus.claims.concerned import concerned
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.registry.keeping import rehearse_event
from bonus.registry.labels import certifier_named, every_version, label_names, version_on
from bonus.registry.models import Certification, Solution
from bonus.registry.recording import record_certification, record_event
from bonus.registry.scheme_models import LabelScheme
from bonus.registry.writing import Grant, Source

from ..access import actor, allow, now
from ..certifications import state_on
from ..fields import add_refusal
from .registry import KEEPER, act, shown_solution
from .registry_forms import EventForm, GrantForm, WithdrawalForm
from .views import Page, blueprint


@dataclass(frozen=True)
class EventPage:
    """An event as its address names it: its kind, the words of its page, what is said when it is done."""

    kind: str
    title: str
    button: str
    explanation: str
    done: str


EVENT_PAGES = {
    "suspension": EventPage(
        "suspended",
        "Suspendre la certification",
        "Suspendre",
        "À compter de ce jour, les achats attendent : rien n’est payé ni refusé tant que la suspension dure (art. 4).",
        "La certification est suspendue.",
    ),
    "retablissement": EventPage(
        "reinstated",
        "Rétablir la certification",
        "Rétablir",
        "À compter de ce jour, la certification compte de nouveau. Les achats qui attendaient sont relus (art. 4).",
        "La certification est rétablie.",
    ),
    "retrait": EventPage(
        "withdrawn",
        "Retirer la certification",
        "Vérifier les conséquences",
        "À compter de ce jour, la certification ne compte plus, et rien ne revient sur un retrait (art. 4).",
        "La certification est retirée.",
    ),
}


def by_hand(reason: str | None) -> Source:
    """The keeper who acts, and why."""
    return Source("keeper", actor(), reason or "")


def back_to(slug: str, certification: Certification) -> str:
    """Where a certification is told."""
    return url_for("agent.solution", slug=slug, _anchor=f"certification-{certification.id}")


def shown_certification(slug: str, certification_id: int) -> Certification:
    """That certification of that solution, else 404: another solution's does not exist here."""
    found = [one for one in shown_solution(slug).certifications if one.id == certification_id]
    return found[0] if found else abort(404)


# ---------------------------------------------------------------- a certification


def _covers(versions: list[LabelScheme], solution: Solution) -> bool:
    return any(not version.axes or solution.axis in version.axes for version in versions)


def version_for(versions: list[LabelScheme], day: date | None) -> LabelScheme:
    """The version of a label that counts on a day, else the last one: it says at least what it is called."""
    return (version_on(versions, day) if day is not None else None) or versions[-1]


@blueprint.get("/registre/solutions/<slug>/certifications")
@allow(KEEPER)
def label_choice(slug: str) -> str:
    found, today = shown_solution(slug), civil_date(now())
    labels = [
        version_for(versions, today) for versions in every_version().values() if _covers(versions, found)
    ]
    return render_template("agent/registry_label_choice.html", solution=found, labels=labels)


@blueprint.route("/registre/solutions/<slug>/certifications/<label>", methods=["GET", "POST"])
@allow(KEEPER)
def new_certification(slug: str, label: str) -> Page:
    found, form = shown_solution(slug), GrantForm()
    versions = every_version().get(label) or abort(404)
    scheme = version_for(versions, form.valid_from.data or civil_date(now()))
    form.certifier.choices = [SelectChoice(one.slug, one.name) for one in scheme.certifiers]
    form.ask(scheme.criteria)

    def do() -> None:
        granted = Grant(label, form.reference.data, form.valid_from.data, form.valid_until.data, form.audit)
        certifier = certifier_named(form.certifier.data)
        record_certification(found, certifier, granted, by_hand(form.reason.data), now())

    done = "La certification est inscrite au registre."
    response = act(form, do, done, lambda: url_for("agent.solution", slug=slug))
    if response is not None:
        return response
    page = render_template("agent/registry_grant.html", solution=found, scheme=scheme, form=form)
    return (page, 422) if form.errors else page


# ---------------------------------------------------------------- an event


@blueprint.route(
    "/registre/solutions/<slug>/certifications/<int:certification_id>/<any(suspension, retablissement, retrait):event>",
    methods=["GET", "POST"],
)
@allow(KEEPER)
def certification_event(slug: str, certification_id: int, event: str) -> Page:
    found, words = shown_certification(slug, certification_id), EVENT_PAGES[event]
    form = WithdrawalForm() if words.kind == "withdrawn" else EventForm()
    if request.method == "GET":
        form.on.data = civil_date(now())
    retroactive = words.kind == "withdrawn" and form.retroactive.data
    if words.kind == "withdrawn" and "confirmed" not in request.form and form.validate_on_submit():
        try:
            rehearse_event(
                found, words.kind, form.on.data, by_hand(form.reason.data), now(), retroactive=retroactive
            )
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            return _consequences(slug, shown_certification(slug, certification_id), form)
    if not form.errors:
        response = act(
            form,
            lambda: record_event(
                found,
                words.kind,
                form.on.data,
                by_hand(form.reason.data),
                now(),
                retroactive=retroactive,
            ),
            words.done,
            lambda: back_to(slug, found),
        )
        if response is not None:
            return response
    found = shown_certification(slug, certification_id)
    page = render_template(
        "agent/registry_event.html",
        certification=found,
        event=event,
        words=words,
        form=form,
        **recalled(found),
    )
    return (page, 422) if form.errors else page


def _consequences(slug: str, found: Certification, form: WithdrawalForm) -> str:
    """The page on which a withdrawal is confirmed: what will follow it."""
    since = None if form.retroactive.data else form.on.data
    return render_template(
        "agent/registry_withdrawal.html",
        certification=found,
        form=form,
        since=since,
        within=concerned(found.solution, since),
        url=url_for("agent.certification_event", slug=slug, certification_id=found.id, event="retrait"),
        **recalled(found),
    )


def recalled(found: Certification) -> dict[str, Any]:
    """What every page about a certification recalls of it."""
    today = civil_date(now())
    return {
        "label": label_names(today).get(found.label, found.label),
        "state": state_on(found, today),
        "concerned": concerned(found.solution),
    }
