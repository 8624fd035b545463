"""The fields of the API: read as strictly as the columns of a certifier's file, with the same sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema, ValidationError, fields

from bonus.registry.finding import name_key
from bonus.registry.rules import EARLIEST, LATEST
from bonus.registry.writing import MINIMUM_REASON_LENGTH
from bonus.regulation import load_parameters
from bonus.tables.cells import Wrong, quoted, stripped, text_reader
from bonus.tables.suppliers import read_supplier_id

REQUIRED = "Ce champ est obligatoire."
NULL = "Ce champ ne peut pas être nul."
NOT_A_TEXT = "Un texte est attendu."
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


class _Field(fields.Field[Any]):
    """What all of them say when they are missing."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, error_messages={"required": REQUIRED, "null": NULL}, **more)


class Text(_Field, fields.String):
    """A text of one line, of 1 to ``limit`` characters, without invisible ones."""

    def __init__(self, limit: int, **more: Any) -> None:
        super().__init__(**more)
        self.limit = limit

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError(NOT_A_TEXT)
        text = stripped(value)
        if not text:
            raise ValidationError("Ce champ est vide.")
        read = text_reader(self.limit)(text)
        if isinstance(read, Wrong):
            raise ValidationError(read.reason)
        return read


class Reason(Text):
    """Why: long enough to say something."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        reason = super()._deserialize(value)
        if len(reason) < MINIMUM_REASON_LENGTH:
            raise ValidationError(f"Dites pourquoi, en {MINIMUM_REASON_LENGTH} caractères au moins.")
        return reason


class OfferName(Text):
    """What an offer is called: invoices are compared with it."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        name = super()._deserialize(value)
        if not name_key(name):
            raise ValidationError("Ce nom n’a ni lettre ni chiffre : donnez celui que portent les factures.")
        return name


class SupplierId(Text):
    """A SIREN, or the VAT number of another state of the EEA."""

    def __init__(self, **more: Any) -> None:
        super().__init__(20, **more)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        read = read_supplier_id(super()._deserialize(value))
        if isinstance(read, Wrong):
            raise ValidationError(read.reason)
        return read


class Axis(Text):
    """A code of the regulation's axes."""

    def __init__(self, **more: Any) -> None:
        super().__init__(20, **more)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        code = super()._deserialize(value)
        known = load_parameters().codes("axis")
        if code not in known:
            raise ValidationError(f"{quoted(code)} n’est pas un usage connu : {', '.join(known)}.")
        return code


class Choice(Text):
    """One of a few words; the last is named after « ou »."""

    def __init__(self, choices: tuple[str, ...], **more: Any) -> None:
        super().__init__(20, **more)
        self.choices = choices

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> str:
        word = super()._deserialize(value)
        if word not in self.choices:
            *others, last = self.choices
            raise ValidationError(f"Écrivez {', '.join(others)} ou {last}, pas {quoted(word)}.")
        return word


class Day(_Field, fields.Field[date]):
    """A civil day, ``2026-03-01``; years a certification can have."""

    def _serialize(self, value: date | None, *_: Any, **__: Any) -> str | None:
        return None if value is None else value.isoformat()

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> date:
        found = _ISO_DAY.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise ValidationError("Une date est attendue, écrite comme 2026-03-01.")
        try:
            day = date(*map(int, found.groups()))
        except ValueError as error:
            raise ValidationError(
                f"{quoted(value)} n’existe pas au calendrier : corrigez cette date."
            ) from error
        if not EARLIEST <= day <= LATEST:
            raise ValidationError(
                f"{quoted(value)} n’est pas entre l’an 2000 et l’an 2100 : vérifiez l’année."
            )
        return day


class Flag(_Field, fields.Boolean):
    """``true`` or ``false``, and nothing that looks like them."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("Écrivez true ou false, sans guillemets.")
        return value


class Several(_Field, fields.List[Any]):
    """A list of at most ``most``."""

    def __init__(self, inner: fields.Field[Any], most: int, **more: Any) -> None:
        super().__init__(inner, **more)
        self.most = most
        self.error_messages["invalid"] = "Une liste est attendue."

    def _deserialize(self, value: Any, *more: Any, **options: Any) -> list[Any]:
        if isinstance(value, list) and len(value) > self.most:
            raise ValidationError(f"Cette liste a {len(value)} éléments, {self.most} au plus sont possibles.")
        return super()._deserialize(value, *more, **options) or []


class Inside(_Field, fields.Nested):
    """An object in the object."""


class PageNumber(_Field, fields.Integer):
    """A page of a list, from 1; an address holds texts."""

    LAST = 1_000_000

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        number = int(value) if re.fullmatch(r"[0-9]{1,7}", str(value)) else 0
        if not 1 <= number <= self.LAST:
            raise ValidationError(f"Le numéro de page est un nombre entier, de 1 à {self.LAST}.")
        return number


class Strict(Schema):
    """An object that holds the fields it declares and no other."""

    class Meta:
        unknown = "raise"

    error_messages = {  # noqa: RUF012 - as marshmallow declares it
        "unknown": "Ce champ n’existe pas.",
        "type": "Un objet est attendu, entre accolades.",
    }


def describe(self: OpenAPIConverter, field: fields.Field[Any], **_: Any) -> dict[str, Any]:  # noqa: ARG001
    """What OpenAPI says of these fields, for apispec (which calls it as a method of its converter)."""
    match field:
        case Axis():
            return {"enum": list(load_parameters().codes("axis"))}
        case Choice():
            return {"enum": list(field.choices)}
        case Reason():
            return {"minLength": MINIMUM_REASON_LENGTH, "maxLength": field.limit}
        case Text():
            return {"minLength": 1, "maxLength": field.limit}
        case Day():
            return {"type": "string", "format": "date"}
        case Several():
            return {"maxItems": field.most}
        case PageNumber():
            return {"minimum": 1, "maximum": PageNumber.LAST}
        case _:
            return {}


Loaded = Mapping[str, Any]
