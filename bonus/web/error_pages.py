"""What people read when something cannot be done: what happened, and what to do next.

A service's Refusal that reaches here keeps its own sentence and status. What nobody foresaw is logged
with a reference the page shows, and nothing else of it. The certifiers' API answers the same in JSON.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

from flask import Flask, Response, current_app, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, TooManyRequests
from werkzeug.wrappers import Response as BaseResponse

from bonus.errors import Refusal
from bonus.extensions import limiter

from .api.errors import failure_answer, http_answer, is_api_request, refusal_answer
from .security import OF_ONE_PERSON

OWN_PAGE = frozenset({400, 403, 404, 405, 413, 429})
BROKEN = frozenset({500, 502, 503, 504})
MEGABYTE = 1024 * 1024
REFERENCE_BYTES = 4


def _page(name: str, status: int, **words: object) -> Response:
    return make_response(render_template(f"errors/{name}.html", **words), status)


def _bare_page(name: str, status: int, **words: object) -> Response:
    """A page that asks nothing of the database: it may be what is down, and who is signed in is there."""
    template = current_app.jinja_env.get_template(f"errors/{name}.html")
    return make_response(template.render(bare=True, **words), status)


def _refusal(refusal: Refusal) -> Response:
    if is_api_request():
        return refusal_answer(refusal)
    name = str(refusal.status) if refusal.status in OWN_PAGE else "refusal"
    return _page(name, refusal.status, sentence=refusal.sentence)


def _limit_passed() -> int | None:
    """The limit in megabytes when the whole of what was sent is what passed it (not one long text)."""
    limit = current_app.config["MAX_CONTENT_LENGTH"]
    return limit // MEGABYTE if limit and (request.content_length or 0) > limit else None


def seconds_left(error: TooManyRequests) -> int | None:
    """How long until the person may try again, as far as it is known."""
    current = limiter.current_limit
    if current is not None:
        return max(1, int(current.reset_at - time.time()))
    return error.retry_after if isinstance(error.retry_after, int) else None


def waiting_time(seconds: int | None) -> str:
    """How long to wait, in words a person uses: ``90`` → ``"2 minutes"``, rounded up."""
    if seconds is None:
        return "quelques minutes"
    if seconds <= 60:
        return "une minute"
    minutes = -(-seconds // 60)
    if minutes < 60:
        return f"{minutes} minutes"
    hours = -(-minutes // 60)
    return "une heure" if hours == 1 else f"{hours} heures"


def _http_error(error: HTTPException) -> BaseResponse:
    status = error.code
    if status is None or status < 400 or error.response is not None:
        return error.get_response()
    if isinstance(error, CSRFError):
        return _page("csrf", 400)
    if isinstance(error, TooManyRequests):
        seconds = seconds_left(error)
        response = (
            http_answer(error, 429) if is_api_request() else _page("429", 429, wait=waiting_time(seconds))
        )
        if seconds is not None:
            response.headers["Retry-After"] = str(seconds)
        return response
    if is_api_request():
        return http_answer(error, status)
    if status in BROKEN:
        return _bare_page("503", status)
    if status == 413:
        return _page("413", 413, megabytes=_limit_passed())
    response = _page(str(status) if status in OWN_PAGE else "refusal", status, sentence=None)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _unforeseen(_error: InternalServerError) -> Response:
    reference = secrets.token_hex(REFERENCE_BYTES)
    # Flask has logged the failure itself just before; this line ties it to what the person reads.
    current_app.logger.error("Failure %s: %s %s", reference, request.method, _place())
    return failure_answer(reference) if is_api_request() else _bare_page("500", 500, reference=reference)


def _place() -> str:
    """The address asked for, as a log may keep it: of a link with a secret, where it leads alone."""
    secret = OF_ONE_PERSON & (request.view_args or {}).keys()
    return str(request.url_rule) if secret else request.path


def register_error_pages(app: Flask) -> None:
    """Answer every error of ``app`` with a page in French: HTTP errors, refusals of services, failures."""

    def log_exception(exc_info: Any) -> None:
        app.logger.error("Exception on %s [%s]", _place(), request.method, exc_info=exc_info)

    app.log_exception = log_exception  # type: ignore[method-assign]
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(500, _unforeseen)
