"""The label schemes: what each label is on a day, its versions, and the forms by which the keeper enters one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, render_template, request, url_for
from flask_wtf import FlaskForm
from wtforms import FieldList, Form, FormField, SelectChoice, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Optional

from bonus.calendar import civil_date
from bonus.registry.keeping import enter_label
from bonus.registry.labels import (
    SchemeContent,
    all_certifiers,
    enter_scheme,
    every_version,
    scheme_history,
    version_on,
)
from bonus.registry.queries import uses_of_labels
from bonus.registry.rules import EARLIEST, MOST_TEXT
from bonus.registry.scheme_models import LabelScheme
from bonus.regulation import load_parameters

from ..access import actor, allow, now
from ..fields import CheckboxesField, DayField
from .forms import LONG
from .registry import KEEPER, READERS, act, axis_choices, is_keeper
from .registry_forms import DAYS, at_most, day_field, in_capitals, reason_field, stripped
from .views import Page, blueprint

MOST_EQUIVALENCES = 40


class DayForm(FlaskForm):
    """The day asked about, kept in the address."""

    class Meta:
        csrf = False

    au = DayField("Au", [Optional()], format=DAYS)


class EquivalenceForm(Form):
    country = StringField("Pays", [at_most(2)], filters=[stripped, in_capitals])
    name = StringField("Label", [at_most(MOST_TEXT)], filters=[stripped])
    decision = StringField("Décision", [at_most(MOST_TEXT)], filters=[stripped])

    @property
    def row(self) -> dict[str, str]:
        """What was written of it."""
        return {name: self[name].data or "" for name in ("country", "name", "decision")}


class SchemeForm(FlaskForm):
    """A label from a day on; a version of one that exists keeps its code."""

    code = StringField(
        "Code",
        [DataRequired("Donnez un code au label."), at_most(30)],
        filters=[stripped, in_capitals],
    )
    name = StringField(
        "Nom du label", [DataRequired("Donnez le nom du label."), at_most(MOST_TEXT)], filters=[stripped]
    )
    description = TextAreaField("Ce qu’il garantit", [LONG], filters=[stripped])
    valid_from = day_field("Cette version s’applique à compter du", "Indiquez le premier jour.")
    valid_until = DayField("Le label prend fin le", [Optional()], format=DAYS)
    certifiers = CheckboxesField(
        "Certificateurs", [InputRequired("Choisissez au moins un certificateur.")], validate_choice=False
    )
    axes = CheckboxesField("Usages couverts", validate_choice=False)
    criteria = TextAreaField("Critères", [LONG], filters=[stripped])
    equivalences = FieldList(FormField(EquivalenceForm), max_entries=MOST_EQUIVALENCES)
    reason = reason_field()

    @property
    def content(self) -> SchemeContent:
        """What was written, as the registry takes it."""
        rows = [entry.form.row for entry in self.equivalences]
        return SchemeContent(
            name=self.name.data,
            description=self.description.data or "",
            valid_from=self.valid_from.data,
            valid_until=self.valid_until.data,
            criteria=tuple(line.strip() for line in (self.criteria.data or "").splitlines() if line.strip()),
            axes=tuple(self.axes.data or ()),
            certifiers=tuple(self.certifiers.data or ()),
            equivalences=tuple(row for row in rows if any(row.values())),
        )


@dataclass(frozen=True)
class Version:
    """A version of a label, and the days it applies: until the eve of the next one. ``state`` is that of a day:
    current, next, past, or replaced by another from its very first day on."""

    scheme: LabelScheme
    until: date | None
    state: str


def _told(versions: Sequence[LabelScheme], day: date) -> list[Version]:
    """The versions of a label in the order they apply, with the days each does."""
    current = version_on(versions, day)
    told = []
    for place, scheme in enumerate(versions):
        following = versions[place + 1].valid_from if place + 1 < len(versions) else None
        if following == scheme.valid_from:
            state = "replaced"
        elif scheme is current:
            state = "current"
        else:
            state = "next" if scheme.valid_from > day else "past"
        told.append(Version(scheme, _last_day(scheme, following), state))
    return told


def _last_day(scheme: LabelScheme, following: date | None) -> date | None:
    ends = [
        day for day in (scheme.valid_until, following and date.fromordinal(following.toordinal() - 1)) if day
    ]
    return min(ends, default=None)


def _asked_day() -> tuple[DayForm, date]:
    """The day the address asks about: today when it says none, or one that is no day."""
    form, today = DayForm(request.args), civil_date(now())
    day = form.au.data or today if form.validate() else today
    form.au.data = day
    return form, day


@blueprint.get("/registre/labels")
@allow(*READERS)
def labels() -> Page:
    form, day = _asked_day()
    page = render_template(
        "agent/labels.html",
        form=form,
        day=day,
        today=civil_date(now()),
        origin=EARLIEST,
        rows=[(code, version_on(versions, day), versions) for code, versions in every_version().items()],
        uses=uses_of_labels(),
        law=load_parameters(),
        may_write=is_keeper(),
    )
    return (page, 422) if form.errors else page


@blueprint.get("/registre/labels/<code>")
@allow(*READERS)
def label(code: str) -> Page:
    versions = scheme_history(code) or abort(404)
    form, day = _asked_day()
    shown = version_on(versions, day)
    page = render_template(
        "agent/labels_one.html",
        code=code,
        form=form,
        day=day,
        today=civil_date(now()),
        scheme=shown,
        named=shown or versions[-1],
        versions=_told(versions, day),
        recognised=code in load_parameters().codes("label"),
        count=uses_of_labels().get(code, 0),
        law=load_parameters(),
        may_write=is_keeper(),
    )
    return (page, 422) if form.errors else page


@blueprint.route("/registre/labels/nouveau", methods=["GET", "POST"])
@allow(KEEPER)
def new_label() -> Page:
    form = SchemeForm()

    def do() -> None:
        enter_label(form.code.data, form.content, form.reason.data, actor(), now())

    return _enter(form, do, None, lambda: url_for("agent.label", code=form.code.data))


@blueprint.route("/registre/labels/<code>/version", methods=["GET", "POST"])
@allow(KEEPER)
def label_version(code: str) -> Page:
    versions = scheme_history(code) or abort(404)
    last = version_on(versions, civil_date(now())) or versions[-1]
    form = SchemeForm()
    if request.method == "GET":
        form = SchemeForm(formdata=None, data=_written(last))
    del form.code

    def do() -> None:
        enter_scheme(code, form.content, form.reason.data, actor(), now())

    return _enter(form, do, last, lambda: url_for("agent.label", code=code))


def _written(scheme: LabelScheme) -> dict[str, Any]:
    """What a version says, as the form for the next one begins; the day and the reason are to be given."""
    return {
        "name": scheme.name,
        "description": scheme.description,
        "valid_until": scheme.valid_until,
        "certifiers": [one.slug for one in scheme.certifiers],
        "axes": list(scheme.axes),
        "criteria": "\n".join(scheme.criteria),
        "equivalences": list(scheme.equivalences),
    }


def _enter(
    form: SchemeForm, do: Callable[[], object], last: LabelScheme | None, url: Callable[[], str]
) -> Page:
    """Enter the version, or show its form (again). ``last`` is what it would follow; a new label follows none."""
    form.certifiers.choices = [SelectChoice(one.slug, one.name) for one in all_certifiers()]
    form.axes.choices = axis_choices()
    if "add" not in request.form:
        done = "Le label est entré." if last is None else "La nouvelle version du label est entrée."
        response = act(form, do, done, url)
        if response is not None:
            return response
    rows = form.equivalences
    if len(rows) < MOST_EQUIVALENCES and (not len(rows) or any(rows[-1].form.row.values())):
        rows.append_entry()  # one more may always be written
    page = render_template("agent/labels_form.html", form=form, last=last)
    return (page, 422) if form.errors else page
