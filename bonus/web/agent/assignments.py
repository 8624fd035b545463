"""Who is in charge of which dossiers: by hand from a list or a dossier; the administrator's rules and regions."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import IntegerField, SelectChoice, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from bonus.claims import assignment, assignment_rules
from bonus.claims.assignment_models import AssignmentRule
from bonus.claims.assignment_rules import Typed
from bonus.errors import InvalidInput, Refusal
from bonus.regions import REGIONS

from ..access import actor, allow, now
from ..fields import AmountField, CheckboxesField, add_refusal
from ..navigation import local_page
from .queue_asked import choices
from .views import EXAMINERS, Page, blueprint, filed_claim

ME, NOBODY = "moi", "personne"


class RuleForm(FlaskForm):
    name = StringField(
        "Nom de la règle",
        [InputRequired("Nommez la règle."), Length(max=100, message="100 caractères au plus.")],
    )
    rank = IntegerField("Ordre", [InputRequired("Indiquez un ordre."), NumberRange(1, 999, "De 1 à 999.")])
    regions = CheckboxesField("Régions")
    axes = CheckboxesField("Axes")
    from_ = AmountField("Achats hors taxes à partir de", name="from")
    below = AmountField("Achats hors taxes de moins de")
    reviewers = CheckboxesField("Instructeurs", coerce=int)

    def offer(self) -> RuleForm:
        """Fill in what may be chosen."""
        self.regions.choices = _offered(REGIONS)
        self.axes.choices = _offered(choices("axis"))
        self.reviewers.choices = [SelectChoice(one.id, one.name) for one in assignment.reviewers()]
        return self

    def typed(self) -> Typed:
        return Typed(
            self.name.data,
            self.rank.data,
            self.regions.data or (),
            self.axes.data or (),
            self.from_.data,
            self.below.data,
            self.reviewers.data or (),
        )


class CoverageForm(FlaskForm):
    regions = CheckboxesField(
        "Régions couvertes", choices=[SelectChoice(code, name) for code, name in REGIONS.items()]
    )


def _offered(names: dict[str, str]) -> list[SelectChoice]:
    return [SelectChoice(code, name) for code, name in names.items()]


@blueprint.post("/dossiers/<number>/attribution")
@allow(*EXAMINERS)
def assign(number: str) -> Response:
    claim, chosen = filed_claim(number), request.form.get("a", "")
    back = local_page(request.form.get("suite")) or url_for("agent.claim", number=number)
    try:
        found = assignment.assign(claim.id, _person(chosen), actor(), now())
    except Refusal as refusal:
        flash(refusal.sentence, "error")
        return redirect(back)
    whom = found.assigned_to
    flash(
        f"Le dossier {number} n’est plus attribué à personne."
        if whom is None
        else f"Le dossier {number} vous est attribué."
        if whom.id == actor().person_id
        else f"Le dossier {number} est attribué à {whom.name}.",
        "success",
    )
    return redirect(back)


def _person(chosen: str) -> int | None:
    if chosen == NOBODY:
        return None
    if chosen == ME:
        return actor().person_id
    if not chosen.isdecimal() or len(chosen) > 9:
        raise InvalidInput("assignment.unknown", "Choisissez un instructeur de la liste.", field="person")
    return int(chosen)


@blueprint.get("/attributions")
@allow("administrator")
def assignments() -> str:
    return render_template(
        "agent/assignments.html",
        rules=assignment.rules(),
        reviewers=assignment.reviewers(),
        coverage=assignment.coverage(),
        loads=assignment.loads(),
        regions=REGIONS,
        axes=choices("axis"),
        form=FlaskForm(),
    )


@blueprint.route("/attributions/regles/nouvelle", methods=["GET", "POST"])
@allow("administrator")
def new_rule() -> Page:
    form = RuleForm().offer()
    if not form.is_submitted():
        form.rank.data = assignment_rules.next_rank()
    return _rule_page(form, None)


@blueprint.route("/attributions/regles/<int:rule_id>", methods=["GET", "POST"])
@allow("administrator")
def rule(rule_id: int) -> Page:
    found = assignment_rules.rule_of(rule_id)
    form = RuleForm().offer()
    if not form.is_submitted():
        form.name.data, form.rank.data = found.name, found.rank
        form.regions.data, form.axes.data = found.regions, found.axes
        form.from_.data, form.below.data = found.from_cents, found.below_cents
        form.reviewers.data = [person.id for person in found.reviewers]
    return _rule_page(form, found)


def _rule_page(form: RuleForm, found: AssignmentRule | None) -> Page:
    if form.validate_on_submit():
        try:
            assignment_rules.save_rule(found.id if found else None, form.typed(), actor(), now())
            flash("La règle est enregistrée. Elle vaut pour les prochains dossiers.", "success")
            return redirect(url_for("agent.assignments"))
        except Refusal as refusal:
            add_refusal(form, refusal)
    page = render_template("agent/assignment_rule.html", form=form, rule=found, removal=FlaskForm())
    return (page, 422) if form.is_submitted() else page


@blueprint.post("/attributions/regles/<int:rule_id>/suppression")
@allow("administrator")
def rule_removal(rule_id: int) -> Response:
    assignment_rules.remove_rule(rule_id, actor(), now())
    flash("La règle est supprimée. Les dossiers déjà attribués le restent.", "success")
    return redirect(url_for("agent.assignments"))


@blueprint.route("/attributions/instructeurs/<int:person_id>", methods=["GET", "POST"])
@allow("administrator")
def coverage(person_id: int) -> Page:
    person = assignment_rules.reviewer_named(person_id)
    form = CoverageForm()
    if form.validate_on_submit():
        assignment_rules.cover(person_id, form.regions.data or (), actor(), now())
        flash(f"Les régions de {person.name} sont enregistrées.", "success")
        return redirect(url_for("agent.assignments"))
    if not form.is_submitted():
        form.regions.data = assignment.coverage().get(person_id, [])
    page = render_template("agent/assignment_coverage.html", form=form, person=person)
    return (page, 422) if form.is_submitted() else page
