"""The bank's answers as tables to keep: what waits, a file's lines, the files."""

from __future__ import annotations

from collections.abc import Sequence

from werkzeug.wrappers import Response

from bonus.calendar import civil_date
from bonus.payments.answer_desk import files_page, findings_of, findings_of_order, waiting_findings
from bonus.payments.answer_models import FILE_KINDS, FILE_STATUSES, FINDINGS, WAYS, BankFile, BankFinding
from bonus.spreadsheet import Euros

from ..access import allow
from ..exports import KIND, every_page, table_file
from .bank import OFFICER, shown_file
from .bank_words import explained
from .orders import shown_order
from .views import blueprint

Rows = tuple[Sequence[BankFinding], int]
LINES = (
    "Ligne", "Fichier", "Reçu le", "Ordre", "Envoi", "Effet", "Raison", "À faire", "Montant", "Statut de la banque",
    "Motif", "Motif en français", "Mots de la banque", "Référence", "Jour", "Bénéficiaire vérifié",
    "Traité le", "Constat",
)  # fmt: skip


@blueprint.get(f"/paiements/banque/a-examiner.{KIND}")
@allow(OFFICER)
def bank_waiting_table(kind: str) -> Response:
    def page(asked: int) -> Rows:
        found = waiting_findings(asked)
        return found.rows, found.total

    return table_file(kind, "banque-a-examiner", LINES, (_row(one) for one in every_page(page)))


@blueprint.get(f"/paiements/banque/<int:number>/lignes.{KIND}")
@allow(OFFICER)
def bank_lines_table(number: int, kind: str) -> Response:
    file = shown_file(number)

    def page(asked: int) -> Rows:
        found = findings_of(file, asked)
        return found.rows, found.total

    return table_file(kind, f"banque-{number}", LINES, (_row(one) for one in every_page(page)))


def _row(one: BankFinding) -> tuple[object, ...]:
    said = explained(one)
    check = f"{said['check']} ({one.check_name})" if one.check_name else said["check"]
    return (
        one.id,
        one.file_id,
        civil_date(one.file.received_at),
        one.order.number if one.order else one.end_to_end_id,
        one.attempt or one.original_message_id,
        FINDINGS[one.kind],
        said["title"] if one.kind == "keep" else said["means"],
        said["do"],
        Euros(one.amount_cents) if one.amount_cents is not None else one.amount_wrong or None,
        one.status,
        one.code,
        said["code"],
        one.words,
        one.reference,
        one.on,
        check,
        civil_date(one.resolved_at) if one.resolved_at else None,
        one.resolved_why,
    )


@blueprint.get(f"/paiements/ordres/<number>/banque.{KIND}")
@allow(OFFICER)
def payment_order_table(number: str, kind: str) -> Response:
    order = shown_order(number)
    return table_file(kind, f"banque-{order.number}", LINES, map(_row, findings_of_order(order.id)))


@blueprint.get(f"/paiements/banque/fichiers.{KIND}")
@allow(OFFICER)
def bank_files_table(kind: str) -> Response:
    def page(asked: int) -> tuple[Sequence[BankFile], int]:
        found = files_page(asked)
        return found.rows, found.total

    titles = (
        "Fichier", "Nom", "Sorte", "Identifiant", "Daté du", "Reçu le", "Voie", "État", "Opérations", "SHA-256",
    )  # fmt: skip
    rows = (
        (
            one.id,
            one.name,
            FILE_KINDS[one.kind],
            one.message_id,
            civil_date(one.said_at),
            civil_date(one.received_at),
            WAYS[one.how],
            FILE_STATUSES[one.status],
            one.items_count,
            one.sha256,
        )
        for one in every_page(page)
    )
    return table_file(kind, "fichiers-de-la-banque", titles, rows)
