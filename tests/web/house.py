"""The application with one dossier carried to its end and something at every address: what the walks of roles visit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, url_for
from sqlalchemy import select

from bonus.accounts.service import add_person
from bonus.certificates.models import TaxCertificate
from bonus.claims.by_hand import enter_by_hand
from bonus.claims.follow_models import ClaimAlert
from bonus.claims.models import Claim, Decision, Document, Invoice, PurchaseLine
from bonus.claims.notification import record_opening
from bonus.claims.proposal_models import Proposal
from bonus.demo.cast import PASSWORD
from bonus.demo.invoices import BUYER, SELLER
from bonus.extensions import db
from bonus.payments.models import PaymentBatch, PaymentOrder
from bonus.registry.keeping import note_alias
from bonus.registry.keys import make_key
from bonus.registry.labels import certifier_named
from bonus.registry.models import CertificationFact, RegistryChange, Solution, SolutionAlias
from bonus.registry.scheme_models import LabelScheme
from tests.adapters.einvoice_samples import blank_pdf
from tests.claims.loads.samples import loaded
from tests.claims.test_by_hand import TYPED
from tests.registry.imports.samples import PLAIN, taken
from tests.support.agents import agent_addresses, campaign_addresses
from tests.support.answers import bank_addresses
from tests.support.appeals import appeal_addresses
from tests.support.budget import budget_addresses
from tests.support.bulk import furnish_bulk
from tests.support.jobs import job_addresses
from tests.support.lane import link_to
from tests.support.ledger import LEDGER_ADDRESSES
from tests.support.letters import letter_addresses
from tests.support.payments import sent_batch
from tests.support.signing_up import furnish_sign_ups, sign_up_addresses
from tests.support.space import furnish_space, space_addresses
from tests.support.titre_pages import titre_addresses
from tests.support.undue_pages import undue_addresses
from tests.support.workspace import furnish_rules, workspace_addresses
from tests.support.world import CLOUD, NOW, ON, SUITE, Dossier, World, build_world, draft, filed, settled
from tests.web.audiences import (
    AGENT_TABLES,
    BATCH_ACTS,
    COMPANY_TABLES,
    DESK,
    FOLLOWING,
    TABLES,
)


@dataclass(frozen=True)
class House:
    """The application with one dossier carried to its end, and who may knock."""

    app: Flask
    emails: dict[str, str | None]
    values: dict[str, dict[str, Any]]

    def address(self, endpoint: str) -> str:
        with self.app.test_request_context():
            return url_for(endpoint, **self.values.get(endpoint, {}))


def tabled(world: World) -> tuple[str, Dossier]:
    """A table that was loaded into a dossier and not taken, and that dossier carried to its end."""
    dossier = draft(world)
    with world.app.app_context():
        found = loaded(world, dossier.id).reference
        db.session.rollback()
    return found, settled(world, dossier)


def furnished(app: Flask) -> House:
    world = build_world(app)
    table, dossier = tabled(world)
    with app.app_context():
        add_person(
            "lecteur@demo.example",
            "Lise Lecteur",
            PASSWORD,
            NOW,
            company_id=world.company_id,
            company_role="reader",
        )
        add_person("personne@demo.example", "Sans Rôle", PASSWORD, NOW)
        db.session.commit()
        change = db.session.scalars(select(RegistryChange.id).limit(1)).one()
        alert = ClaimAlert(
            claim_id=dossier.id,
            change_id=change,
            kind="woken",
            sentence="Le label attendu est rétabli.",
            before_cents=0,
            after_cents=0,
            created_at=NOW,
        )
        db.session.add(alert)
        db.session.commit()
        alert_id = alert.id
        batch = sent_batch(ON, ON, world.accounting_officer, NOW).number
        certifier = certifier_named("anssi")
        solution = db.session.scalars(select(Solution).where(Solution.slug == SUITE)).one()
        note_alias(solution, "name", "Bureautique", "Bon de commande", world.registry_keeper, NOW)
        alias, certification = solution.aliases[0].id, solution.certifications[0]
        fact = {"certification_id": certification.id, "fact_id": certification.facts[0].id}
        key = make_key(certifier, "Extranet", ["read"], ON, world.registry_keeper, NOW).key.prefix
        brought = {"number": taken(PLAIN).import_id}
        document = db.session.scalars(select(Document.reference)).one()
        invoice = db.session.scalars(select(Invoice.id)).one()
        certificate = db.session.scalars(select(TaxCertificate.number)).one()
        db.session.rollback()
    sheet = draft(world, [("scan.pdf", blank_pdf())])
    with app.app_context():
        scan = db.session.scalars(select(Document.reference).where(Document.claim_id == sheet.id)).one()
        enter_by_hand(sheet.id, scan, TYPED, world.owner, NOW)
        db.session.rollback()
        undue_values = undue_addresses(world)  # before a change of account holds what is to be paid
        titre_values = titre_addresses(world)
        space = furnish_space(world)
        sign_ups = furnish_sign_ups(world)
        # Opened already: reading it again writes nothing.
        record_opening(db.session.get_one(Claim, dossier.id), world.owner, NOW)
        letters = letter_addresses(dossier)
        rule = furnish_rules(world)
        appeal_values = appeal_addresses(world)
    bulk = furnish_bulk(world)
    (mail,) = sorted((Path(app.config["DATA_FOLDER"]) / "mail" / "new").iterdir())[:1]
    letter: dict[str, Any] = {"name": mail.stem}
    sheet = filed(world, sheet)
    numbered: dict[str, Any] = {"number": dossier.number}
    own: dict[str, Any] = {"reference": dossier.number}
    offer: dict[str, Any] = {"slug": SUITE}
    event = {"certification_id": fact["certification_id"], "event": "suspension"}
    own_key: dict[str, Any] = {"slug": "anssi"}
    emails = {
        "nobody": None,
        "no role": "personne@demo.example",
        "reader": "lecteur@demo.example",
        "company": world.owner.email,
        "accountant": world.accountant.email,
        "reviewer": world.reviewer.email,
        "authorising_officer": world.officer.email,
        "accounting_officer": world.accounting_officer.email,
        "registry_keeper": world.registry_keeper.email,
        "administrator": world.administrator.email,
    }
    values: dict[str, dict[str, Any]] = {
        "static": {"filename": "app.css"},
        "dsfr": {"version": "0", "path": "dsfr.main.min.css"},
        **dict.fromkeys((f"company.{name}" for name in ("claim", "invoices", "lines", "review")), own),
        **dict.fromkeys(
            (
                "company.acknowledgement",
                "company.abandon_claim",
                "company.save_draft",
                "company.documents",
                "company.archive",
                "company.history",
                *FOLLOWING[:3],
            ),
            own,
        ),
        **dict.fromkeys(FOLLOWING[3:5], own | {"item_id": 1}),
        "company.answer_removal": own | {"document": document},
        "company.join": own | {"code": "payment_proof"},
        **dict.fromkeys(("company.joined", "company.remove_joined"), own | {"document": document}),
        **dict.fromkeys(
            ("company.remove", "company.invoice_lines", "company.invoice_total"),
            own | {"invoice_id": invoice},
        ),
        **dict.fromkeys(("company.paper_invoice", "company.paper_removal"), own | {"document": document}),
        "company.paper_page": {"reference": sheet.reference, "document": scan, "number": 1},
        "company.tables": own,
        **dict.fromkeys((name for name in TABLES[2:]), own | {"table": table}),
        "company.table_faults": own | {"table": table, "part": "fautes"},
        "company.certificate": {"number": certificate},
        "company.certificate_page": {"number": certificate},
        "company.certificate_data": {"number": certificate},
        "company.certificate_table": {"number": certificate, "kind": "csv"},
        "accountant.certificate": {"number": certificate},
        **dict.fromkeys(
            (
                f"agent.{name}"
                for name in (
                    "claim",
                    "review",
                    "asking",
                    "write",
                    "proposal",
                    "line_proposal",
                    "concurrence",
                    "objection",
                    "decision",
                    "sending_back",
                )
            ),
            numbered,
        ),
        **dict.fromkeys((f"agent.{name}" for name in (*DESK, "explanation")), numbered),
        "company.explanation": own,
        **dict.fromkeys(("agent.document", "agent.document_view"), numbered | {"reference": document}),
        "agent.document_page": {"number": sheet.number, "reference": scan, "page": 1},
        "agent.see": numbered | {"alert_id": alert_id},
        "agent.batch_file": {"message_id": f"{batch}-01"},
        **{f"agent.{name}": {"number": batch} for name in BATCH_ACTS},
        "agent.bulk_act": {"reference": bulk},
        "agent.abandon_bulk": {"reference": bulk},
        "agent.bulk_table": {"reference": bulk, "kind": "csv"},
        **space_addresses(space),
        **letters,
        "agent.lane_table": {"kind": "csv"},
        **{f"agent.{name}_table": {"kind": "csv"} for name in ("appeals", "reasons", "revocations")},
        "agent.lane_exit": numbered,
        "public.contestation": {"secret": link_to(world, dossier)},
        **agent_addresses(world),
        **campaign_addresses(world),
        **bank_addresses(world),
        **sign_up_addresses(sign_ups, BUYER.siren),
        **workspace_addresses(rule, dossier.number),
        "public.solution": {"slug": CLOUD},
        **dict.fromkeys(("public.demo_mail", "public.demo_mail_file"), letter),
        "company.notice": {"notice_id": 1},
        **{f"company.{name}_table": {"kind": "csv"} for name in COMPANY_TABLES},
        **{f"agent.{name}_table": {"kind": "xlsx"} for name in AGENT_TABLES},
        "company.lines_table": own | {"kind": "xlsx"},
        "agent.lines_table": numbered | {"kind": "csv"},
        "company.filed_list": own,
        "company.decided_list": own | {"rank": 1},
        "agent.filed_list": numbered,
        "agent.decided_list": numbered | {"rank": 1},
        **dict.fromkeys(("agent.solution", "agent.new_alias", "agent.label_choice"), offer),
        "agent.alias_removal": offer | {"alias_id": alias},
        "agent.new_certification": offer | {"label": "NFG"},
        "agent.certification_event": offer | event,
        **dict.fromkeys(("agent.fact_correction", "agent.fact_annulment"), offer | fact),
        **{f"agent.{name}": {"code": "NFG"} for name in ("label", "label_version")},
        "agent.supplier_address": {"identifier": SELLER.siren},
        **dict.fromkeys(("agent.one_import", "agent.apply_import", "agent.abandon_import"), brought),
        "agent.import_again": brought,
        "agent.import_rows": brought | {"part": "ajouts"},
        "agent.certifier": own_key,
        "agent.new_key": own_key,
        "agent.key_revocation": own_key | {"prefix": key},
        **appeal_values,
        **undue_values,
        **LEDGER_ADDRESSES,
        **job_addresses(world),
        **titre_values,
        "agent.reporting_table": {"table": "delais", "kind": "csv"},
        **budget_addresses(),
    }
    return House(app, emails, values)


def kept(app: Flask) -> list[Any]:
    """What a form may change of what is there."""
    with app.app_context():
        found = [
            db.session.execute(select(table.__table__).order_by(table.id)).all()
            for table in (
                Claim,
                Invoice,
                PurchaseLine,
                Proposal,
                Decision,
                PaymentOrder,
                PaymentBatch,
                TaxCertificate,
                Solution,
                SolutionAlias,
                CertificationFact,
                LabelScheme,
            )
        ]
        db.session.rollback()
        return found
