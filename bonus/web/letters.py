"""What the company's and the agents' pages share of a letter: its page, its file."""

from __future__ import annotations

from flask import Response, render_template

from bonus.claims.letter_models import Letter
from bonus.claims.letters import content_of, file_name

from .downloads import private_file


def letter_page(letter: Letter, trail: list[tuple[str, str | None]], file_url: str) -> str:
    """A letter as a page that anyone can read: the same content as its PDF. ``trail`` leads to it."""
    content = content_of(letter)
    return render_template(
        "letter.html", letter=letter, content=content, digest=content.digest(), trail=trail, file_url=file_url
    )


def letter_file(letter: Letter) -> Response:
    """The sealed PDF of a written letter, as it was sent."""
    assert letter.pdf is not None  # written
    return private_file(letter.pdf, file_name(letter), "application/pdf")
