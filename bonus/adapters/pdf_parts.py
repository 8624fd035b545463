"""The parts documents are made of: paragraphs, letterhead, tables that run over pages, codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, black
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, Paragraph, Spacer, Table, TableStyle

from bonus.claims.acknowledgement import Section, ServiceContact
from bonus.money import NARROW_NBSP, NBSP, format_euros

from . import pdf_page as page
from .codes import QUIET_ZONE, Matrix
from .fonts import BOLD, REGULAR, printable

Cell = str | Flowable | list[Flowable]


def text(content: str, style: ParagraphStyle = page.BODY) -> Paragraph:
    """A paragraph of plain text: nothing in it is markup, whoever wrote it."""
    # ReportLab breaks lines at the narrow no-break space, but not at the wide one.
    bound = printable(content).replace(NARROW_NBSP, NBSP)
    bound = bound.replace("« ", f"«{NBSP}").replace(" »", f"{NBSP}»")
    return Paragraph(escape(bound), style)


def table(
    rows: Sequence[Sequence[Cell]],
    widths: Sequence[float],
    *style: Any,
    repeat: int = 0,
) -> Table:
    """A bare table in the body's font, plus ReportLab's ``style`` commands.

    A row higher than a page is split.
    """
    drawn = Table([list(row) for row in rows], colWidths=list(widths), repeatRows=repeat, splitInRow=1)
    drawn.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), REGULAR, page.CELL.fontSize, page.CELL.leading),
                ("TEXTCOLOR", (0, 0), (-1, -1), page.INK),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 0),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
                *style,
            ]
        )
    )
    return drawn


def letterhead(service: ServiceContact) -> list[Flowable]:
    """The State on the left, the service and how to reach it on the right."""
    state: list[Flowable] = [text("RÉPUBLIQUE", page.STATE), text("FRANÇAISE", page.STATE)]
    state.append(gap(3))
    state += [text(word, page.MOTTO) for word in ("Liberté", "Égalité", "Fraternité")]
    reach: list[Flowable] = [text(service.name, page.SERVICE)]
    lines = [
        *service.postal_address,
        f"Téléphone{NBSP}: {service.telephone}",
        f"Courriel{NBSP}: {service.email}",
    ]
    reach += [text(line, page.SMALL_RIGHT) for line in lines]
    return [table([[state, reach]], [60 * mm, page.WIDTH - 60 * mm])]


def sections(parts: Iterable[Section]) -> list[Flowable]:
    """Titled paragraphs, each title kept with what follows."""
    story: list[Flowable] = []
    for part in parts:
        story.append(text(part.title, page.HEADING))
        story += [text(paragraph) for paragraph in part.paragraphs]
    return story


def facts(rows: Sequence[tuple[str, Sequence[str]]], width: float) -> Table:
    """Labels and what they say, one row each; the first line of an answer is in bold."""
    label_width = 34 * mm
    cells: list[list[Cell]] = [
        [
            text(label, page.LABEL),
            [text(line, page.STRONG if rank == 0 else page.CELL) for rank, line in enumerate(lines)],
        ]
        for label, lines in rows
    ]
    return table(
        cells,
        [label_width, width - label_width],
        ("RIGHTPADDING", (0, 0), (-1, -1), 6),
        ("TOPPADDING", (0, 0), (0, -1), 4.6),
        ("TOPPADDING", (1, 0), (1, -1), 2.6),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3.4),
        ("LINEBELOW", (0, 0), (-1, -2), 0.4, page.RULE),
    )


def figures(cells: Sequence[tuple[str, int]]) -> Table:
    """The few amounts (cents) a reader looks for first, the last one being the document's own."""
    last = len(cells) - 1
    rows: list[list[Cell]] = [
        [text(label, page.LABEL) for label, _ in cells],
        [
            text(format_euros(cents), page.FIGURE_BLUE if rank == last else page.FIGURE)
            for rank, (_, cents) in enumerate(cells)
        ],
    ]
    return table(
        rows,
        [page.WIDTH / len(cells)] * len(cells),
        ("BACKGROUND", (0, 0), (-1, -1), page.TINT),
        ("LINEBEFORE", (1, 0), (-1, -1), 0.6, page.RULE),
        ("LEFTPADDING", (0, 0), (-1, -1), 9),
        ("TOPPADDING", (0, 0), (-1, 0), 7),
        ("BOTTOMPADDING", (0, 1), (-1, 1), 9),
    )


