"""The agents' forms. They check shape; the services check rules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Form, HiddenField, RadioField, SelectChoice, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from bonus.claims.line_proposals import ACCEPT, ACTIONS
from bonus.claims.proposal_models import LEAST_FACTS
from bonus.money import NBSP
from bonus.regulation import REDUCE, REFUSE, Ground, grounds_on, load_parameters

from ..fields import AmountField, DayField
from .desk_forms import MarkedForm

LONG = Length(max=5000, message="Ce texte dépasse 5 000 caractères : raccourcissez-le.")
OUTCOMES = [
    SelectChoice("apply", "Appliquer le calcul du règlement"),
    SelectChoice("refuse", "Refuser, avec des motifs"),
]
NO_GROUND = SelectChoice("", "Choisir un motif")


def ground_choices(day: date, use: str | None = None) -> list[SelectChoice]:
    """The grounds of the regulation on a day, each with its article, for a list: those of one use, or all of them, by
    what they may found."""
    law = load_parameters()
    if use is not None:
        return [NO_GROUND, *(_choice(ground) for ground in grounds_on(day, law, use))]
    refuses, reduces = grounds_on(day, law, REFUSE), grounds_on(day, law, REDUCE)
    groups = {
        "Pour refuser ou réduire": [ground for ground in refuses if ground in reduces],
        "Pour refuser": [ground for ground in refuses if ground not in reduces],
        "Pour réduire": [ground for ground in reduces if ground not in refuses],
    }
    return [NO_GROUND, *(_choice(ground, name) for name, some in groups.items() for ground in some)]


def _choice(ground: Ground, group: str | None = None) -> SelectChoice:
    return SelectChoice(ground.code, f"{ground.name} ({ground.article})", optgroup=group)


class GroundedForm(MarkedForm):
    """A form that may refuse: on a ground of the regulation, with the facts in words."""

    title, missing = "Sens", "Choisissez un sens."
    outcome = RadioField(choices=OUTCOMES)
    ground = SelectField("Motif du refus", [Optional()], choices=[NO_GROUND], validate_choice=False)
    reasons = TextAreaField("Motifs en fait, ou observations", [LONG])

    def __init__(self, *given: Any, **values: Any) -> None:
        super().__init__(*given, **values)
        self.outcome.label.text = self.title
        self.outcome.validators = [InputRequired(self.missing)]

    def offer(self, day: date) -> None:
        """Offer the grounds of a refusal on a day."""
        self.ground.choices = ground_choices(day, REFUSE)


class ProposalForm(GroundedForm):
    title, missing = "Proposition", "Choisissez une proposition."


class DecisionForm(GroundedForm):
    title, missing = "Décision", "Choisissez une décision."
    seen = HiddenField()  # the mark of what the page showed


class ConcurrenceForm(MarkedForm):
    seen = HiddenField()


class ObjectionForm(MarkedForm):
    # Beside the concurrence, on the dossier's page.
    reasons = TextAreaField(
        "Motifs de votre désaccord",
        [InputRequired("Dites pourquoi vous renvoyez cette proposition."), LONG],
        id="motifs-du-desaccord",
    )


class SendBackForm(MarkedForm):
    # Shown on the same page as the decision, whose reasons bear the plain id.
    reasons = TextAreaField(
        "Motifs du renvoi",
        [InputRequired("Dites pourquoi vous renvoyez ce dossier."), LONG],
        id="motifs-du-renvoi",
    )


class LineProposalForm(Form):
    """What is proposed for one line. What lacks is said at once, for every line of the page."""

    action = SelectField("Proposition pour cette ligne", default=ACCEPT)
    retained = AmountField("Montant retenu, hors taxes")
    ground = SelectField("Motif", validate_choice=False)
    facts = TextAreaField("Faits constatés", [LONG])

    def offer(self, grounds: Iterable[SelectChoice], *, pending: bool) -> None:
        """Offer what a line may be proposed: to wait, only where the law makes it wait."""
        self.ground.choices = list(grounds)
        self.action.choices = [
            SelectChoice(code, words)
            for code, words in ACTIONS.items()
            if code in (ACCEPT, REDUCE, REFUSE) or pending
        ]

    @property
    def is_touched(self) -> bool:
        """Whether something was said of the line."""
        typed = (self.ground.data or "", (self.facts.data or "").strip(), self.retained.data or "")
        return self.action.data != ACCEPT or any(typed) or bool(self.errors)

    def validate(self, extra_validators: Any = None) -> bool:
        whole = super().validate(extra_validators)
        if self.action.data == ACCEPT and self.is_touched:
            self._lacks(
                "action",
                "Choisissez ce que vous proposez pour cette ligne, ou effacez ce que vous avez écrit.",
            )
        if self.action.data in (REFUSE, REDUCE):
            if not self.ground.data:
                self._lacks(
                    "ground", "Choisissez le motif dans la liste : il dit l’article appliqué (art. 11)."
                )
            if len((self.facts.data or "").strip()) < LEAST_FACTS:
                self._lacks("facts", f"Dites ce que vous avez constaté ({LEAST_FACTS} caractères au moins).")
        if self.action.data == REDUCE and self.retained.data is None and not self.retained.errors:
            self._lacks("retained", f"Indiquez le montant retenu, par exemple 1{NBSP}250,50.")
        return whole and not self.errors

    def _lacks(self, name: str, sentence: str) -> None:
        field = self[name]
        field.errors = [*field.errors, sentence]


class BatchForm(FlaskForm):
    # As browsers send it, or as people write it where the browser does not help.
    execution_on = DayField(
        "Date d’exécution", [InputRequired("Indiquez la date d’exécution.")], format=["%Y-%m-%d", "%d/%m/%Y"]
    )


class DismissalForm(FlaskForm):
    words = TextAreaField(
        "Pourquoi ce lot est-il écarté ?", [InputRequired("Dites pourquoi ce lot est écarté.")]
    )
