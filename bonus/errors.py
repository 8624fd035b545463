"""Named refusals. Each carries a stable ``code`` and a French sentence a person can act on."""

from __future__ import annotations


class Refusal(Exception):
    """Something a person asked for is not possible; the sentence says why and what to do.

    ``code`` is stable (tests, logs); ``sentence`` is French and shown as it is;
    ``field`` names the form field at fault when there is one.
    """

    status = 409

    def __init__(self, code: str, sentence: str, *, field: str | None = None) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
        self.field = field


class InvalidInput(Refusal):
    """What was given does not have the form it must have."""

    status = 422


class Forbidden(Refusal):
    """This person may not do this (role, separation of duties of art. 12)."""

    status = 403


class NotFound(Refusal):
    """No such thing, or not one of yours: the two are never told apart (status 404)."""

    status = 404


class UnsafeConfiguration(SystemExit):
    """The service will not start like this. The message is for its operator, in English; left uncaught,
    it is printed without a traceback and the process ends."""
