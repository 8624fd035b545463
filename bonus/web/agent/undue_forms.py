"""The forms of undue sums: opened, completed, decided."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, Regexp

from bonus.recoveries.company_findings import OfCompany
from bonus.recoveries.finding_forms import MOST_SAID, Found
from bonus.recoveries.findings import KINDS, ON_THE_COMPANY
from bonus.recoveries.status import ORIGINS

from ..fields import AmountField, DayField
from ..messaging import plain_lines
from .forms import LONG

DAYS = ["%Y-%m-%d", "%d/%m/%Y"]
TYPED = ("ended", "credit", "refused", "retained", "premium", "aid", "registry", *ON_THE_COMPANY)
"""What an agent may say was found; a withdrawal brings its own."""


def _number_or_none(text: Any) -> int | None:
    return int(text) if str(text or "").isdecimal() else None


class UndueForm(FlaskForm):
    origin = RadioField(
        "Origine",
        [InputRequired("Choisissez l’origine de l’indu.")],
        choices=[SelectChoice(code, words) for code, words in ORIGINS.items()],
    )
    facts = TextAreaField("Faits", [InputRequired("Dites les faits."), LONG], filters=[plain_lines])


class FindingForm(FlaskForm):
    """What was found: of a line, of an invoice, of the registry or of the company; each kind asks for what it needs."""

    kind = SelectField(
        "Ce qui est constaté",
        choices=[SelectChoice("", "Choisissez"), *(SelectChoice(code, KINDS[code]) for code in TYPED)],
    )
    line_id = SelectField("Ligne", coerce=_number_or_none, validate_choice=False)
    invoice_id = SelectField("Facture corrigée par l’avoir", coerce=_number_or_none, validate_choice=False)
    on = DayField("Date de l’avoir ou de l’aide, ou dernier jour de service", [Optional()], format=DAYS)
    number = StringField("Numéro, ou autorité", [Length(max=100, message="Ce numéro est trop long.")])
    net = AmountField("Montant hors taxes")
    vat = AmountField("TVA de l’avoir")
    headcount = StringField(
        "Effectif du groupe", [Optional(), Regexp(r"[0-9]{1,7}$", message="Donnez un nombre entier.")]
    )
    turnover = AmountField("Chiffre d’affaires du groupe")
    balance_sheet = AmountField("Total du bilan du groupe")
    said = TextAreaField(
        "Précisions",
        [Length(max=MOST_SAID, message="Ce texte dépasse 500 caractères : raccourcissez-le.")],
        filters=[plain_lines],
    )

    def offer(self, lines: list[tuple[int, str]], invoices: list[tuple[int, str]]) -> None:
        """Offer the lines that were granted, and the invoices of the dossier."""
        self.line_id.choices = [
            SelectChoice("", "Toutes, ou sans objet"),
            *(SelectChoice(*one) for one in lines),
        ]
        self.invoice_id.choices = [SelectChoice("", "Sans objet"), *(SelectChoice(*one) for one in invoices)]

    def found(self) -> Found:
        """What was typed, as the service takes it."""
        return Found(
            kind=self.kind.data or "",
            line_id=self.line_id.data,
            invoice_id=self.invoice_id.data,
            said=self.said.data or "",
            on=self.on.data,
            net_cents=self.net.data,
            vat_cents=self.vat.data or 0,
            number=(self.number.data or "").strip(),
            company=OfCompany(
                _number_or_none(self.headcount.data), self.turnover.data, self.balance_sheet.data
            ),
        )


class UndueDecisionForm(FlaskForm):
    outcome = RadioField("Décision", [InputRequired("Choisissez une décision.")])
    reasons = TextAreaField("Motifs", [InputRequired("Donnez les motifs."), LONG], filters=[plain_lines])

    def offer(self, *, may_confirm: bool) -> None:
        """Offer to confirm to who may."""
        choices = [SelectChoice("confirm", "Émettre le titre de perception")] if may_confirm else []
        self.outcome.choices = [*choices, SelectChoice("drop", "Classer sans suite")]


class ActForm(FlaskForm):
    """A button, and nothing to type."""


class SeenForm(FlaskForm):
    """A button on what its page showed: ``seen``, a sum in cents, and another by now is another page to read."""

    seen = HiddenField()

    @classmethod
    def showing(cls, cents: int) -> SeenForm:
        """The form of a page that shows this sum."""
        form = cls(formdata=None)
        form.seen.data = str(cents)
        return form
