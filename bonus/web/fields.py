"""What our forms add to WTForms: fields for French input, and the attributes of an accessible control."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from wtforms import DateField, Field, Form, SelectMultipleField, StringField
from wtforms.fields import FieldList, FormField
from wtforms.widgets import CheckboxInput, ListWidget

from bonus.errors import Refusal
from bonus.money import NARROW_NBSP, NBSP, amount_string, parse_amount

_SPACES = re.compile(rf"[\s{NBSP}{NARROW_NBSP}]")
_AMOUNT = re.compile(r"(-?\d{1,13})(?:[,.](\d{1,2}))?")


def read_amount(text: str) -> int:
    """Read an amount typed by a person ("12 345,67 €", "500", "99.9") into cents.

    Raises ValueError when it is not one; a third decimal is refused, never rounded.
    """
    compact = _SPACES.sub("", text).removesuffix("€")
    found = _AMOUNT.fullmatch(compact)
    if not found:
        raise ValueError(f"not an amount: {text!r}")
    return parse_amount(f"{found[1]}.{(found[2] or '').ljust(2, '0')}")


class AmountField(StringField):
    """An amount in euros, typed the French way; ``data`` is in cents, None when left empty."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else amount_string(self.data).replace(".", ",")

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        text = str(valuelist[0]).strip() if valuelist else ""
        if not text:
            self.data = None
            return
        try:
            self.data = read_amount(text)
        except ValueError as error:
            self.data = None
            raise ValueError(f"Écrivez un montant en euros, par exemple 1{NBSP}250,50.") from error


class DayField(DateField):
    """A date whose refusal is a sentence."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError("Écrivez une date, par exemple 22/11/2026.") from error


class CheckboxesField(SelectMultipleField):
    """Several choices as checkboxes, for the ``checkboxes`` macro."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def remove_spaces(text: str | None) -> str | None:
    """A WTForms filter for numbers people write in groups (SIREN, IBAN)."""
    return _SPACES.sub("", text) if text else text


def add_refusal(form: Form, refusal: Refusal) -> None:
    """Show a service's refusal in the form: at its field when the form has it, else at the top."""
    if refusal.field and refusal.field in form:
        field = form[refusal.field]
        field.errors = [*field.errors, refusal.sentence]
    else:
        form.form_errors = [*form.form_errors, refusal.sentence]


def control_attributes(
    field: Field, class_: str | None, described_by: str | None = None, **attributes: Any
) -> dict[str, Any]:
    """The HTML attributes of a control: class, link to its messages, error state; None is left out."""
    messages = f"{field.id}-messages"
    described_by = f"{described_by} {messages}" if described_by else messages
    wanted = {"class_": class_, "aria_describedby": described_by, **attributes}
    if field.errors:
        wanted["aria_invalid"] = "true"
    return {name: value for name, value in wanted.items() if value is not None}


def _target(field: Field) -> str:
    """The id a link of the summary leads to: a group of choices is reached by its first one."""
    options = list(field) if getattr(field, "option_widget", None) is not None else []
    return str(options[0].id if options and field.type != "SelectField" else field.id)


def _sentences(field: Field) -> Iterator[tuple[str | None, str]]:
    if isinstance(field, FormField):
        yield from form_errors(field.form)
    elif isinstance(field, FieldList):
        for entry in field:
            yield from _sentences(entry)
        # FieldList repeats its entries' errors as lists; its own are sentences.
        yield from ((field.id, str(error)) for error in field.errors if isinstance(error, str))
    else:
        yield from ((_target(field), str(error)) for error in field.errors)


def form_errors(form: Any) -> list[tuple[str | None, str]]:
    """Every error of a form as (id of the control or None, sentence), in the order of the page."""
    found: list[tuple[str | None, str]] = [(None, str(error)) for error in form.form_errors]
    for field in form:
        found.extend(_sentences(field))
    return found
