"""What someone typed in a form that the page cannot show again: another acted meanwhile, and that act is not open now.

It is shown to be read, copied, or kept as a note: nothing typed is lost.
"""

from __future__ import annotations

from collections.abc import Iterator

from wtforms import (
    BooleanField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SubmitField,
)

_HIDDEN = (HiddenField, SubmitField)
MOST_VALUES = 500


def typed_in(form: Form) -> list[tuple[str, str]]:
    """The filled fields of a form: (label, value), in its order; at most ``MOST_VALUES``."""
    return [pair for _, pair in zip(range(MOST_VALUES), _of(form), strict=False)]


def _of(fields: Form | FormField | FieldList) -> Iterator[tuple[str, str]]:
    for field in fields:
        if isinstance(field, FormField | FieldList):
            yield from _of(field)
        elif not isinstance(field, _HIDDEN) and (value := _value(field)):
            yield field.label.text, value


def _value(field: Field) -> str:
    if isinstance(field, BooleanField):
        return "Oui" if field.data else ""
    if isinstance(field, RadioField | SelectField):
        # "Choisir un motif" was not chosen.
        chosen = (choice for choice in field.choices if choice.value and choice.value == field.data)
        return next((str(choice.label) for choice in chosen), "")
    # As it was typed, even what could not be read.
    return " ".join(str(raw) for raw in field.raw_data or []).strip()
