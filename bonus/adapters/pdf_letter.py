"""The letter that carries a code to a company: A4, its address where the window of an envelope shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Table, TableStyle

from bonus.calendar import PARIS, format_date
from bonus.claims.acknowledgement import ServiceContact
from bonus.money import NBSP
from bonus.siren import spaced_siren

from . import pdf_page as page
from . import pdf_parts as part
from .fonts import REGULAR, register
from .letter_codes import shown
from .pdf_archive import archive

WINDOW_TOP, WINDOW_LEFT, WINDOW_HEIGHT = 50 * mm, 110 * mm, 35 * mm
"""Where the window of a French DL envelope shows an A4 sheet folded in three, from the top left corner."""
MOST_LINE = 38
"""Characters of a line of a postal address (NF Z10-011)."""
_ADDRESS = ParagraphStyle("address", page.BODY, fontName=REGULAR, fontSize=10, leading=13.5, spaceAfter=0)
_CODE = ParagraphStyle("code", page.FIGURE_BLUE, fontSize=22, leading=28)
_LETTER = ParagraphStyle("letter", page.BODY, fontSize=10, leading=14.4, spaceAfter=6)
_REGISTERED_TOP = 16 * mm


@dataclass(frozen=True)
class CodeLetter:
    """What the letter says. ``to``: the lines of the envelope; ``asked_by``: who asked, that the reader may know them;
    ``page_url``: where the code is typed."""

    service: ServiceContact
    to: tuple[str, ...]
    company_name: str
    siren: str
    code: str
    asked_by: str
    asked_on: date
    written_on: date
    valid_until: date
    page_url: str


def envelope(name: str, street: str, postcode: str, town: str) -> tuple[str, ...]:
    """The lines of an envelope, none longer than the post reads; the last one in capitals."""
    lines = [
        *_cut(name),
        "À l’attention du représentant légal",
        *_cut(street),
        *_cut(f"{postcode} {town}".upper()),
    ]
    return tuple(line for line in lines if line)


def _cut(text: str) -> list[str]:
    """A text in lines of 38 characters, two at most."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) <= MOST_LINE or not lines[-1]:
            lines[-1] = longer[:MOST_LINE]
        else:
            lines.append(word[:MOST_LINE])
    return lines[:2]


def code_letter_pdf(content: CodeLetter, *, demo: bool) -> bytes:
    """The letter, as PDF/A. The same content gives the same bytes."""
    register()
    title = "Votre code pour agir au nom de l’entreprise"
    story: list[Flowable] = [
        _head(content, demo=demo),
        part.text(f"Le {format_date(content.written_on)}", page.SMALL_RIGHT),
        part.text(title, page.TITLE),
        part.text(f"{content.company_name}, SIREN {spaced_siren(content.siren)}", page.SUBTITLE),
        part.text("Madame, Monsieur,", _LETTER),
        part.text(
            f"{content.asked_by} a demandé le {format_date(content.asked_on)} à ouvrir l’espace de votre entreprise "
            "sur le Bonus Souveraineté. Pour déposer des dossiers et donner un compte bancaire, cette personne doit "
            "montrer qu’elle peut agir au nom de l’entreprise. Ce code en est la preuve.",
            _LETTER,
        ),
        part.table(
            [[[part.text("Votre code", page.LABEL), part.text(shown(content.code), _CODE)]]],
            [page.WIDTH],
            ("BACKGROUND", (0, 0), (-1, -1), page.TINT),
            ("LINEBEFORE", (0, 0), (0, -1), 3, page.BLUE),
            ("LEFTPADDING", (0, 0), (-1, -1), 12),
            ("TOPPADDING", (0, 0), (-1, -1), 8),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 10),
        ),
        part.gap(10),
        part.text("Vous connaissez cette personne, et elle peut agir pour vous", page.HEADING),
        part.text(
            f"Remettez-lui ce code. Connectée à son compte, elle l’écrit à l’adresse {content.page_url} au plus tard "
            f"le {format_date(content.valid_until)}. Il sert une seule fois, et à elle seule{NBSP}: elle devient "
            "responsable de l’espace, et peut y inviter d’autres personnes.",
            _LETTER,
        ),
        part.text("Vous ne la connaissez pas, ou vous ne souhaitez rien", page.HEADING),
        part.text(
            "Détruisez cette lettre et ne donnez ce code à personne. Sans lui, rien n’est fait en votre nom. Vous "
            f"pouvez nous le signaler{NBSP}: {content.service.email}, {content.service.telephone}.",
            _LETTER,
        ),
        part.text("Le service ne demande jamais ce code par téléphone ni par courriel.", page.STRONG),
    ]
    running = f"Code d’accès – {content.company_name}"
    return archive(
        page.render(story, page.Sheet(title, running, demo)),
        created_at=datetime.combine(content.written_on, time(), tzinfo=PARIS),
        author=content.service.name,
        subject=title,
    )


def _head(content: CodeLetter, *, demo: bool) -> Table:
    """The letterhead, then the address in the window: rows of a fixed height, whatever stands in them."""
    top = _REGISTERED_TOP + (5 * mm if demo else 0)
    left = WINDOW_LEFT - page.MARGIN
    address = [part.text(line, _ADDRESS) for line in content.to]
    drawn = Table(
        [[part.letterhead(content.service), ""], ["", address]],
        colWidths=[left, page.WIDTH - left],
        rowHeights=[WINDOW_TOP - top, WINDOW_HEIGHT],
    )
    drawn.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), REGULAR, page.CELL.fontSize),
                ("SPAN", (0, 0), (-1, 0)),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                *((f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")),
            ]
        )
    )
    return drawn
