"""What a company types of an invoice: its lines, and all of it beside a plain document."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import FieldList, Form, FormField, RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from bonus.claims.by_hand import TypedInvoice
from bonus.claims.entering import MAX_ENTERED_LINES
from bonus.claims.invoice_rows import EnteredLine
from bonus.claims.models import Invoice, PurchaseLine

from ..fields import AmountField, DayField, remove_spaces

_DAY = ["%Y-%m-%d", "%d/%m/%Y"]  # as browsers send it, or as people write it where the browser does not help


class _Given:
    """An amount that must be written, zero included."""

    def __init__(self) -> None:
        self.field_flags = {"required": True}  # WTForms reads it

    def __call__(self, _form: Form, field: AmountField) -> None:
        if field.data is None and not field.errors:
            raise ValidationError("Écrivez un montant, 0 s’il n’y en a pas.")


class EnteredLineForm(Form):
    """One line as the document shows it."""

    name = StringField(
        "Produit ou service acheté",
        [InputRequired("Écrivez ce qui a été acheté."), Length(max=500, message="500 caractères au plus.")],
    )
    reference = StringField("Référence", [Length(max=100, message="100 caractères au plus.")])
    net = AmountField("Montant hors taxes", [_Given()])
    vat = AmountField("TVA", [_Given()])
    service_start = DayField("Début du service", [Optional()], format=_DAY)
    service_end = DayField("Fin du service", [Optional()], format=_DAY)

    def validate(self, extra_validators: Any = None) -> bool:
        """Both dates of service or neither (art. 5.2), in their order: said at the one that is missing or wrong."""
        well_formed = bool(super().validate(extra_validators))
        start, end = self.service_start, self.service_end
        if start.errors or end.errors:
            return False
        if start.data and not end.data:
            end.errors = ["Donnez aussi la fin du service (art. 5.2)."]
        elif end.data and not start.data:
            start.errors = ["Donnez aussi le début du service (art. 5.2)."]
        elif start.data and end.data and end.data < start.data:
            end.errors = ["Le service finit avant de commencer."]
        else:
            return well_formed
        return False

    def entered(self) -> EnteredLine:
        """The line, for the service."""
        return EnteredLine(
            name=" ".join((self.name.data or "").split()),
            reference=" ".join((self.reference.data or "").split()) or None,
            net_cents=self.net.data or 0,
            vat_cents=self.vat.data or 0,
            service_start=self.service_start.data,
            service_end=self.service_end.data,
        )


class _WithLines(FlaskForm):
    lines = FieldList(FormField(EnteredLineForm), min_entries=1, max_entries=MAX_ENTERED_LINES)

    def change_rows(self, asked: dict[str, str]) -> bool:
        """Add or take away a line, as a button asked; says whether one did. What is typed stays as it is."""
        if "add" in asked:
            if len(self.lines) < MAX_ENTERED_LINES:
                self.lines.append_entry()
                self.lines[-1].form.name.render_kw = {"autofocus": True}
            return True
        if "remove" in asked:
            rank = asked["remove"]
            if rank.isascii() and rank.isdigit() and len(rank) < 4 and 0 < int(rank) <= len(self.lines) > 1:
                del self.lines.entries[int(rank) - 1]
            return True
        return False

    def entered_lines(self) -> list[EnteredLine]:
        """The lines, for the service."""
        return [entry.form.entered() for entry in self.lines]


class EnteredLinesForm(_WithLines):
    """The lines of an invoice whose file details none."""

    @classmethod
    def for_invoice(cls, invoice: Invoice) -> EnteredLinesForm:
        """Filled with the lines entered before; empty the first time, but for the totals of a single line."""
        lines = [line_data(line, invoice) for line in invoice.lines]
        if not invoice.lines_entered:
            lines[0]["name"] = ""
        return cls(data={"lines": lines})


class HandForm(_WithLines):
    """An invoice typed beside its pages."""

    kind = RadioField(
        "Ce document est",
        [InputRequired("Dites si c’est une facture ou un avoir.")],
        choices=[SelectChoice("invoice", "une facture"), SelectChoice("credit_note", "un avoir")],
        default="invoice",
    )
    corrects = StringField(
        "Numéro de la facture que l’avoir corrige", [Length(max=100, message="100 caractères au plus.")]
    )
    supplier = StringField(
        "SIREN, SIRET ou numéro de TVA du fournisseur",
        [
            InputRequired("Écrivez le numéro du fournisseur."),
            Length(max=40, message="40 caractères au plus."),
        ],
    )
    supplier_name = StringField(
        "Nom du fournisseur",
        [InputRequired("Écrivez le nom du fournisseur."), Length(max=200, message="200 caractères au plus.")],
    )
    buyer_siren = StringField(
        "SIREN de l’acheteur, s’il figure sur le document",
        [Length(max=14, message="Un SIREN a 9 chiffres.")],
        filters=[remove_spaces],
    )
    number = StringField(
        "Numéro de la facture",
        [
            InputRequired("Écrivez le numéro de la facture."),
            Length(max=100, message="100 caractères au plus."),
        ],
    )
    issued_on = DayField("Date de la facture", [InputRequired("Écrivez la date de la facture.")], format=_DAY)
    net = AmountField("Total hors taxes", [_Given()])
    vat = AmountField("Total de la TVA", [_Given()])
    gross = AmountField("Total TTC", [_Given()])

    @classmethod
    def for_invoice(cls, invoice: Invoice | None) -> HandForm:
        """Filled with what was entered before, if anything was."""
        return cls(data=_hand_data(invoice) if invoice else None)

    def typed(self) -> TypedInvoice:
        """What was typed, for the service."""
        return TypedInvoice(
            supplier=self.supplier.data,
            supplier_name=" ".join(self.supplier_name.data.split()),
            number=" ".join(self.number.data.split()),
            issued_on=self.issued_on.data,
            is_credit_note=self.kind.data == "credit_note",
            corrects=" ".join((self.corrects.data or "").split()) or None,
            # The SIREN of a SIRET: an establishment of the company is the company.
            buyer_siren=(self.buyer_siren.data or "")[:9] or None,
            net_cents=self.net.data or 0,
            vat_cents=self.vat.data or 0,
            gross_cents=self.gross.data or 0,
            lines=self.entered_lines(),
        )


def line_data(line: PurchaseLine, invoice: Invoice) -> dict[str, Any]:
    """A line as it is typed: amounts without the sign of a credit note."""
    sign = -1 if invoice.is_credit_note else 1
    return {
        "name": line.name,
        "reference": line.reference or "",
        "net": sign * line.net_cents,
        "vat": sign * line.vat_cents,
        "service_start": line.service_start,
        "service_end": line.service_end,
    }


def _hand_data(invoice: Invoice) -> dict[str, Any]:
    sign = -1 if invoice.is_credit_note else 1
    return {
        "kind": "credit_note" if invoice.is_credit_note else "invoice",
        "corrects": invoice.corrects[0] if invoice.corrects else "",
        "supplier": invoice.supplier_identifier,
        "supplier_name": invoice.supplier_name,
        "buyer_siren": invoice.buyer_identifier,
        "number": invoice.number,
        "issued_on": invoice.issued_on,
        "net": sign * invoice.net_cents,
        "vat": sign * invoice.vat_cents,
        "gross": sign * invoice.gross_cents,
        "lines": [line_data(line, invoice) for line in invoice.lines],
    }
