"""The letter of a decision, and the other letters on a dossier, as PDF/A-2b: frozen content laid out."""

from __future__ import annotations

from datetime import datetime, time

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether

from bonus.calendar import PARIS
from bonus.claims.acknowledgement import long_date
from bonus.claims.letter_content import LetterContent, LetterLine
from bonus.claims.letter_words import KINDS, Block
from bonus.money import NBSP, format_rate
from bonus.siren import spaced_siren

from . import pdf_page as page
from . import pdf_parts as part
from .fonts import register
from .pdf_archive import archive


def letter_pdf(content: LetterContent, *, demo: bool) -> bytes:
    """A letter. ``demo`` marks every page as fictitious; the same content gives the same bytes."""
    register()
    story: list[Flowable] = [
        *part.letterhead(content.service),
        part.text(content.title, page.TITLE),
        part.text(f"Bonus Souveraineté, dossier n°{NBSP}{content.number}", page.SUBTITLE),
        part.facts(
            [
                (
                    "À l’attention de",
                    [content.company_name, f"SIREN {spaced_siren(content.siren)}", *content.company_address],
                ),
                *((label, [said]) for label, said in content.about),
                *([] if content.sealed else [("Écrite le", [long_date(content.written_on)])]),
            ],
            page.WIDTH,
        ),
        part.gap(6),
    ]
    for block in content.blocks:
        story += _block(block, content)
    story += _marks(content)
    title = f"{content.title} – dossier {content.number}"
    running = f"{content.title} – dossier n°{NBSP}{content.number}"
    return archive(
        page.render(story, page.Sheet(title, running, demo)),
        created_at=datetime.combine(content.written_on, time(), tzinfo=PARIS),
        author=content.service.name,
        subject=title,
    )


def _block(block: Block, content: LetterContent) -> list[Flowable]:
    if block.form == "heading":
        return [part.text(block.text, page.HEADING)]
    if block.form == "signature":
        name, *quality = block.text.split("\n")
        return [
            KeepTogether(
                [
                    part.gap(10),
                    part.text(name, page.STRONG),
                    *(part.text(line) for line in quality),
                    part.text(
                        f"Document scellé électroniquement{NBSP}: toute modification se voit.", page.SMALL
                    ),
                ]
            )
        ]
    if block.form == "lines":
        return _lines(content)
    return [part.text(block.text)]


def _lines(content: LetterContent) -> list[Flowable]:
    if not content.lines:
        return []
    rows = [(_cells(line), [line.base_cents, line.bonus_cents]) for line in content.lines]
    total = (
        "Total",
        [sum(line.base_cents for line in content.lines), sum(line.bonus_cents for line in content.lines)],
    )
    # Without its title: the template's heading stands above it.
    keep, _, table = part.ledger(
        "", ["Ligne", "Décision", "Taux", "Base", "Bonus"], rows, total, [46 * mm, 16 * mm]
    )
    return [keep, table, part.gap(4)]


def _cells(line: LetterLine) -> list[part.Cell]:
    where = f"Facture {line.invoice}, ligne{NBSP}{line.position}"
    fate: list[Flowable] = [part.text(line.fate, page.CELL)]
    if line.why:
        fate.append(part.text(line.why, page.CELL_GREY))
    rate = format_rate(line.rate_bp) if line.rate_bp else "–"
    return [
        [part.text(line.name, page.CELL), part.text(where, page.CELL_GREY)],
        fate,
        part.text(rate, page.CELL),
    ]


def _marks(content: LetterContent) -> list[Flowable]:
    """What identifies the letter: its words' version, its SHA-256, and that of the facts decided on."""
    version = f"version {content.template_version}" if content.template_version else "version d’origine"
    story: list[Flowable] = [part.gap(10)]
    for label, said in (
        *content.sealed,
        ("Modèle de la lettre", f"{KINDS[content.kind].lower()}, {version}"),
        ("Empreinte SHA-256 du contenu", content.digest()),
    ):
        story.append(part.text(f"{label}{NBSP}: {said}", page.SMALL))
    return [KeepTogether(story)]
