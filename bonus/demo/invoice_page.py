"""The page a person sees of a demonstration invoice: one A4 page, in French, drawn with ReportLab."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape  # ReportLab's paragraphs are markup

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from bonus.money import NARROW_NBSP, NBSP, format_euros, parse_amount


def draw_invoice(terms: Mapping[str, Any]) -> bytes:
    """Draw the invoice that these EN 16931 terms say; returns the PDF."""
    styles = getSampleStyleSheet()
    body, heading = styles["BodyText"], styles["Title"]
    credit = terms["BT-3"] == "381"
    title = f"{'Avoir' if credit else 'Facture'} {terms['BT-1']}"
    flow: list[Any] = [
        Paragraph(title, heading),
        Paragraph("<b>Démonstration, dispositif et sociétés fictifs</b>", body),
        Paragraph(f"Date d’émission{NBSP}: {terms['BT-2']:%d/%m/%Y}", body),
    ]
    if credit:
        corrected = terms["BG-3"][0]
        flow.append(
            Paragraph(
                f"Corrige la facture {corrected['BT-25']} du {corrected['BT-26']:%d/%m/%Y}",
                body,
            )
        )
    flow += [
        Spacer(1, 6 * mm),
        Table(
            [
                [
                    _party("Vendeur", terms["BG-4"], body),
                    _party("Client", terms["BG-7"], body),
                ]
            ]
        ),
        Spacer(1, 6 * mm),
        _lines(terms, body),
        Spacer(1, 6 * mm),
        _totals(terms),
        Spacer(1, 6 * mm),
        *(Paragraph(note["BT-22"], body) for note in terms["BG-1"]),
    ]
    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=A4, title=title, author=terms["BG-4"]["name"], lang="fr-FR").build(flow)
    return out.getvalue()


def _party(who: str, party: Mapping[str, Any], style: Any) -> Paragraph:
    town = f"{party['postcode']} {party['city']}"
    identifiers = [f"SIREN {party['legal_identifier']}", f"TVA {party['vat_identifier']}"]
    rows = [escape(row) for row in (party["name"], party["addr_l1"], town, *identifiers)]
    return Paragraph("<br/>".join([f"<b>{who}</b>", *rows]), style)


def _lines(terms: Mapping[str, Any], style: Any) -> Table:
    rows: list[list[Any]] = [["Désignation", "Quantité", "Prix HT", "Montant HT"]]
    for line in terms["BG-25"]:
        name = escape(f"{line['BT-153']} ({line['BT-155']})")
        if "BT-134" in line:
            name += f"<br/>Service du {line['BT-134']:%d/%m/%Y} au {line['BT-135']:%d/%m/%Y}"
        rows.append(
            [
                Paragraph(name, style),
                line["BT-129"],
                _euros(line["BT-146"]),
                _euros(line["BT-131"]),
            ]
        )
    table = Table(rows, colWidths=[90 * mm, 20 * mm, 30 * mm, 30 * mm])
    table.setStyle(_GRID)
    return table


def _totals(terms: Mapping[str, Any]) -> Table:
    rows = [["Total des lignes HT", _euros(terms["BT-106"])]]
    rows += [[one["reason"], _euros(f"-{one['amount']}")] for one in terms.get("BG-20", [])]
    rows += [
        ["Total HT", _euros(terms["BT-109"])],
        [f"TVA 20{NBSP}%", _euros(terms["BT-110"])],
        ["Total TTC", _euros(terms["BT-112"])],
    ]
    table = Table(rows, colWidths=[140 * mm, 30 * mm])
    table.setStyle(_GRID)
    return table


def _euros(amount: str) -> str:
    # The fonts of every PDF reader have no narrow no-break space.
    return format_euros(parse_amount(amount)).replace(NARROW_NBSP, NBSP)


_GRID = TableStyle(
    [
        ("GRID", (0, 0), (-1, -1), 0.25, colors.grey),
        ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
)
