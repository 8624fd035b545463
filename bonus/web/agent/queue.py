"""The agents' queues: what must be done, the most pressing first."""

from __future__ import annotations

from flask import abort, render_template, request

from bonus.calendar import civil_date
from bonus.claims.queue import QUEUES, counts, queue_page
from bonus.claims.status import STATUSES

from ..access import actor, allow, now
from .views import EXAMINERS, blueprint


@blueprint.get("/dossiers")
@allow(*EXAMINERS)
def queue() -> str:
    key = asked_queue()
    return render_template(
        "agent/queue.html",
        key=key,
        queues=QUEUES,
        counts=counts(),
        listing=queue_page(key, request.args.get("page", 1, type=int)),
        statuses=STATUSES,
        today=civil_date(now()),
    )


def asked_queue() -> str:
    """The queue that the address asks for, else the one where this person begins; 404 when there is none such."""
    key = request.args.get("file", "a-instruire" if "reviewer" in actor().roles else "a-decider")
    if key not in QUEUES:
        abort(404)
    return key
