"""The forms of a titre de perception: what settles it, its instalments, what interrupts its time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from bonus.money import format_euros
from bonus.payments.models import PaymentOrder
from bonus.recoveries.barring import INTERRUPTIONS
from bonus.recoveries.settlement_models import MOST_REFERENCE

from ..fields import AmountField, DayField
from ..messaging import plain_lines
from .forms import LONG

DAYS = ["%Y-%m-%d", "%d/%m/%Y"]
REFERENCE = Length(max=MOST_REFERENCE, message=f"Cette référence dépasse {MOST_REFERENCE} caractères.")


class ActForm(FlaskForm):
    """One act among others on the same page: its fields bear its name, so that none is mistaken for another's."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix=type(self).__name__.removesuffix("Form").lower(), **kwargs)


class RepaymentForm(ActForm):
    amount = AmountField("Montant reçu", [InputRequired("Donnez le montant reçu.")])
    reference = StringField("Référence de la banque", [InputRequired("Donnez la référence."), REFERENCE])
    received_on = DayField("Date du crédit", [InputRequired("Donnez la date du crédit.")], format=DAYS)


class OverpaymentForm(ActForm):
    reference = StringField("Référence du virement", [InputRequired("Donnez la référence."), REFERENCE])
    given_back_on = DayField("Date du virement", [InputRequired("Donnez la date du virement.")], format=DAYS)
    words = TextAreaField("Précisions", [LONG], filters=[plain_lines])


class OffsetForm(ActForm):
    """``amount`` left empty: as much as the order and the titre allow."""

    order = SelectField("Ordre de paiement", [InputRequired("Choisissez un ordre.")])
    amount = AmountField("Montant à retenir")

    def offer(self, orders: Sequence[PaymentOrder]) -> None:
        """Offer the orders that are to be paid."""
        self.order.choices = [
            SelectChoice(one.number, f"{one.number} – {format_euros(one.payable_cents)}") for one in orders
        ]


class PlanForm(ActForm):
    count = IntegerField("Nombre d’échéances", [InputRequired("Donnez le nombre d’échéances.")])
    first_on = DayField("Première échéance", [InputRequired("Donnez la première date.")], format=DAYS)


class PlanAnswerForm(ActForm):
    outcome = RadioField(
        "Réponse",
        [InputRequired("Choisissez une réponse.")],
        choices=[SelectChoice("accept", "Accorder"), SelectChoice("refuse", "Refuser")],
    )
    reasons = TextAreaField("Motifs du refus", [LONG], filters=[plain_lines])


class InterruptionForm(ActForm):
    kind = SelectField(
        "Acte",
        choices=[SelectChoice("", "Choisissez"), *(SelectChoice(*one) for one in INTERRUPTIONS.items())],
    )
    reference = StringField("Référence de l’acte", [InputRequired("Donnez la référence."), REFERENCE])
    on = DayField("Date de l’acte", [InputRequired("Donnez la date.")], format=DAYS)


class WaiverForm(ActForm):
    amount = AmountField("Montant de la réduction", [InputRequired("Donnez le montant.")])
    reasons = TextAreaField("Motifs", [InputRequired("Donnez les motifs."), LONG], filters=[plain_lines])


class CancelForm(ActForm):
    reasons = TextAreaField("Motifs", [InputRequired("Donnez les motifs."), LONG], filters=[plain_lines])
