"""The operations of the certifiers' API. Each is safe to send twice: what is already there is not written again."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import flask_smorest
from flask import url_for
from marshmallow import Schema

from bonus.calendar import civil_date
from bonus.errors import NotFound
from bonus.jobs.relay import dispatch_after_commit
from bonus.registry.certifiers import certification_of, certifications_of
from bonus.registry.files.model import EXAMPLE_REFERENCE, REFERENCE_LENGTH
from bonus.registry.pushing import (
    COMPLETED,
    CORRECTED,
    CREATED,
    UNCHANGED,
    Pushed,
    PushedCertification,
    push_certification,
)
from bonus.registry.pushing_events import PushedEvent, push_event
from bonus.registry.rules import Audit
from bonus.tables.cells import Wrong, stripped, text_reader

from ..access import View, allow, now
from . import guard
from .body import InvalidBody, StrictParser
from .fields import Loaded, Strict
from .representation import summary, whole
from .schemas import CertificationIn, CertificationOut, ErrorOut, EventIn, ListOut, PageIn, PushedOut

_NO_SUCH = "Vous n’avez pas de certification de cette référence."
_REFUSALS = {
    400: "La demande n’est pas lisible.",
    401: "Clé absente, inconnue, expirée ou révoquée.",
    403: "La clé n’ouvre pas ce droit, ou le label n’est pas l’un des vôtres.",
    404: _NO_SUCH,
    409: "La référence est déjà celle d’autre chose.",
    413: "La demande dépasse 64 ko.",
    415: "La demande n’est pas en JSON.",
    422: "Un champ est à corriger.",
    429: "Trop de demandes.",
}
_DONE = {
    CREATED: "Inscrit.",
    UNCHANGED: "Déjà inscrit à l’identique : rien n’a été écrit.",
    COMPLETED: "Déjà inscrit à l’identique ; d’autres noms de l’offre ont été notés.",
    CORRECTED: "Corrigé : l’ancien fait reste dans l’histoire de la certification.",
}


class Blueprint(flask_smorest.Blueprint):
    """flask-smorest's, with our reading of requests."""

    ARGUMENTS_PARSER = StrictParser()


blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
guard.protect(blueprint)


def _path(name: str, description: str, example: str) -> dict[str, Any]:
    return {
        "in": "path",
        "name": name,
        "required": True,
        "description": f"{description} {REFERENCE_LENGTH} caractères au plus, sans barre (/ ou \\).",
        "example": example,
        "schema": {"type": "string", "minLength": 1, "maxLength": REFERENCE_LENGTH, "pattern": r"^[^/\\]+$"},
    }


_PATHS = {
    "reference": _path("reference", "Votre référence de la certification.", "NFG-2026-0042"),
    "event_reference": _path("event_reference", "Votre référence de l’événement.", "SUSP-2026-007"),
}


def _operation(
    method: str,
    path: str,
    scope: str,
    words: tuple[str, str],
    *,
    taken: type[Strict] | None = None,
    given: tuple[type[Schema], str],
    created: str | None = None,
    refused: tuple[int, ...],
) -> Callable[[View], View]:
    """Open an operation to the keys that have a scope, and describe it: its summary and description (``words``),
    what it takes (a body, or the address's query when it is read), what it gives, how it refuses."""
    parameters = [one for name, one in _PATHS.items() if f"<{name}>" in path]

    def declare(view: View) -> View:
        summary, description = words
        known: Any = blueprint.doc(
            operationId=view.__name__, summary=summary, description=description, security=[{"key": [scope]}]
        )(allow(scope)(view))
        for status in refused:
            known = blueprint.alt_response(status, schema=ErrorOut, description=_REFUSALS[status])(known)
        if created:
            known = blueprint.alt_response(201, schema=given[0], description=created, success=True)(known)
        known = blueprint.response(200, given[0], description=given[1])(known)
        if taken:
            known = blueprint.arguments(taken, location="query" if method == "GET" else "json")(known)
        blueprint.add_url_rule(path, view.__name__, known, methods=[method], parameters=parameters)
        return view

    return declare


