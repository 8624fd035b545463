"""The agents' forms. They check shape; the services check rules."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired, Length

from ..fields import DayField
from .desk_forms import MarkedForm

LONG = Length(max=5000, message="Ce texte dépasse 5 000 caractères : raccourcissez-le.")
OUTCOMES = [
    SelectChoice("apply", "Appliquer le calcul du règlement"),
    SelectChoice("refuse", "Refuser, avec des motifs"),
]


class ProposalForm(MarkedForm):
    outcome = RadioField("Proposition", [InputRequired("Choisissez une proposition.")], choices=OUTCOMES)
    reasons = TextAreaField("Motifs", [LONG])


class DecisionForm(MarkedForm):
    outcome = RadioField("Décision", [InputRequired("Choisissez une décision.")], choices=OUTCOMES)
    reasons = TextAreaField("Motifs", [LONG])
    seen = HiddenField()  # the mark of what the page showed


class SendBackForm(MarkedForm):
    # Shown on the same page as the decision, whose reasons bear the plain id.
    reasons = TextAreaField(
        "Motifs du renvoi",
        [InputRequired("Dites pourquoi vous renvoyez ce dossier."), LONG],
        id="motifs-du-renvoi",
    )


class BatchForm(FlaskForm):
    # As browsers send it, or as people write it where the browser does not help.
    execution_on = DayField(
        "Date d’exécution", [InputRequired("Indiquez la date d’exécution.")], format=["%Y-%m-%d", "%d/%m/%Y"]
    )
