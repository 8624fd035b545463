"""The mails that a demonstration wrote, which it sends to nobody. Elsewhere there is no such page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import abort, current_app, render_template, request, url_for
from werkzeug.wrappers import Response

from bonus.accounts.demo_factors import codes_now
from bonus.adapters.mail_folder import KeptLetter, kept_letter, kept_letters
from bonus.parts import mail_folder, public_url

from ..access import PUBLIC, allow, now
from ..downloads import private_file
from .views import blueprint

PAGE_SIZE = 30


@blueprint.get("/demonstration/courriels")
@allow(PUBLIC)
def demo_mails() -> str:
    require_demo()
    return kept_page("public.demo_mails", lambda first, count: kept_letters(mail_folder(), first, count))


def kept_page(endpoint: str, read: Callable[[int, int], tuple[Sequence[object], int]]) -> str:
    """A page of what the demonstration kept: ``read`` gives some from a rank, and how many there are in all."""
    page = min(max(request.args.get("page", 1, type=int), 1), 10_000)
    letters, total = read((page - 1) * PAGE_SIZE, PAGE_SIZE)
    return render_template(
        f"{endpoint.replace('.', '/')}.html",
        letters=letters,
        total=total,
        page=page,
        pages=max(1, -(-total // PAGE_SIZE)),
        page_url=lambda number: url_for(endpoint, page=number),
    )


@blueprint.get("/demonstration/codes")
@allow(PUBLIC)
def demo_codes() -> str:
    """What the telephones of agents who do not exist would show; there is no such page elsewhere."""
    require_demo()
    return render_template("public/demo_codes.html", rows=codes_now(now()))


@blueprint.get("/demonstration/courriels/<name>")
@allow(PUBLIC)
def demo_mail(name: str) -> str:
    letter = _letter(name)
    return render_template("public/demo_mail.html", letter=letter, here=public_url())


@blueprint.get("/demonstration/courriels/<name>/courriel.eml")
@allow(PUBLIC)
def demo_mail_file(name: str) -> Response:
    letter = _letter(name)
    return private_file(letter.data, f"courriel-{letter.name[:8]}.eml", "message/rfc822")


def require_demo() -> None:
    """Elsewhere than in a demonstration there is no such page."""
    if not current_app.config["DEMO"]:
        abort(404)


def _letter(name: str) -> KeptLetter:
    require_demo()
    letter = kept_letter(mail_folder(), name)
    if letter is None:
        abort(404)
    return letter
