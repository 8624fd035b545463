"""The agents' forms. They check shape; the services check rules."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import DateField, RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

LONG = Length(max=5000, message="Ce texte dépasse 5 000 caractères : raccourcissez-le.")
OUTCOMES = [("apply", "Appliquer le calcul du règlement"), ("refuse", "Refuser, avec des motifs")]


class ProposalForm(FlaskForm):
    outcome = RadioField("Proposition", [InputRequired("Choisissez une proposition.")], choices=OUTCOMES)
    reasons = TextAreaField("Motifs", [LONG])


class DecisionForm(FlaskForm):
    outcome = RadioField("Décision", [InputRequired("Choisissez une décision.")], choices=OUTCOMES)
    reasons = TextAreaField("Motifs", [LONG])


class SendBackForm(FlaskForm):
    reasons = TextAreaField("Motifs du renvoi", [InputRequired("Dites pourquoi vous renvoyez ce dossier."), LONG])


class BatchForm(FlaskForm):
    execution_on = DateField("Date d’exécution", [InputRequired("Indiquez la date d’exécution.")])
