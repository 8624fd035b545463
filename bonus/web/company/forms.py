"""The company's forms: files, lines, filing. They check shape; the services check rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileRequired, MultipleFileField
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import HiddenInput

from bonus.claims.filing import DECLARATIONS
from bonus.claims.lines import LineChoice, state_of
from bonus.claims.matching import LineOffers, Offer, offers_for
from bonus.claims.models import PurchaseLine
from bonus.claims.request_models import MOST_REASON

from ..fields import AmountField
from ..messaging import plain_lines

NO_SOLUTION = ""


class UploadForm(FlaskForm):
    files = MultipleFileField("Factures", [FileRequired("Choisissez au moins une facture.")])
    draft = StringField(widget=HiddenInput())  # the reference of the dossier that the first files open


class DocumentForm(FlaskForm):
    files = MultipleFileField("Fichiers", [FileRequired("Choisissez au moins un fichier.")])


class AbsenceForm(FlaskForm):
    reason = TextAreaField(
        "Pourquoi ne pouvez-vous pas fournir cette pièce ?",
        [
            InputRequired("Dites pourquoi vous ne pouvez pas fournir cette pièce."),
            Length(max=MOST_REASON, message="Ce texte dépasse 1 000 caractères : raccourcissez-le."),
        ],
        filters=[plain_lines],
    )


class AnswerForm(FlaskForm):
    """To send the answer: what it holds is already there."""


class WithdrawalForm(FlaskForm):
    sure = BooleanField(
        "Je me désiste de ce dossier, et je sais que c’est définitif",
        [InputRequired("Cochez cette case pour vous désister.")],
    )


class LineForm(Form):
    """One line: the solution bought and what the company declares of the purchase."""

    line_id = IntegerField(widget=HiddenInput())
    seen = StringField(widget=HiddenInput())
    solution = SelectField("Solution achetée", validate_choice=False)
    search = StringField(
        "Chercher une autre solution du registre", [Length(max=200, message="200 caractères au plus.")]
    )
    replaces_foreign = BooleanField("Cet achat remplace une solution non européenne")
    other_public_aid = AmountField("Autre aide publique reçue pour cet achat")

    def validate_other_public_aid(self, field: AmountField) -> None:
        """Say at the field what the service refuses for the whole form."""
        if field.data is not None and field.data < 0:
            raise ValidationError("L’autre aide publique est un montant positif ou nul.")


class LinesForm(FlaskForm):
    lines = FieldList(FormField(LineForm))

    @classmethod
    def for_lines(cls, lines: Sequence[PurchaseLine]) -> LinesForm:
        """The form filled with a draft's lines; each offers the likeliest solutions first."""
        form = cls.bare(lines)
        typed = {entry.form.line_id.data: (entry.form.search.data or "").strip() for entry in form.lines}
        offers = offers_for(lines, typed)
        for entry in form.lines:
            line_id = entry.form.line_id.data
            entry.form.solution.choices = solution_choices(offers.get(line_id, LineOffers()), typed[line_id])
        return form

    @classmethod
    def bare(cls, lines: Sequence[PurchaseLine]) -> LinesForm:
        """The form as it is read, not shown: without the solutions to choose from."""
        return cls(data={"lines": [_line_data(line) for line in lines]})

    @property
    def has_searches(self) -> bool:
        """Whether words were typed to look for a solution."""
        return any((entry.form.search.data or "").strip() for entry in self.lines)

    def by_line(self) -> dict[int, LineForm]:
        """Each line's part of the form, by the line's id."""
        return {entry.form.line_id.data: entry.form for entry in self.lines}

    def choices(self) -> list[LineChoice]:
        """What was chosen, for the service; a line with something to mend is not saved."""
        return [
            LineChoice(
                line_id=entry.form.line_id.data,
                solution=entry.form.solution.data or None,
                replaces_foreign=entry.form.replaces_foreign.data,
                other_public_aid_cents=entry.form.other_public_aid.data or 0,
                seen=entry.form.seen.data or None,
            )
            for entry in self.lines
            if not entry.form.errors
        ]


def _line_data(line: PurchaseLine) -> dict[str, Any]:
    return {
        "line_id": line.id,
        "seen": state_of(line),
        "solution": line.solution.slug if line.solution else NO_SOLUTION,
        "replaces_foreign": line.replaces_foreign,
        "other_public_aid": line.other_public_aid_cents or None,
    }


def solution_choices(offers: LineOffers, typed: str) -> list[SelectChoice]:
    """Choices in groups: none, what was searched for, the likeliest, the invoice's supplier, the one chosen before."""
    groups: list[tuple[str, list[Offer], bool]] = [
        (f"Résultats pour « {typed} »", offers.found, True),
        ("Les plus proches", offers.suggested, False),
        ("Solutions de ce fournisseur", offers.own, False),
        ("Solution choisie", offers.chosen, True),
    ]
    none = (
        "Aucune solution du registre"
        if not typed or offers.found
        else "Rien trouvé : aucune solution du registre"
    )
    return [
        SelectChoice(NO_SOLUTION, none, optgroup="Sans correspondance"),
        *(
            SelectChoice(
                offer.slug, f"{offer.name} ({offer.supplier})" if named else offer.name, optgroup=title
            )
            for title, some, named in groups
            for offer in some
        ),
    ]


class FilingForm(FlaskForm):
    """What is declared on one's honour, one box each (bonus.claims.filing.DECLARATIONS)."""

    paid = BooleanField(
        DECLARATIONS["paid"], [InputRequired("Cochez « achats payés » pour déposer le dossier.")]
    )
    exact = BooleanField(
        DECLARATIONS["exact"], [InputRequired("Cochez « renseignements exacts » pour déposer le dossier.")]
    )
    other_aids = BooleanField(
        DECLARATIONS["other_aids"], [InputRequired("Cochez « autres aides » pour déposer le dossier.")]
    )
    controls = BooleanField(
        DECLARATIONS["controls"], [InputRequired("Cochez « contrôles » pour déposer le dossier.")]
    )
