"""The sheet of an administrative document: A4, the State's typeface, head, foot and page numbers."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, NextPageTemplate, PageTemplate

from .fonts import BOLD, ITALIC, REGULAR, printable, register

INK, GREY, RULE, TINT = HexColor("#161616"), HexColor("#5c5c5c"), HexColor("#c8c8c8"), HexColor("#f5f5fe")
BLUE = HexColor("#000091")
MARGIN, WIDTH = 20 * mm, A4[0] - 40 * mm
_BOTTOM, _TOP, _NEXT_TOP = 19 * mm, 16 * mm, 24 * mm
DEMO_TEXT = "Démonstration, dispositif fictif – ce document n’a aucune valeur"

BODY = ParagraphStyle("body", fontName=REGULAR, fontSize=9, leading=12.6, textColor=INK, spaceAfter=4)
SMALL = ParagraphStyle("small", BODY, fontSize=7.6, leading=10, textColor=GREY, spaceAfter=0)
SMALL_RIGHT = ParagraphStyle("small-right", SMALL, alignment=TA_RIGHT)
SERVICE = ParagraphStyle("service", BODY, fontName=BOLD, alignment=TA_RIGHT, spaceAfter=1)
STATE = ParagraphStyle("state", BODY, fontName=BOLD, fontSize=12, leading=13.2, spaceAfter=0)
MOTTO = ParagraphStyle("motto", BODY, fontName=ITALIC, fontSize=8, leading=9.4, spaceAfter=0)
TITLE = ParagraphStyle(
    "title", BODY, fontName=BOLD, fontSize=19, leading=24, textColor=BLUE, spaceBefore=16, spaceAfter=2
)
SUBTITLE = ParagraphStyle("subtitle", BODY, fontSize=10.5, leading=14, spaceAfter=10)
HEADING = ParagraphStyle(
    "heading", BODY, fontName=BOLD, fontSize=10.5, leading=14, spaceBefore=9, spaceAfter=3, keepWithNext=1
)
TABLE_HEADING = ParagraphStyle("table-heading", HEADING, keepWithNext=0)
LABEL = ParagraphStyle("label", SMALL)
STRONG = ParagraphStyle("strong", BODY, fontName=BOLD, spaceAfter=0)
CELL = ParagraphStyle("cell", BODY, fontSize=7.8, leading=10, spaceAfter=0)
CELL_GREY = ParagraphStyle("cell-grey", CELL, fontSize=7.2, leading=9.4, textColor=GREY)
CELL_HEAD = ParagraphStyle("cell-head", CELL, fontName=BOLD, fontSize=7.6)
CELL_HEAD_RIGHT = ParagraphStyle("cell-head-right", CELL_HEAD, alignment=TA_RIGHT)
FIGURE = ParagraphStyle("figure", BODY, fontName=BOLD, fontSize=13.5, leading=17, spaceAfter=0)
FIGURE_BLUE = ParagraphStyle("figure-blue", FIGURE, textColor=BLUE)


@dataclass(frozen=True)
class Sheet:
    """What stands on every page: ``running`` is the short name at the foot and on the following pages."""

    title: str
    running: str
    demo: bool


def render(story: Sequence[Flowable], sheet: Sheet) -> bytes:
    """Lay ``story`` out. The same story gives the same bytes."""
    register()
    output = io.BytesIO()

    def frame(top: float) -> Frame:
        height = A4[1] - top - _BOTTOM
        return Frame(
            MARGIN, _BOTTOM, WIDTH, height, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0
        )

    document = BaseDocTemplate(
        output,
        pagesize=A4,
        pageTemplates=[
            PageTemplate("first", [frame(_TOP + (5 * mm if sheet.demo else 0))]),
            PageTemplate("next", [frame(_NEXT_TOP + (3 * mm if sheet.demo else 0))]),
        ],
        title=printable(sheet.title),
        lang="fr-FR",
        displayDocTitle=1,
        invariant=1,
    )
    document.build([NextPageTemplate("next"), *story], canvasmaker=partial(_NumberedCanvas, sheet=sheet))
    return output.getvalue()


class _NumberedCanvas(Canvas):
    """Holds the pages back until their count is known, then writes head and foot of each."""

    def __init__(self, *args: Any, sheet: Sheet, **kwargs: Any) -> None:
        # Without it, a page begins with a font that is not embedded.
        super().__init__(*args, **{**kwargs, "initialFontName": REGULAR})
        self._sheet = sheet
        self._held: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - ReportLab's name
        self._held.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # what Canvas.showPage ends with; not in the stubs

    def save(self) -> None:
        for number, held in enumerate(self._held, 1):
            self.__dict__.update(held)
            self._furniture(number, len(self._held))
            super().showPage()
        super().save()

    def _furniture(self, number: int, count: int) -> None:
        right, top = MARGIN + WIDTH, A4[1]
        self.saveState()
        if self._sheet.demo:
            self.setFillColor(HexColor("#fee7fc"))
            self.rect(0, top - 8 * mm, A4[0], 8 * mm, stroke=0, fill=1)
            self.setFillColor(HexColor("#6e445a"))
            self.setFont(BOLD, 8)
            self.drawCentredString(A4[0] / 2, top - 5 * mm, DEMO_TEXT)
        self.setFillColor(GREY)
        self.setStrokeColor(RULE)
        self.setLineWidth(0.5)
        running = _shortened(self._sheet.running, WIDTH - 30 * mm)
        if number > 1:
            height = top - 15 * mm - (3 * mm if self._sheet.demo else 0)
            self.setFont(REGULAR, 7.6)
            self.drawString(MARGIN, height, running)
            self.line(MARGIN, height - 2.4 * mm, right, height - 2.4 * mm)
        self.line(MARGIN, 16 * mm, right, 16 * mm)
        self.setFont(REGULAR, 7.6)
        self.drawString(MARGIN, 12 * mm, running)
        self.drawRightString(right, 12 * mm, f"Page {number}/{count}")
        self.restoreState()


def _shortened(text: str, width: float) -> str:
    """``text`` on one line, its end replaced by an ellipsis when it is too long."""
    text = printable(text)
    if stringWidth(text, REGULAR, 7.6) <= width:
        return text
    while text and stringWidth(text + "…", REGULAR, 7.6) > width:
        text = text[:-1]
    return text.rstrip() + "…"
