"""The forms of agents who work side by side on a dossier."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField, TextAreaField
from wtforms.validators import InputRequired, Length

from bonus.claims.notes import LONGEST

from ..messaging import plain_lines


class MarkedForm(FlaskForm):
    """An act on a dossier: it bears the mark of what the page showed, so that nobody acts on what they did not see."""

    mark = HiddenField()


class NoteForm(FlaskForm):
    text = TextAreaField(
        "Nouvelle note",
        [
            InputRequired("Écrivez la note avant de l’enregistrer."),
            Length(max=LONGEST, message="Cette note dépasse 5\u00a0000 caractères\u00a0: raccourcissez-la."),
        ],
        filters=[plain_lines],
        id="note",
    )
