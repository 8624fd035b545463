"""The templates of letters: the administrator reads, edits and previews them; each version is kept."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import HiddenInput

from bonus.adapters.pdf_decision import letter_pdf
from bonus.calendar import civil_date
from bonus.claims.letter_content import LetterContent
from bonus.claims.letter_example import example_letter
from bonus.claims.letter_templates import template_on, template_version, versions_of, write_template
from bonus.claims.letter_words import (
    BLOCKS,
    KINDS,
    MOST_TEXT,
    MOST_TITLE,
    REQUIRED,
    VALUES,
    Template,
    check,
    names_of,
)
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.parts import is_demo, ready_fonts, service_contact
from bonus.regulation import load_parameters

from ..access import actor, allow, now
from ..downloads import private_file
from ..fields import DayField, add_refusal
from ..messaging import plain_lines

blueprint = Blueprint("letters", __name__, url_prefix="/admin/lettres")
Page = str | Response | tuple[str, int]
LARGEST = 2_147_483_647


class TemplateForm(FlaskForm):
    title = StringField(
        "Titre de la lettre",
        [InputRequired("Donnez un titre."), Length(max=MOST_TITLE, message="120 caractères au plus.")],
    )
    text = TextAreaField(
        "Texte de la lettre",
        [
            InputRequired("Écrivez le texte de la lettre."),
            Length(max=MOST_TEXT, message="Ce texte dépasse 12 000 caractères : raccourcissez-le."),
        ],
        filters=[plain_lines],
    )
    from_on = DayField(
        "S’applique à partir du", [InputRequired("Indiquez un jour.")], format=["%Y-%m-%d", "%d/%m/%Y"]
    )
    seen = IntegerField(widget=HiddenInput())  # the last version the writer was shown


@blueprint.get("")
@allow("administrator")
def index() -> str:
    today = civil_date(now())
    rows = []
    for kind, name in KINDS.items():
        versions = versions_of(kind)
        in_force = template_on(kind, today)
        written = next((one for one in versions if one.version == in_force.version), None)
        coming = [one for one in versions if one.from_on > today]
        rows.append((kind, name, written, coming))
    return render_template("admin/letters.html", rows=rows)


@blueprint.route("/<kind>", methods=["GET", "POST"])
@allow("administrator")
def template(kind: str) -> Page:
    """The editor of a template. Three buttons send it: a preview here, a preview as PDF, a new version."""
    today = civil_date(now())
    in_force, versions = template_on(kind, today), versions_of(kind)
    shown = versions[0] if versions else None
    start = Template(kind, shown.version, shown.title, shown.text) if shown else in_force
    form = TemplateForm(
        data={"title": start.title, "text": start.text, "from_on": today, "seen": start.version}
    )
    preview = None
    if form.validate_on_submit():
        try:
            if "enregistrer" in request.form:
                return _written(kind, form)
            title, text = check(kind, form.title.data or "", form.text.data or "")
        except Refusal as refusal:
            db.session.rollback()
            add_refusal(form, refusal)
        else:
            preview = _example(Template(kind, 0, title, text))
            if "pdf" in request.form:
                return _pdf(preview)
    page = render_template(
        "admin/letter.html",
        kind=kind,
        name=KINDS[kind],
        form=form,
        versions=versions_of(kind),
        in_force=in_force.version,
        values=[(name, *VALUES[name], name in REQUIRED[kind]) for name in names_of(kind) if name in VALUES],
        blocks=[(name, BLOCKS[name], name in REQUIRED[kind]) for name in names_of(kind) if name in BLOCKS],
        preview=preview,
        today=today,
    )
    return (page, 422) if form.errors or form.form_errors else page


def _written(kind: str, form: TemplateForm) -> Response:
    seen = form.seen.data if form.seen.data is not None else -1
    written = write_template(
        kind, form.title.data or "", form.text.data or "", form.from_on.data, seen, actor(), now()
    )
    flash(f"La version {written.version} est enregistrée.", "success")
    return redirect(url_for("letters.version", kind=kind, version=written.version))


@blueprint.get(f"/<kind>/versions/<int(max={LARGEST}):version>")
@allow("administrator")
def version(kind: str, version: int) -> str:
    found = template_version(kind, version)
    written = next((one for one in versions_of(kind) if one.version == version), None)
    return render_template(
        "admin/letter_version.html",
        kind=kind,
        name=KINDS[kind],
        template=found,
        written=written,
        in_force=template_on(kind, civil_date(now())).version,
        preview=_example(found),
    )


@blueprint.get(f"/<kind>/versions/<int(max={LARGEST}):version>.pdf")
@allow("administrator")
def version_pdf(kind: str, version: int) -> Response:
    return _pdf(_example(template_version(kind, version)))


def _example(template: Template) -> LetterContent:
    law, today = load_parameters(), civil_date(now())
    return example_letter(
        template,
        service_contact(),
        today,
        law.integer("notification.unopened_days", today),
        law.integer("appeal.months", today),
    )


def _pdf(content: LetterContent) -> Response:
    ready_fonts()
    return private_file(letter_pdf(content, demo=is_demo()), f"apercu-{content.kind}.pdf", "application/pdf")
