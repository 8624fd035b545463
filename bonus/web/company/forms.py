"""The company's forms: files, lines, filing. They check shape; the services check rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileRequired, MultipleFileField
from wtforms import BooleanField, FieldList, Form, FormField, IntegerField, SelectChoice, SelectField
from wtforms.validators import InputRequired, ValidationError
from wtforms.widgets import HiddenInput

from bonus.claims.intake import LineChoice
from bonus.claims.models import Claim, PurchaseLine
from bonus.registry.models import Solution

from ..fields import AmountField

NO_SOLUTION = ""
OTHERS = "Autres solutions du registre"


class UploadForm(FlaskForm):
    files = MultipleFileField("Factures", [FileRequired("Choisissez au moins une facture.")])


class LineForm(Form):
    """One line: the solution bought and what the company declares of the purchase."""

    line_id = IntegerField(widget=HiddenInput())
    solution = SelectField("Solution achetée", validate_choice=False)
    replaces_foreign = BooleanField("Cet achat remplace une solution non européenne")
    other_public_aid = AmountField("Autre aide publique reçue pour cet achat")

    def validate_other_public_aid(self, field: AmountField) -> None:
        """Say at the field what the service refuses for the whole form."""
        if field.data is not None and field.data < 0:
            raise ValidationError("L’autre aide publique est un montant positif ou nul.")


class LinesForm(FlaskForm):
    lines = FieldList(FormField(LineForm))

    @classmethod
    def for_lines(cls, lines: Sequence[PurchaseLine], solutions: Sequence[Solution]) -> LinesForm:
        """The form filled with a draft's lines; each offers its supplier's solutions first."""
        form = cls(data={"lines": [_line_data(line) for line in lines]})
        by_id = {line.id: line for line in lines}
        for entry in form.lines:
            line = by_id.get(entry.form.line_id.data)
            identifier = line.invoice.supplier_identifier if line else ""
            entry.form.solution.choices = solution_choices(solutions, identifier)
        return form

    def by_line(self) -> dict[int, LineForm]:
        """Each line's part of the form, by the line's id."""
        return {entry.form.line_id.data: entry.form for entry in self.lines}

    def choices(self) -> list[LineChoice]:
        """What was chosen, for the service."""
        return [
            LineChoice(
                line_id=entry.form.line_id.data,
                solution=entry.form.solution.data or None,
                replaces_foreign=entry.form.replaces_foreign.data,
                other_public_aid_cents=entry.form.other_public_aid.data or 0,
            )
            for entry in self.lines
        ]


def _line_data(line: PurchaseLine) -> dict[str, Any]:
    return {
        "line_id": line.id,
        "solution": line.solution.slug if line.solution else NO_SOLUTION,
        "replaces_foreign": line.replaces_foreign,
        "other_public_aid": line.other_public_aid_cents or None,
    }


def solution_choices(solutions: Sequence[Solution], supplier_identifier: str) -> list[SelectChoice]:
    """Choices in groups: none, the invoice's supplier, the others."""
    own = [s for s in solutions if s.supplier.identifier == supplier_identifier]
    others = [s for s in solutions if s.supplier.identifier != supplier_identifier]
    return [
        SelectChoice(NO_SOLUTION, "Aucune solution du registre", optgroup="Sans correspondance"),
        *(SelectChoice(s.slug, s.name, optgroup="Solutions de ce fournisseur") for s in own),
        *(SelectChoice(s.slug, f"{s.name} ({s.supplier.name})", optgroup=OTHERS) for s in others),
    ]


class FilingForm(FlaskForm):
    declaration = BooleanField(
        "Je certifie que ces achats ont été payés et que les renseignements donnés sont exacts",
        [InputRequired("Cochez cette case pour déposer le dossier.")],
    )


def claim_lines(claim: Claim) -> list[PurchaseLine]:
    """The lines of a draft that buy something, in the order of its invoices."""
    return [line for invoice in claim.invoices if not invoice.is_credit_note for line in invoice.lines]
