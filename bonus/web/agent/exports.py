"""The tables of the agents' pages, to keep: what the page shows to this person, whole, by the same filters."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, request

from bonus.calendar import civil_date
from bonus.claims.alerts import changes_page, open_controls, unseen_alerts
from bonus.claims.announcement_lists import upcoming_ends
from bonus.claims.appeal_list import AppealRow, appeal_page
from bonus.claims.appeal_status import STATUSES as APPEAL_STATUSES
from bonus.claims.cuts import cuts_of
from bonus.claims.follow_models import ALERT_KINDS, GROUNDS
from bonus.claims.queue import exported
from bonus.claims.reasons_requests import open_requests
from bonus.claims.revocation_days import decidable_days, last_day, running_revocations
from bonus.claims.status import STATUSES
from bonus.payments.due import due_orders, held_orders
from bonus.spreadsheet import Euros

from ..access import actor, allow, now
from ..exports import KIND, every_page, table_file
from ..line_rows import lines_file
from .announcements import KEEPER, SUPPLIER_STATES, TO_REACH
from .follow import SOURCES
from .queue import asked_queue
from .queue_asked import asked_filters
from .views import EXAMINERS, blueprint, filed_claim


@blueprint.get(f"/dossiers.{KIND}")
@allow(*EXAMINERS)
def queue_table(kind: str) -> Response:
    key = asked_queue()
    rows = (
        (
            one.number,
            one.company,
            one.siren,
            STATUSES[one.status],
            one.reviewer,
            one.filed_on,
            one.due_on,
            one.invoices,
            Euros(one.net_cents),
            None if one.bonus_cents is None else Euros(one.bonus_cents),
        )
        for one in exported(key, civil_date(now()), me=actor().person_id, filters=asked_filters(key).filters)
    )
    titles = (
        "Dossier", "Entreprise", "SIREN", "État", "Instructeur", "Déposé le", "Échéance", "Factures",
        "Achats hors taxes", "Bonus décidé" if key == "decides" else "Bonus estimé",
    )  # fmt: skip
    return table_file(kind, f"dossiers-{key}", titles, rows)


@blueprint.get(f"/dossiers/<number>/lignes.{KIND}")
@allow(*EXAMINERS)
def lines_table(number: str, kind: str) -> Response:
    claim = filed_claim(number)
    return lines_file(claim, kind, cuts_of(claim))


@blueprint.get(f"/recours.{KIND}")
@allow(*EXAMINERS)
def appeals_table(kind: str) -> Response:
    answered, me = request.args.get("file") == "repondus", actor().person_id
    rows = (
        (one.number, one.company, one.due_on, one.examiner, APPEAL_STATUSES[one.status])
        for one in every_page(lambda page: _appeals(me, page, answered=answered))
    )
    titles = ("Dossier", "Entreprise", "Répondre au plus tard le", "Examiné par", "État")
    return table_file(kind, "recours", titles, rows)


def _appeals(me: int | None, page: int, *, answered: bool) -> tuple[Sequence[AppealRow], int]:
    found = appeal_page(me, page, answered=answered)
    return found.rows, found.total


@blueprint.get(f"/motifs-et-retraits/motifs.{KIND}")
@allow(*EXAMINERS)
def reasons_table(kind: str) -> Response:
    rows = (
        (
            one.decision.claim.number,
            one.decision.claim.company.name,
            one.decision.claim.company.siren,
            civil_date(one.asked_at),
            one.due_on,
        )
        for one in open_requests()
    )
    titles = ("Dossier", "Entreprise", "SIREN", "Demandés le", "Dus le")
    return table_file(kind, "motifs-demandes", titles, rows)


@blueprint.get(f"/motifs-et-retraits/retraits.{KIND}")
@allow(*EXAMINERS)
def revocations_table(kind: str) -> Response:
    running = running_revocations()
    days = decidable_days(running, civil_date(now()))
    rows = (
        (
            one.claim.number,
            one.claim.company.name,
            one.claim.company.siren,
            one.ground_words,
            "Reçues" if one.observed_at else "Attendues",
            days[one.id],
            last_day(one.claim, one.ground),
            Euros(one.claim.granted_cents),
        )
        for one in running
    )
    titles = (
        "Dossier",
        "Entreprise",
        "SIREN",
        "Fondement",
        "Observations",
        "À décider à partir du",
        "Au plus tard le",
        "Accordé",
    )
    return table_file(kind, "retraits-envisages", titles, rows)


@blueprint.get(f"/alertes.{KIND}")
@allow("reviewer")
def alerts_table(kind: str) -> Response:
    person_id = actor().person_id
    assert person_id is not None  # the guard let in someone signed in
    rows = (
        (
            one.claim.number,
            one.claim.company.name,
            ALERT_KINDS[one.kind],
            one.sentence,
            Euros(one.before_cents),
            Euros(one.after_cents),
            civil_date(one.change.recorded_at),
        )
        for one in every_page(lambda page: unseen_alerts(person_id, page))
    )
    titles = (
        "Dossier",
        "Entreprise",
        "Alerte",
        "Ce qui change",
        "Bonus avant",
        "Bonus après",
        "Appris le",
    )
    return table_file(kind, "alertes", titles, rows)


@blueprint.get(f"/controles.{KIND}")
@allow(*EXAMINERS, "accounting_officer")
def controls_table(kind: str) -> Response:
    rows = (
        (
            one.claim.number,
            one.claim.company.name,
            GROUNDS[one.ground],
            one.reason,
            Euros(one.claim.granted_cents),
            Euros(one.undue_cents),
            civil_date(one.opened_at),
        )
        for one in every_page(open_controls)
    )
    titles = ("Dossier", "Entreprise", "Cause", "Motif", "Accordé", "Peut-être indu", "Ouvert le")
    return table_file(kind, "controles", titles, rows)


@blueprint.get(f"/registre/echeances.{KIND}")
@allow(KEEPER)
def ends_table(kind: str) -> Response:
    to_reach, today = request.args.get("suivi") == TO_REACH, civil_date(now())
    rows = (
        (
            one.ends_on,
            one.solution,
            one.label,
            one.reference,
            one.supplier,
            one.identifier,
            SUPPLIER_STATES[one.supplier_state][0],
            one.refusal,
            one.companies,
        )
        for one in every_page(lambda page: upcoming_ends(today, page, unreached=to_reach))
    )
    titles = (
        "Dernier jour", "Solution", "Label", "Référence", "Fournisseur", "Identifiant", "Annonce", "Refus du courriel",
        "Entreprises prévenues",
    )  # fmt: skip
    return table_file(kind, "echeances", titles, rows)


@blueprint.get(f"/registre/changements.{KIND}")
@allow(KEEPER, *EXAMINERS)
def changes_table(kind: str) -> Response:
    rows = (
        (
            civil_date(change.recorded_at),
            SOURCES[change.source],
            facts,
            reference,
            change.reason,
            change.handled,
        )
        for change, facts, reference in every_page(changes_page)
    )
    titles = ("Appris le", "Origine", "Faits inscrits", "Certification", "Motif", "Dossiers regardés")
    return table_file(kind, "changements-du-registre", titles, rows)


@blueprint.get(f"/paiements.{KIND}")
@allow("accounting_officer")
def payments_table(kind: str) -> Response:
    due, held = due_orders(actor()), held_orders()
    states = {"À payer": due.payable, "À payer par une autre personne": due.acted_on, "Retenu": held}
    rows = (
        (
            order.number,
            order.decision.claim.number,
            order.payee,
            order.iban,
            order.due_on,
            Euros(order.payable_cents),
            state,
            order.held_reason,
        )
        for state, orders in states.items()
        for order in orders
    )
    titles = (
        "Ordre",
        "Dossier",
        "Bénéficiaire",
        "IBAN",
        "À payer au plus tard le",
        "Montant",
        "État",
        "Motif",
    )
    return table_file(kind, "ordres-de-paiement", titles, rows)
