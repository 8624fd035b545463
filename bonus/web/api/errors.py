"""Errors as the API tells them: ``{"code", "message", "errors": {field: [sentences]}}``, in French."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response, jsonify, request
from werkzeug.exceptions import HTTPException

from bonus.errors import Refusal

from .body import MAX_BODY_BYTES, InvalidBody

PREFIX = "/api/"
"""Under it, errors are JSON; ``/api`` itself is a page."""

_AGAIN = "Recommencez dans quelques minutes : la même demande ne compte qu’une fois."
_SENTENCES = {
    400: "La demande n’est pas lisible : vérifiez-la.",
    403: "Cette demande n’est pas permise.",
    404: "Cette adresse n’existe pas. Une référence ne contient pas de barre oblique.",
    405: "Cette adresse ne répond pas à cette méthode.",
    413: f"La demande dépasse {MAX_BODY_BYTES // 1024} ko : envoyez une certification à la fois.",
    415: "La demande doit être en JSON, non compressée : « Content-Type: application/json ».",
    429: "Trop de demandes : attendez avant de recommencer (en-tête « Retry-After »).",
    500: f"Le service a rencontré un problème. {_AGAIN}",
    503: f"Le service est indisponible. {_AGAIN}",
}

# A service names its own fields; a caller knows those of its body.
_CERTIFICATION = {
    "criteria": ("audit.criteria",),
    "audited_on": ("audit.audited_on",),
    "evidence": ("audit.evidence",),
    "solution": ("solution.name",),
    "axis": ("solution.axis",),
    "supplier": ("supplier.identifier",),
    # New dates that leave an event outside.
    "on": ("valid_from", "valid_until"),
}
_PATHS: dict[str, dict[str, tuple[str, ...]]] = {"api.put_certification": _CERTIFICATION}


def is_api_request() -> bool:
    """Whether this request is a machine's: its errors are then JSON."""
    return request.path.startswith(PREFIX)


def refusal_answer(refusal: Refusal) -> Response:
    """A service's refusal, its sentence at its field."""
    errors: dict[str, list[str]] = {}
    if isinstance(refusal, InvalidBody):
        errors = refusal.errors
    elif refusal.field:
        paths = _PATHS.get(request.endpoint or "", {}).get(refusal.field, (refusal.field,))
        errors = {path: [refusal.sentence] for path in paths}
    response = _answer(refusal.status, refusal.code, refusal.sentence, errors)
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        missing = refusal.code == "key.missing"
        response.headers["WWW-Authenticate"] = "Bearer" if missing else 'Bearer error="invalid_token"'
    return response


def http_answer(error: HTTPException, status: int) -> Response:
    """An error of HTTP itself, with the headers that go with it (what is allowed, when to try again)."""
    response = _answer(
        status, f"api.{HTTPStatus(status).name.lower()}", _SENTENCES.get(status, _SENTENCES[400]), {}
    )
    for name, value in error.get_headers(request.environ):
        if name not in {"Content-Type", "Content-Length"}:
            response.headers[name] = value
    return response


def failure_answer(reference: str) -> Response:
    """What nobody foresaw: a reference that the log knows."""
    return _answer(500, "api.failure", f"{_SENTENCES[500]} Référence : {reference}.", {})


def _answer(status: int, code: str, message: str, errors: dict[str, list[str]]) -> Response:
    body: dict[str, Any] = {"code": code, "message": message, "errors": errors}
    response = jsonify(body)
    response.status_code = status
    return response
