"""Documents people keep: the acknowledgement of receipt and the tax certificate, as PDF/A-2b.

They lay out frozen content and decide nothing. ReportLab writes no tagged PDF: each has an accessible
HTML twin of the same content.
"""

from __future__ import annotations

from datetime import datetime, time
from urllib.parse import urlsplit

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Table

from bonus.calendar import PARIS, short_date
from bonus.certificates.content import REGIMES, CertificateContent, CertifiedPurchase
from bonus.claims.acknowledgement import AcknowledgementContent, long_date
from bonus.money import NBSP, format_euros
from bonus.siren import spaced_siren

from . import pdf_page as page
from . import pdf_parts as part
from .codes import qr_matrix, verification_url
from .fonts import register
from .pdf_archive import archive
from .two_d_doc import two_d_doc_matrix

_CODE_SIDE = 34 * mm
_TWO_D_DOC_SIDE = 32 * mm


def acknowledgement_pdf(content: AcknowledgementContent, *, demo: bool) -> bytes:
    """The acknowledgement of receipt (art. 11). ``demo`` marks every page as fictitious."""
    register()
    filed = content.filed_at
    story: list[Flowable] = [
        *part.letterhead(content.service),
        part.text("Accusé de réception", page.TITLE),
        part.text(f"Demande de Bonus Souveraineté, dossier n°{NBSP}{content.claim_number}", page.SUBTITLE),
        part.facts(
            [
                (
                    "Demandeur",
                    [content.company_name, f"SIREN {spaced_siren(content.siren)}", *content.company_address],
                ),
                (
                    "Demande reçue le",
                    [f"{long_date(filed.date())} à {filed.hour}{NBSP}h{NBSP}{filed.minute:02d}"],
                ),
                (
                    "Réponse au plus tard le",
                    [
                        long_date(content.decision_due),
                        "Sans réponse à cette date, votre demande est rejetée.",
                    ],
                ),
                *_expected(content),
            ],
            page.WIDTH,
        ),
        *part.ledger(
            "Factures déposées" if content.full_list is None else "Premières factures déposées",
            ["Fournisseur", "Facture", "Date", "Montant HT"],
            [
                (
                    [
                        part.text(f"{row.supplier_name} ({row.supplier_id})", page.CELL),
                        part.text(row.number, page.CELL),
                        short_date(row.issued_on),
                    ],
                    [row.net_cents],
                )
                for row in content.invoices
            ],
            (_total_of(content), [content.total_net_cents]),
            [40 * mm, 20 * mm],
        ),
        *_listed(content),
        *part.sections(content.sections),
    ]
    title = f"Accusé de réception du dossier {content.claim_number}"
    sheet = page.Sheet(title, f"Accusé de réception – dossier n°{NBSP}{content.claim_number}", demo)
    return archive(page.render(story, sheet), created_at=filed, author=content.service.name, subject=title)


def _total_of(content: AcknowledgementContent) -> str:
    return "Total" if content.full_list is None else f"Total des {_count(content.invoice_count)} factures"


def _listed(content: AcknowledgementContent) -> list[Flowable]:
    """Where all the lines of a large dossier are listed: in a file that this document identifies."""
    if content.full_list is None:
        return []
    lines, invoices = _count(content.full_list.lines), _count(content.invoice_count)
    said = (
        f"Le dossier compte {invoices} factures. La liste complète de ses {lines} lignes est jointe au dossier "
        "(fichier CSV), et se télécharge dans votre espace. Son empreinte SHA-256, qui permet de vérifier que rien "
        f"n’y a changé, est{NBSP}:"
    )
    return [part.gap(6), part.text(said), part.text(content.full_list.sha256, page.CELL)]


def _count(number: int) -> str:
    return f"{number:,}".replace(",", NBSP)


def _expected(content: AcknowledgementContent) -> list[tuple[str, list[str]]]:
    if content.expected_bonus_cents is None:
        return []
    said = f"Estimation d’après vos déclarations{NBSP}: seule la décision fixe le montant."
    return [("Bonus estimé", [format_euros(content.expected_bonus_cents), said])]


