"""The agents' queues: what must be done, the most pressing first; and the search in all that is filed."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from bonus.calendar import civil_date
from bonus.claims.bulk_models import BULK_ACTIONS
from bonus.claims.card_queues import FORMER, QUEUES
from bonus.claims.queue import MOST_EXPORTED, held, queue_page
from bonus.claims.queue_beside import beside
from bonus.claims.queue_search import LONGEST_TYPED, SHOWN, search
from bonus.claims.status import STATUSES
from bonus.errors import Forbidden
from bonus.regions import REGIONS

from ..access import actor, allow, now
from .queue_asked import (
    AGES,
    ASSIGNED,
    DAYS,
    RISKS,
    asked_filters,
    choices,
    first_queue,
    keep_queue,
    queues_of,
)
from .views import EXAMINERS, blueprint

BULK_QUEUES = ("a-verifier", "pieces-attendues", "a-proposer")
"""Where a reviewer may choose several dossiers to act on."""


@blueprint.get("/dossiers")
@allow(*EXAMINERS)
def queue() -> str | Response:
    if request.args.get("file") in FORMER:
        kept: dict[str, Any] = request.args.to_dict() | {"file": FORMER[request.args["file"]]}
        return redirect(url_for("agent.queue", **kept))
    me = actor().person_id
    key = asked_queue()
    holds = held(me)
    common: dict[str, Any] = {
        "key": key,
        "queues": QUEUES,
        "seen": queues_of(actor()),
        "held": holds,
        "beside": beside(me, actor().roles),
        "statuses": STATUSES,
        "today": civil_date(now()),
        "typed": request.args.get("recherche", "").strip()[:LONGEST_TYPED],
        "examines": "reviewer" in actor().roles,
    }
    if common["typed"]:
        hits = search(common["typed"], me)
        return render_template("agent/search.html", hits=hits, shown=SHOWN, **common)
    asked = asked_filters(key)
    keep_queue(key, asked.typed)
    listing = queue_page(
        key,
        common["today"],
        me=me,
        filters=asked.filters,
        after=request.args.get("apres"),
        before=request.args.get("avant"),
        holds=holds[key].by,
    )
    return render_template(
        "agent/queue.html",
        asked=asked,
        listing=listing,
        axes=choices("axis"),
        sizes=choices("size"),
        regions=REGIONS,
        ages=AGES,
        risks=RISKS,
        most_exported=MOST_EXPORTED,
        assigned=ASSIGNED,
        day_name=DAYS.get(key, "Échéance"),
        choosing="reviewer" in actor().roles and key in BULK_QUEUES,
        bulk_actions=BULK_ACTIONS,
        form=FlaskForm(),
        here=request.full_path.rstrip("?"),
        **common,
    )


def asked_queue() -> str:
    """The queue that the address asks for, else the one where this person begins; 404 when there is none such.

    Raises Forbidden for what is to be read again, before who is no reviewer (art. 12).
    """
    key = request.args.get("file", first_queue(actor()))
    if key not in QUEUES:
        abort(404)
    if key not in queues_of(actor()):
        raise Forbidden(
            "queue.not_yours",
            "Seuls les instructeurs relisent les propositions avant la décision (art. 12). Celles qui sont relues "
            "vous attendent dans la file « À décider ».",
        )
    return key
