"""The form of a message, the same for a company and for a reviewer."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from bonus.claims.request_models import MOST_MESSAGE


def plain_lines(text: str | None) -> str | None:
    """A WTForms filter: a browser sends two characters for each end of a line."""
    return text.replace("\r\n", "\n") if text else text


class MessageForm(FlaskForm):
    text = TextAreaField(
        "Votre message",
        [
            InputRequired("Écrivez votre message."),
            Length(max=MOST_MESSAGE, message="Ce message dépasse 5 000 caractères : raccourcissez-le."),
        ],
        filters=[plain_lines],
        id="message",
    )