@_operation(
    "PUT",
    "/certifications/<reference>",
    "certifications:write",
    (
        "Inscrire ou corriger une certification",
        (
            "La référence est la vôtre, unique et stable. La même demande renvoyée ne change rien. D’autres dates ou "
            "un autre audit corrigent la certification, avec un motif (reason). Le label, le fournisseur et l’offre "
            "d’une référence ne changent jamais."
        ),
    ),
    taken=CertificationIn,
    given=(PushedOut, "Déjà inscrite, complétée ou corrigée : « result » le dit."),
    created="Inscrite.",
    refused=(400, 401, 403, 409, 413, 415, 422, 429),
)
def put_certification(body: Loaded, reference: str) -> Any:
    supplier, solution = body["supplier"], body["solution"]
    audit = {"criteria": (), "audited_on": None, "evidence": None, **body["audit"]}
    pushed = PushedCertification(
        reference=_reference_in_address(reference, "reference"),
        label=body["label"],
        supplier_id=supplier["identifier"],
        supplier_name=supplier["name"],
        solution=solution["name"],
        product_reference=solution["product_reference"],
        axis=solution["axis"],
        aliases=tuple(solution["aliases"]),
        valid_from=body["valid_from"],
        valid_until=body["valid_until"],
        audit=Audit(tuple(audit["criteria"]), audit["audited_on"], audit["evidence"]),
        reason=body["reason"],
    )
    return _answer(push_certification(pushed, guard.source(), now()))


@_operation(
    "PUT",
    "/certifications/<reference>/events/<event_reference>",
    "events:write",
    (
        "Suspendre, rétablir ou retirer une certification",
        (
            "La même demande renvoyée ne change rien. Pour corriger la date ou la rétroactivité d’un événement "
            "déjà inscrit, renvoyez-le avec « corrects » et un motif. Rien ne revient sur un retrait (art. 4)."
        ),
    ),
    taken=EventIn,
    given=(PushedOut, "Déjà inscrit, ou corrigé : « result » le dit."),
    created="Inscrit.",
    refused=(400, 401, 403, 404, 409, 413, 415, 422, 429),
)
def put_event(body: Loaded, reference: str, event_reference: str) -> Any:
    pushed = PushedEvent(
        certification=_reference_in_address(reference, "reference"),
        reference=_reference_in_address(event_reference, "event_reference"),
        kind=body["type"],
        on=body["on"],
        retroactive=body["retroactive"],
        reason=body["reason"],
        corrects=body["corrects"],
    )
    return _answer(push_event(pushed, guard.source(), now()))


@_operation(
    "GET",
    "/certifications/<reference>",
    "read",
    (
        "Lire une de vos certifications",
        "Son état d’aujourd’hui, ses événements, et l’histoire de ce que le registre en a appris.",
    ),
    given=(CertificationOut, "La certification, telle que connue maintenant."),
    refused=(400, 401, 403, 404, 422, 429),
)
def get_certification(reference: str) -> Any:
    own = certification_of(guard.holder().certifier_id, _reference_in_address(reference, "reference"))
    if own is None:
        raise NotFound("registry.unknown_certification", _NO_SUCH)
    return whole(own, civil_date(now()))


@_operation(
    "GET",
    "/certifications",
    "read",
    (
        "Lister vos certifications",
        "Les vôtres seulement, cinquante par page.",
    ),
    taken=PageIn,
    given=(ListOut, "Une page de cinquante certifications, par référence."),
    refused=(400, 401, 403, 422, 429),
)
def list_certifications(query: Loaded) -> Any:
    listing = certifications_of(guard.holder().certifier_id, query["page"])
    return {
        "items": [summary(one, civil_date(now())) for one in listing.items],
        "page": listing.page,
        "pages": listing.pages,
        "total": listing.total,
    }


def _reference_in_address(text: str, field: str) -> str:
    """A reference as the address gives it. Raises InvalidBody when no certification can go by it."""
    if stripped(text) != text or set(text) & set("\\\t\r\n") or text in {".", ".."}:
        raise InvalidBody({field: ["Une référence n’a ni barre, ni saut de ligne, ni espace au bord."]})
    read = text_reader(REFERENCE_LENGTH)(text)
    if isinstance(read, Wrong):
        raise InvalidBody({field: [read.reason]})
    if read == EXAMPLE_REFERENCE:
        raise InvalidBody({field: ["Cette référence est celle de l’exemple : mettez la vôtre."]})
    return read


def _answer(pushed: Pushed) -> tuple[dict[str, Any], int, dict[str, str]]:
    certification, created = pushed.certification, pushed.result == CREATED
    answer = {
        "result": pushed.result,
        "message": _DONE[pushed.result],
        "certification": whole(certification, civil_date(now())),
    }
    address = url_for("api.get_certification", reference=certification.reference)
    if pushed.result != UNCHANGED:
        dispatch_after_commit()
    status = HTTPStatus.CREATED if created else HTTPStatus.OK
    return answer, status, {"Location": address} if created else {}
