"""The body of a request: JSON, small, each key once. What is wrong with it is told field by field, in French."""

from __future__ import annotations

from typing import Any, NoReturn

import marshmallow as ma
from flask import Request
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from bonus.errors import InvalidInput, Refusal
from bonus.regulation.strict_json import Fields, JsonError, read_json

MAX_BODY_BYTES = 64 * 1024
MEDIA_TYPE = "application/json"
SHOWN = 80


class Malformed(Refusal):
    """What was sent is not JSON, or not one document."""

    status = 400


class InvalidBody(InvalidInput):
    """Fields that are not as they must be: ``errors`` gives each its sentences, by its path (``audit.criteria.0``)."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        count = len(errors)
        first = next(iter(errors.values()))[0]
        sentence = first if count == 1 else f"{count} champs sont à corriger : voyez « errors »."
        super().__init__("api.invalid_fields", sentence)
        self.errors = errors


class StrictParser(FlaskParser):
    """webargs', but strict: a field nobody knows is refused, wherever it comes from."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {}  # noqa: RUF012 - as webargs declares it

    def load_json(self, req: Request, schema: ma.Schema) -> Any:  # noqa: ARG002 - webargs gives it
        if req.mimetype != MEDIA_TYPE or req.headers.get("Content-Encoding", "identity") != "identity":
            raise UnsupportedMediaType
        data = req.get_data()
        if len(data) > MAX_BODY_BYTES:
            raise RequestEntityTooLarge
        try:
            body = read_json(data)
        except JsonError as error:
            raise Malformed("api.not_json", f"La demande n’est pas lisible : {error.reason}.") from error
        if repeated := _repeated(body):
            raise Malformed(
                "api.repeated_key", f"La clé « {repeated} » est écrite deux fois : laquelle compte ?"
            )
        return body

    def handle_error(self, error: ma.ValidationError, *_: Any, **__: Any) -> NoReturn:
        (messages,) = error.messages_dict.values()  # webargs says first where they were read
        raise InvalidBody(flat(messages)) from error


def _repeated(body: Any) -> str | None:
    """A key that an object holds twice: the last would have silently won."""
    waiting = [body]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Fields):
            if one.repeated:
                return one.repeated[0][:SHOWN]
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return None


def flat(messages: Any, path: str = "") -> dict[str, list[str]]:
    """marshmallow's nested messages as one level: ``{"audit": {"criteria": {0: […]}}}`` → ``audit.criteria.0``."""
    if not isinstance(messages, dict):
        return {path or "body": [str(message) for message in messages]}
    found: dict[str, list[str]] = {}
    for name, inner in messages.items():
        step = "" if name == ma.exceptions.SCHEMA else str(name)[:SHOWN]
        for where, sentences in flat(inner, ".".join(part for part in (path, step) if part)).items():
            found.setdefault(where, []).extend(sentences)
    return found
