"""The letters on an undue sum, and the titre de perception, as PDF/A-2b: frozen content laid out (art. 14)."""

from __future__ import annotations

from datetime import datetime, time

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether

from bonus.calendar import PARIS
from bonus.claims.acknowledgement import long_date
from bonus.money import NBSP
from bonus.recoveries.letter_content import UndueLetter, UndueLine
from bonus.siren import spaced_siren

from . import pdf_page as page
from . import pdf_parts as part
from .fonts import register
from .pdf_archive import archive


def recovery_pdf(content: UndueLetter, *, demo: bool) -> bytes:
    """A letter. ``demo`` marks every page as fictitious; the same content gives the same bytes."""
    register()
    recipient = [content.company_name, f"SIREN {spaced_siren(content.siren)}", *content.company_address]
    rows = [("À l’attention de", recipient), *((label, [said]) for label, said in content.about)]
    story: list[Flowable] = [
        *part.letterhead(content.service),
        part.text(content.title, page.TITLE),
        part.text(f"Bonus Souveraineté, dossier n°{NBSP}{content.claim_number}", page.SUBTITLE),
        part.facts([*rows, ("Écrite le", [long_date(content.written_on)])], page.WIDTH),
        part.gap(6),
        *(part.text(paragraph) for paragraph in content.opening),
        *_lines(content),
        *part.sections(content.sections),
        *_signature(content),
    ]
    title = f"{content.title} – dossier {content.claim_number}"
    return archive(
        page.render(story, page.Sheet(title, title, demo)),
        created_at=datetime.combine(content.written_on, time(), tzinfo=PARIS),
        author=content.service.name,
        subject=title,
    )


def _lines(content: UndueLetter) -> list[Flowable]:
    if not content.lines:
        return []
    rows = [
        (_cells(line), [line.granted_cents, line.due_cents, line.granted_cents - line.due_cents])
        for line in content.lines
    ]
    keep, _, table = part.ledger("", ["Ligne", "Pourquoi", "Accordé", "Dû", "Écart"], rows, None, [58 * mm])
    more = f"Les {content.unlisted} lignes suivantes se lisent dans votre espace, et la somme les compte."
    return [keep, table, part.gap(4), *([part.text(more)] if content.unlisted else [])]


def _cells(line: UndueLine) -> list[part.Cell]:
    return [
        [part.text(line.name, page.CELL), part.text(line.where, page.CELL_GREY)],
        part.text(line.why, page.CELL),
    ]


def _signature(content: UndueLetter) -> list[Flowable]:
    name, quality = content.signature
    signed = [
        part.gap(10),
        part.text(name, page.STRONG),
        part.text(quality),
        part.text(f"Document scellé électroniquement{NBSP}: toute modification se voit.", page.SMALL),
    ]
    mark = part.text(f"Empreinte SHA-256 du contenu{NBSP}: {content.digest()}", page.SMALL)
    return [KeepTogether(signed), part.gap(6), mark]