def certificate_pdf(
    content: CertificateContent, *, public_url: str, demo: bool, code: str | None = None
) -> bytes:
    """The tax certificate (art. 15), with the code that opens its public verification page; ``code`` is the text of its
    2D-Doc, which anyone checks offline."""
    register()
    story: list[Flowable] = [
        *part.letterhead(content.issuer),
        part.text("Attestation fiscale", page.TITLE),
        part.text(
            f"Bonus Souveraineté, exercice du {long_date(content.fiscal_year_start)} au "
            f"{long_date(content.fiscal_year_end)}",
            page.SUBTITLE,
        ),
    ]
    for sentence in _notices(content):
        story += [part.notice(sentence), part.gap(6)]
    story += [
        _identity(content, public_url),
        part.gap(10),
        part.figures(
            [
                ("Base éligible (art. 5)", content.total_eligible_base_cents),
                ("Bonus accordé (art. 6 et 7)", content.total_bonus_cents),
                ("Base de l’avantage fiscal (art. 8)", content.total_incentive_base_cents),
            ]
        ),
        *_purchases(content),
    ]
    if content.incentive:
        story += _incentive(content)
    story += part.sections(content.sections)
    story.append(
        KeepTogether(
            [
                part.gap(8),
                part.text(f"{content.issuer.name}, le {long_date(content.issued_on)}.", page.STRONG),
                part.text(f"Document scellé électroniquement{NBSP}: toute modification se voit.", page.SMALL),
                *_two_d_doc(code),
            ]
        )
    )
    title = f"Attestation fiscale {content.number}"
    running = f"Attestation fiscale n°{NBSP}{content.number} – {content.company.name}"
    return archive(
        page.render(story, page.Sheet(title, running, demo)),
        created_at=datetime.combine(content.issued_on, time(), tzinfo=PARIS),
        author=content.issuer.name,
        subject=title,
    )


def _two_d_doc(code: str | None) -> list[Flowable]:
    if code is None:
        return []
    said = (
        "Code 2D-Doc : le numéro, le SIREN, l’année de clôture de l’exercice, l’avantage fiscal de l’exercice et le "
        "bonus (en euros), signés. Il se vérifie sans réseau, avec la clé publique du service."
    ).replace(" :", f"{NBSP}:")
    left = _TWO_D_DOC_SIDE + 4 * mm
    cells: list[list[part.Cell]] = [
        [part.Code(two_d_doc_matrix(code), _TWO_D_DOC_SIDE), part.text(said, page.CELL_GREY)]
    ]
    return [part.gap(8), part.table(cells, [left, page.WIDTH - left], ("VALIGN", (0, 0), (-1, -1), "MIDDLE"))]


def _notices(content: CertificateContent) -> list[str]:
    notices = []
    if content.replaces is not None:
        notices.append(f"Annule et remplace l’attestation n°{NBSP}{content.replaces}")
    if not content.fiscal_year_closed:
        notices.append(f"Attestation provisoire{NBSP}: l’exercice n’est pas clos")
    return notices


def _identity(content: CertificateContent, public_url: str) -> Table:
    company = content.company
    left = page.WIDTH - 62 * mm
    facts = part.facts(
        [
            ("Numéro", [content.number]),
            ("Bénéficiaire", [company.name, f"SIREN {spaced_siren(company.siren)}", *company.address]),
            ("Délivrée le", [long_date(content.issued_on)]),
            ("Régime fiscal", [f"{REGIMES[content.regime].capitalize()} (art. 8)"]),
        ],
        left,
    )
    code = [
        part.Code(qr_matrix(verification_url(public_url, content.number, content.key)), _CODE_SIDE),
        part.text("Vérifier cette attestation", page.CELL_HEAD),
        part.text(
            f"{urlsplit(public_url).netloc}{urlsplit(public_url).path.rstrip('/')}/verifier", page.CELL_GREY
        ),
        part.text(f"Clé{NBSP}: {content.key}", page.CELL),
    ]
    return part.table([[facts, code]], [left, page.WIDTH - left], ("LEFTPADDING", (1, 0), (1, 0), 8 * mm))


def _purchases(content: CertificateContent) -> list[Flowable]:
    return part.ledger(
        "Achats de l’exercice",
        ["Solution et fournisseur", "Facture", "Dossier décidé", "Base éligible", "Bonus", "Base art. 8"],
        [(_purchase(row), _amounts(row)) for row in content.purchases],
        (
            "Total de l’exercice",
            [
                content.total_eligible_base_cents,
                content.total_bonus_cents,
                content.total_incentive_base_cents,
            ],
        ),
        [25 * mm, 25 * mm],
    )


def _purchase(row: CertifiedPurchase) -> list[part.Cell]:
    return [
        [
            part.text(row.solution, page.CELL),
            part.text(f"{row.supplier_name} ({row.supplier_id})", page.CELL_GREY),
        ],
        [part.text(row.invoice_number, page.CELL), part.text(short_date(row.invoice_date), page.CELL_GREY)],
        [part.text(row.claim_number, page.CELL), part.text(short_date(row.decision_date), page.CELL_GREY)],
    ]


def _amounts(row: CertifiedPurchase) -> list[int]:
    return [row.eligible_base_cents, row.bonus_cents, row.incentive_base_cents]


def _incentive(content: CertificateContent) -> list[Flowable]:
    return part.ledger(
        "Avantage fiscal (art. 8)",
        ["Calcul", "Article", "Montant"],
        [
            ([part.text(row.label, page.CELL), part.text(row.article, page.CELL)], [row.cents])
            for row in content.incentive
        ],
        None,
        [24 * mm],
    )