def ledger(
    title: str,
    heads: Sequence[str],
    rows: Sequence[tuple[Sequence[Cell], Sequence[int]]],
    total: tuple[str, Sequence[int]] | None,
    widths: Sequence[float],
) -> list[Flowable]:
    """A titled table. Each row is its texts, then its amounts in cents, right-aligned on one line.

    ``widths`` are those of the texts after the first, which takes what the others leave. The head is
    repeated on each page, and the total, when there is one, is never alone at the top of one.
    """
    first_amount = len(widths) + 1
    written = [[format_euros(cents) for cents in amounts] for _, amounts in rows]
    body: list[list[Cell]] = [[*texts, *line] for (texts, _), line in zip(rows, written, strict=True)]
    if total is not None:
        written.append([format_euros(cents) for cents in total[1]])
        body.append([total[0], *[""] * len(widths), *written[-1]])
    room = [*widths, *(_amount_width(column) for column in zip(*written, strict=True))]
    head = [
        text(title, page.CELL_HEAD_RIGHT if column >= first_amount else page.CELL_HEAD)
        for column, title in enumerate(heads)
    ]
    style: list[Any] = [
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("ALIGN", (first_amount, 0), (-1, -1), "RIGHT"),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3.6),
        ("LINEBELOW", (0, 1), (-1, -1), 0.4, page.RULE),
        ("LINEBELOW", (0, 0), (-1, 0), 1, page.BLUE),
    ]
    if total is not None:
        style += [
            ("FONTNAME", (0, -1), (-1, -1), BOLD),
            ("LINEABOVE", (0, -1), (-1, -1), 1, page.BLUE),
            ("LINEBELOW", (0, -1), (-1, -1), 1, page.BLUE),
        ]
        if rows:
            style.append(("NOSPLIT", (0, -2), (-1, -1)))
    return [
        # The title goes with the head and a first row, not with the whole table.
        CondPageBreak(40 * mm),
        text(title, page.TABLE_HEADING),
        table([head, *body], [page.WIDTH - sum(room), *room], *style, repeat=1),
    ]


def _amount_width(column: Sequence[str]) -> float:
    """Room for the widest amount of a column, as a total would be written."""
    return max(22 * mm, *(stringWidth(written, BOLD, page.CELL.fontSize) + 9 for written in column))


def notice(content: str) -> Table:
    """A sentence nobody should miss: a tinted box with a rule on its left."""
    return table(
        [[text(content, page.STRONG)]],
        [page.WIDTH],
        ("BACKGROUND", (0, 0), (-1, -1), page.TINT),
        ("LINEBEFORE", (0, 0), (0, -1), 3, page.BLUE),
        ("LEFTPADDING", (0, 0), (-1, -1), 10),
        ("TOPPADDING", (0, 0), (-1, -1), 5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
    )


class Code(Flowable):
    """A matrix of modules as vector squares, ``side`` points wide with its quiet zone.

    The dark modules begin flush left, in line with what stands under them: whoever places the code
    leaves the quiet zone on that side.
    """

    def __init__(self, matrix: Matrix, side: float, ink: Color = black) -> None:
        super().__init__()
        self._matrix, self._ink = matrix, ink
        self.width = self.height = side

    def wrap(self, _available_width: float, _available_height: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        canvas: Canvas = self.canv
        count = len(self._matrix)
        module = self.width / (count + 2 * QUIET_ZONE)
        path = canvas.beginPath()
        for row, cells in enumerate(self._matrix):
            top = self.height - (QUIET_ZONE + row + 1) * module
            for first, length in _runs(cells):
                # Whole runs of a row: no hairline between neighbours, and a tenth of the operators.
                path.rect(first * module, top, length * module, module)
        canvas.setFillColor(self._ink)
        canvas.drawPath(path, stroke=0, fill=1)


def _runs(cells: Sequence[bool]) -> Iterable[tuple[int, int]]:
    start = None
    for place, dark in enumerate([*cells, False]):
        if dark and start is None:
            start = place
        elif not dark and start is not None:
            yield start, place - start
            start = None


def gap(height: float) -> Spacer:
    """White space, in points."""
    return Spacer(1, height)
