"""The forms of the registry's pages. They check shape; the services check rules, and which choices there are."""

from __future__ import annotations

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    RadioField,
    SearchField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from bonus.registry.rules import MOST_REFERENCE, MOST_TEXT, Audit

from ..fields import CheckboxesField, DayField, remove_spaces
from .forms import LONG

DAYS = ["%Y-%m-%d", "%d/%m/%Y"]
"""As browsers send a day, or as people write it where the browser does not help."""
NUMBER_CHARACTERS = 20  # of a SIREN or a VAT number, and room for a mistake


def at_most(most: int) -> Length:
    """No longer than that many characters, said in French."""
    return Length(max=most, message=f"Écrivez {most} caractères au plus.")


def stripped(text: str | None) -> str | None:
    """A WTForms filter: nothing around what was typed."""
    return text.strip() if text else text


def in_capitals(text: str | None) -> str | None:
    """A WTForms filter for numbers and codes that are written in capitals."""
    return text.upper() if text else text


def reason_field() -> TextAreaField:
    """Why: no act by hand goes without it."""
    return TextAreaField(
        "Motif",
        [InputRequired("Dites pourquoi : la pièce ou la décision sur laquelle vous vous fondez."), LONG],
    )


def day_field(label: str, missing: str) -> DayField:
    """A day that must be given."""
    return DayField(label, [InputRequired(missing)], format=DAYS)


class SearchForm(FlaskForm):
    """The registry's search, kept in the address; the choices are the view's."""

    class Meta:
        csrf = False

    q = SearchField("Solution ou fournisseur", filters=[stripped])
    usage = SelectField("Usage", validate_choice=False)
    label = SelectField("Label", validate_choice=False)
    etat = SelectField("État aujourd’hui", validate_choice=False)


class TimesForm(FlaskForm):
    """The day asked about, and the evening of what was known; kept in the address."""

    class Meta:
        csrf = False

    au = DayField("Au", [Optional()], format=DAYS)
    connu = DayField("Tel que connu le", [Optional()], format=DAYS)


class SolutionForm(FlaskForm):
    identifier = StringField(
        "SIREN ou numéro de TVA du fournisseur",
        [DataRequired("Indiquez le numéro du fournisseur."), at_most(NUMBER_CHARACTERS)],
        filters=[remove_spaces, in_capitals],
    )
    supplier_name = StringField("Nom du fournisseur", [at_most(MOST_TEXT)], filters=[stripped])
    name = StringField(
        "Nom de la solution",
        [DataRequired("Donnez le nom de la solution."), at_most(MOST_TEXT)],
        filters=[stripped],
    )
    reference = StringField("Référence commerciale", [at_most(MOST_REFERENCE)], filters=[stripped])
    axis = RadioField("Usage", [InputRequired("Choisissez un usage.")], validate_choice=False)
    reason = reason_field()


class AliasForm(FlaskForm):
    kind = RadioField(
        "C’est",
        [InputRequired("Dites si c’est un nom ou une référence.")],
        choices=[SelectChoice("name", "Un nom"), SelectChoice("reference", "Une référence")],
        default="name",
    )
    text = StringField(
        "Ce qui est écrit sur les factures",
        [DataRequired("Écrivez ce nom ou cette référence."), at_most(MOST_TEXT)],
        filters=[stripped],
    )
    reason = reason_field()


class ReasonForm(FlaskForm):
    reason = reason_field()


class GrantForm(FlaskForm):
    """A certification, or the correction of its grant; the choices are its label's."""

    certifier = SelectField(
        "Certificateur", [InputRequired("Choisissez le certificateur.")], validate_choice=False
    )
    reference = StringField(
        "Référence de la certification",
        [DataRequired("Indiquez la référence que lui donne le certificateur."), at_most(MOST_REFERENCE)],
        filters=[stripped],
    )
    valid_from = day_field("Valable à compter du", "Indiquez le premier jour.")
    valid_until = day_field("Jusqu’au", "Indiquez le dernier jour.")
    criteria = CheckboxesField("Critères remplis", validate_choice=False)
    audited_on = DayField("Date de l’audit", [Optional()], format=DAYS)
    evidence = StringField("Référence du rapport d’audit", [at_most(MOST_TEXT)], filters=[stripped])
    reason = reason_field()

    def ask(self, criteria: Sequence[str]) -> None:
        """Give the label's criteria to tick, known by their places; without any, there is no audit to tell."""
        self.criteria.choices = [SelectChoice(str(place), text) for place, text in enumerate(criteria)]
        if not criteria:
            del self.criteria, self.audited_on, self.evidence

    @property
    def audit(self) -> Audit:
        """What was told of the audit."""
        if "criteria" not in self:
            return Audit()
        ticked = set(self.criteria.data or ())
        met = tuple(choice.value in ticked for choice in self.criteria.choices)
        return Audit(met if any(met) else (), self.audited_on.data, self.evidence.data or None)


class GrantCorrectionForm(GrantForm):
    """The same, of a certification that keeps its certifier and its reference."""

    certifier = None
    reference = None


class EventForm(FlaskForm):
    """A suspension, a reinstatement; or the correction of one."""

    on = day_field("À compter du", "Indiquez le jour.")
    reason = reason_field()


class WithdrawalForm(FlaskForm):
    on = day_field("À compter du", "Indiquez le jour.")
    retroactive = BooleanField("Retrait rétroactif, pour fraude")
    reason = reason_field()
