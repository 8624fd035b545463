"""What an owner declares of the company. Each form says which company it was opened for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from bonus.companies.models import INSTRUMENTS, Company, DeMinimisAid
from bonus.companies.service import AidInput
from bonus.money import NBSP
from bonus.siren import spaced_siren

from ..access import current_company
from ..fields import AmountField, remove_spaces


class CompanyForm(FlaskForm):
    """A form about the company as a whole: nothing in its address says which one, so it does itself.

    A person of several companies may have chosen another in a second tab since the page was opened.
    """

    company = HiddenField()

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if not self.is_submitted():
            self.company.data = str(current_company().id)

    def validate_company(self, field: HiddenField) -> None:
        """Refuse what was opened for another company."""
        if field.data != str(current_company().id):
            raise ValidationError(
                f"Cette page a été ouverte pour une autre entreprise{NBSP}: rouvrez-la avant d’enregistrer."
            )


class WholeNumberField(IntegerField):
    """A whole number, typed with spaces or not."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        try:
            super().process_formdata([remove_spaces(str(value)) for value in valuelist])
        except ValueError as error:
            raise ValueError("Écrivez un nombre entier, par exemple 42.") from error


class DayField(DateField):
    """A day whose refusal is a sentence."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("Écrivez une date, par exemple 22/11/2026.") from error


class FiguresForm(CompanyForm):
    headcount = WholeNumberField("Effectif", [InputRequired("Indiquez l’effectif.")])
    turnover = AmountField("Chiffre d’affaires annuel", [InputRequired("Indiquez le chiffre d’affaires.")])
    balance_sheet = AmountField("Total de bilan", [InputRequired("Indiquez le total de bilan.")])

    @classmethod
    def of(cls, company: Company) -> FiguresForm:
        """The form with what is known: nothing, until figures were given."""
        if company.figures_set_at is None:
            return cls()
        return cls(
            data={
                "headcount": company.headcount,
                "turnover": company.turnover_cents,
                "balance_sheet": company.balance_sheet_cents,
            }
        )


class LinkForm(CompanyForm):
    member = StringField(
        "Ajouter une entreprise",
        [
            InputRequired("Écrivez un SIREN ou un numéro de TVA."),
            Length(max=40, message="Ce numéro est trop long."),
        ],
    )


class AidForm(CompanyForm):
    recipient = SelectField("Qui l’a reçue", validate_choice=False)
    amount = AmountField("Montant", [InputRequired("Écrivez le montant de l’aide.")])
    granted_on = DayField("Accordée le", [InputRequired("Indiquez le jour où l’aide a été accordée.")])
    authority = StringField(
        "Accordée par",
        [InputRequired("Indiquez qui a accordé l’aide."), Length(max=200, message="200 caractères au plus.")],
    )
    instrument = SelectField(
        "Forme de l’aide",
        [InputRequired("Choisissez la forme de l’aide.")],
        choices=[SelectChoice("", "Choisir"), *(SelectChoice(*one) for one in INSTRUMENTS.items())],
    )

    @classmethod
    def of(cls, company: Company, recipients: Sequence[str], aid: DeMinimisAid | None = None) -> AidForm:
        """The form of a new aid, or with what was declared of one."""
        known: dict[str, Any] = {"recipient": company.siren}
        if aid is not None:
            known = {
                "recipient": aid.recipient,
                "amount": aid.amount_cents,
                "granted_on": aid.granted_on,
                "authority": aid.authority,
                "instrument": aid.instrument,
            }
        form = cls(data=known)
        form.recipient.choices = [
            SelectChoice(one, company.name if one == company.siren else spaced_siren(one))
            for one in recipients
        ]
        return form

    def given(self) -> AidInput:
        """What was declared, for the service."""
        return AidInput(
            amount_cents=self.amount.data or 0,
            granted_on=self.granted_on.data,
            authority=self.authority.data,
            instrument=self.instrument.data,
            recipient=self.recipient.data or "",
        )
