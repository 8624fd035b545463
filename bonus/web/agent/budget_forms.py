"""The form of an act on an envelope. It checks shape; the service checks rules."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired, Length

from bonus.budget.models import MOST_REFERENCE
from bonus.money import NBSP

from ..fields import AmountField, DayField

ADD, REMOVE = "ajout", "retrait"


class OpeningForm(FlaskForm):
    """The act that opens the envelope of a year."""

    amount = AmountField("Montant", [InputRequired("Indiquez le montant.")])
    reference = StringField(
        "Référence de l’acte",
        [
            InputRequired("Indiquez la référence de l’acte signé."),
            Length(
                max=MOST_REFERENCE,
                message=f"La référence dépasse {MOST_REFERENCE} caractères{NBSP}: abrégez-la.",
            ),
        ],
    )
    # As browsers send it, or as people write it where the browser does not help.
    signed_on = DayField(
        "Signé le", [InputRequired("Indiquez la date de l’acte.")], format=["%Y-%m-%d", "%d/%m/%Y"]
    )


class AmendmentForm(OpeningForm):
    """The act that changes it."""

    direction = RadioField(
        "Ce que fait l’acte",
        [InputRequired("Choisissez ce que fait l’acte.")],
        choices=[SelectChoice(ADD, "Ouvrir des crédits"), SelectChoice(REMOVE, "Annuler des crédits")],
    )

    @property
    def delta_cents(self) -> int:
        """What the act adds, in cents; below zero when it takes away."""
        amount = abs(self.amount.data or 0)
        return -amount if self.direction.data == REMOVE else amount
