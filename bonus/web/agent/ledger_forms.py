"""The forms of the accounts' page. They check shape; the services check rules."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectChoice, SelectField
from wtforms.validators import InputRequired

from bonus.ledger.export import FORMS

from ..fields import DayField

_DAYS = ["%Y-%m-%d", "%d/%m/%Y"]
MOST_ASKED = 80
"""Letters of what is looked for; a piece has no more."""


class MonthForm(FlaskForm):
    """The month that the page proposed to close: another one may have been closed meanwhile."""

    month = HiddenField()


class PeriodForm(FlaskForm):
    """What to export. It is read from the address: nothing changes."""

    class Meta:
        csrf = False

    du = DayField("Du", [InputRequired("Indiquez le premier jour.")], format=_DAYS)
    au = DayField("Au", [InputRequired("Indiquez le dernier jour.")], format=_DAYS)
    forme = SelectField("Forme", choices=[SelectChoice(name, form.words) for name, form in FORMS.items()])
