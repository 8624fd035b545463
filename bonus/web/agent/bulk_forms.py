"""The forms of acts on many dossiers: what each kind of act must be told."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, FormField, SelectField, TextAreaField
from wtforms.validators import InputRequired

from bonus.claims.requests import known_documents
from bonus.claims.reviewers import open_reviewers
from bonus.regulation import REFUSE

from .asking import OTHERS, KnownForm, OtherForm, chosen_items, known_part, other_part
from .forms import LONG, ground_choices

NOBODY = ""


class AssignForm(FlaskForm):
    person_id = SelectField("Instructeur")


class ProposeForm(FlaskForm):
    pass


class RefuseForm(FlaskForm):
    ground = SelectField("Motif du refus", [InputRequired("Choisissez le motif du refus.")])
    reasons = TextAreaField(
        "Faits constatés",
        [InputRequired("Dites pourquoi ces dossiers seraient refusés, en droit et en fait."), LONG],
    )


def bulk_form(action: str, day: date) -> FlaskForm:
    """The form of one kind of act, on a civil day."""
    if action == "assign":
        form = AssignForm()
        reviewers = [(str(person.id), person.name) for person in open_reviewers()]
        form.person_id.choices = [(NOBODY, "Personne en particulier"), *reviewers]
        return form
    if action == "ask":
        return _ask_form()
    if action == "propose":
        return ProposeForm()
    refusal = RefuseForm()
    refusal.ground.choices = ground_choices(day, REFUSE)
    return refusal


def _ask_form() -> FlaskForm:
    parts: dict[str, Any] = {known_part(code): FormField(KnownForm) for code in known_documents()}
    parts |= {other_part(rank): FormField(OtherForm) for rank in range(OTHERS)}
    parts["only_missing"] = BooleanField("Ne demander une pièce prévue que là où elle manque", default=True)
    form: FlaskForm = type("BulkAskForm", (FlaskForm,), parts)()
    return form


def params_of(form: FlaskForm, action: str) -> dict[str, Any]:
    """What a form that was sent says, as the service takes it."""
    if action == "assign":
        return {"person_id": int(form.person_id.data) if form.person_id.data else None}
    if action == "ask":
        items = chosen_items(form, known_documents())
        return {
            "items": [{"code": one.code, "title": one.title, "detail": one.detail} for one in items],
            "only_missing": form.only_missing.data,
        }
    return {"ground": form.ground.data, "reasons": form.reasons.data} if action == "refuse" else {}
