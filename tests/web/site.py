"""Every page there is, under a name: an application with dossiers, people and registry in each of their states."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from bonus.certificates.models import TaxCertificate
from bonus.claims.announcements import announce
from bonus.claims.by_hand import enter_by_hand
from bonus.claims.models import Claim, Document
from bonus.demo.invoices import SELLER
from bonus.extensions import db
from bonus.registry.keeping import note_alias
from tests.adapters.einvoice_samples import MINIMUM
from tests.claims.loads.samples import loaded, taken
from tests.claims.tables.samples import PLAIN as TABLE_ROW
from tests.claims.test_by_hand import TYPED
from tests.support.agents import agent_pages
from tests.support.answers import bank_pages
from tests.support.appeals import clock_pages
from tests.support.bills import Item, bill
from tests.support.budget import budget_pages
from tests.support.bulk import bulk_pages
from tests.support.desk import desk_pages
from tests.support.ends import ending
from tests.support.jobs import job_pages
from tests.support.lane import lane_pages
from tests.support.ledger import ledger_pages
from tests.support.letters import letter_pages
from tests.support.papers import photo, scan
from tests.support.payments import sent_batch
from tests.support.proposing import proposal_pages
from tests.support.registry import certification_of, disown, learn, mend
from tests.support.reporting import reporting_pages
from tests.support.requests import request_pages
from tests.support.signing_up import sign_up_pages
from tests.support.space import space_pages
from tests.support.titre_pages import titre_pages
from tests.support.undue_pages import undue_pages
from tests.support.workspace import workspace_pages
from tests.support.world import (
    AUDIT,
    CLOUD,
    NOW,
    ON,
    World,
    decided,
    draft,
    filed,
    proposed,
    settled,
)
from tests.web.visitor import Visitor, signed_in

SIMULATED = f"?solution={CLOUD}&montant=300000&taille=sme&duree=36&recu=140000"
STATUSES = {
    "not found": 404,
    "not found, by nobody": 404,
    "forbidden": 403,
    "not by reading": 405,
    "not understood": 400,
}
"""What those answer that are not answered by 200."""


@dataclass(frozen=True)
class Site:
    """An application with dossiers of every kind, and each page under a name: who opens it, and its address."""

    app: Flask
    pages: dict[str, tuple[str | None, str]]
    files: dict[str, tuple[str, str]]

    def get(self, email: str | None, address: str) -> TestResponse:
        return (signed_in(self.app, email) if email else Visitor(self.app)).get(address)


def furnished(world: World) -> Site:
    proposals = proposal_pages(world)
    granted, refused = (
        settled(world),
        decided(world, outcome="refuse", reasons="Motifs en droit et en fait (art. 4)."),
    )
    part = decided(world, draft(world, [bill(Item(5_000_00), Item(9_00, "Chaise", "X"), number="F-part")]))
    waiting, ready, begun = (
        filed(world),
        proposed(world),
        draft(world, [bill(number="F-b"), bill(Item(-90_00), number="AV", corrects="F-b")]),
    )
    empty = draft(world, [])
    tabled = draft(world, [])
    with world.app.app_context():
        faulty = loaded(world, tabled.id, TABLE_ROW, TABLE_ROW | {"facture": "T-2", "tva": "x"}).reference
        done = taken(world, tabled.id, TABLE_ROW | {"facture": "T-3"}).reference
    typing = draft(world, [("minimum.xml", MINIMUM), scan(), bill(number="F/part")])
    with world.app.app_context():
        waits = db.session.get_one(Claim, typing.id)
        typed = waits.invoices[0].id, waits.documents[1].reference
        handed = draft(world, [("photo.jpg", photo())])
        enter_by_hand(
            handed.id, db.session.get_one(Claim, handed.id).documents[0].reference, TYPED, world.owner, NOW
        )
        by_hand = filed(world, handed).number
        sent_batch(ON, ON, world.accounting_officer, NOW)
        certificate = db.session.scalars(select(TaxCertificate.number)).first()
        reference = db.session.scalars(
            select(Document.reference).where(Document.claim_id == waiting.id)
        ).one()
        db.session.rollback()
    owner, agent = world.owner.email, world.reviewer.email
    company, claims = "/entreprise/dossiers", "/agent/dossiers"
    pages: dict[str, tuple[str | None, str]] = {
        **{
            path: (None, path)
            for path in (
                "/",
                "/connexion",
                "/verifier",
                "/aide",
                "/reglement/risques",
                "/contact",
                "/mentions-legales",
            )
        },
        **{path: (None, path) for path in ("/donnees-personnelles", "/accessibilite", "/donnees")},
        **{path: (None, f"/solutions{path}") for path in ("", f"/{CLOUD}", "?q=hebergment", "?q=xyzzy")},
        **{
            f"simulator{query}": (None, f"/simulateur{query}")
            for query in ("", "?chercher=oui&q=hebergement", "?usage=ai&montant=90&taille=public", SIMULATED)
        },
        "verified": (None, f"/verifier?numero={certificate}"),
        "company home": (owner, "/entreprise"),
        "company's first visit": (world.neighbour_owner.email, "/entreprise"),
        "new dossier": (owner, f"{company}/nouveau"),
        **{
            f"draft {step}": (owner, f"{company}/{begun.reference}/{step}")
            for step in ("factures", "lignes", "pieces", "depot")
        },
        "new dossier by a table": (owner, f"{company}/nouveau/tableau"),
        **{
            f"tables {step}": (owner, f"{company}/{tabled.reference}/{step}")
            for step in ("tableau", f"tableau/{faulty}", f"tableau/{done}", "factures", "lignes", "depot")
        },
        "draft to type": (owner, f"{company}/{typing.reference}/factures"),
        "typed lines": (owner, f"{company}/{typing.reference}/factures/{typed[0]}/lignes"),
        "typed invoice": (owner, f"{company}/{typing.reference}/documents/{typed[1]}/saisie"),
        "empty draft": (owner, f"{company}/{empty.reference}/depot"),
        "granted": (owner, f"{company}/{granted.number}"),
        "granted in part": (owner, f"{company}/{part.number}"),
        "refused": (owner, f"{company}/{refused.number}"),
        "filed": (owner, f"{company}/{waiting.number}"),
        "notices": (owner, "/entreprise/avis"),
        "no notice": (world.neighbour_owner.email, "/entreprise/avis"),
        "mails": (None, "/demonstration/courriels"),
        "certificates": (owner, "/entreprise/attestations"),
        "one certificate": (owner, f"/entreprise/attestations/{certificate}"),
        "no certificate": (world.neighbour_owner.email, "/entreprise/attestations"),
        "accountant": (world.accountant.email, "/cabinet"),
        "accountant without client": (world.stranger_accountant.email, "/cabinet"),
        **{
            f"queue {key}": (agent, f"{claims}?file={key}")
            for key in ("a-verifier", "a-proposer", "a-relire", "a-decider", "liste-d-attente", "decides")
        },
        "filed, typed by hand": (owner, f"{company}/{by_hand}"),
        "to examine, typed by hand": (agent, f"{claims}/{by_hand}"),
        "to examine": (agent, f"{claims}/{waiting.number}"),
        "to decide": (world.officer.email, f"{claims}/{ready.number}"),
        "decided": (agent, f"{claims}/{granted.number}"),
        "payments": (world.accounting_officer.email, "/agent/paiements"),
        "batch": (world.accounting_officer.email, "/agent/paiements/lots/LOT-2026-000001"),
        **{
            f"orders {name}": (world.accounting_officer.email, f"/agent/paiements/ordres{asked}")
            for name, asked in (
                ("to pay", ""),
                ("all", "?file=tous"),
                ("not found", "?file=tous&recherche=OP-1999"),
                ("mistyped", "?file=tous&de=beaucoup&avant=demain"),
            )
        },
        **undue_pages(world),  # before a change of account holds what is to be paid
        **titre_pages(world),
        **lane_pages(world),  # first: it needs room left under the ceilings
        **desk_pages(world),
        **letter_pages(world),  # before others take the room they need
        **clock_pages(world),
        **registry_pages(world),
        **reporting_pages(world),  # before an aid is declared: it decides
        **space_pages(world),
        **request_pages(world),
        **bulk_pages(world),
        **proposals,
        **sign_up_pages(world),
        **workspace_pages(world),
        **agent_pages(world),
        **job_pages(world),
        **bank_pages(world),
        **budget_pages(world),
        **ledger_pages(world),  # last: it closes a month, in which nothing is entered any more
        "log": (world.administrator.email, "/agent/journal?verifier=1"),
        "not found": (owner, "/inconnu"),
        "not found, by nobody": (None, "/inconnu"),
        "forbidden": (owner, "/agent/journal"),
        "not by reading": (None, "/deconnexion"),
        "not understood": (None, "/aide?a=%00"),
    }
    files = {
        "acknowledgement": (owner, f"{company}/{granted.number}/accuse-de-reception.pdf"),
        "certificate": (owner, f"/entreprise/attestations/{certificate}.pdf"),
        "accountant's certificate": (world.accountant.email, f"/cabinet/attestations/{certificate}.pdf"),
        "document": (agent, f"{claims}/{waiting.number}/documents/{reference}"),
        "proof of an account": (pages["account"][0] or "", f"{pages['account'][1]}/justificatif"),
        "payment file": (world.accounting_officer.email, "/agent/paiements/fichiers/LOT-2026-000001-01.xml"),
    }
    return Site(world.app, pages, files)


def registry_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """The pages of the registry's keeper, about a solution that has lived."""
    keeper, root = world.registry_keeper.email, "/agent/registre"
    with world.app.app_context():
        found = certification_of(AUDIT)
        first = learn(found, "suspended", date(2026, 2, 1), NOW)
        fact, void = mend(first, NOW, happened_on=date(2026, 2, 2)).id, disown(found.facts[2], NOW).id
        note_alias(found.solution, "name", "Pentest", "Bon de commande", world.registry_keeper, NOW)
        alias, own = found.solution.aliases[0].id, f"certifications/{found.id}"
        db.session.commit()
        ending(CLOUD, ON + timedelta(days=90), "NFG")  # the drafts buy it
        announce(NOW)
    solution = f"{root}/solutions/{AUDIT}"
    addresses = {
        "registry": root,
        "registry, nothing found": f"{root}?q=xyzxyz",
        "registry, a mistake": f"{root}?q=hebergemant",
        "solution": solution,
        "solution with criteria": f"{root}/solutions/{CLOUD}",
        "solution then": f"{solution}?au=2026-02-02&connu=2026-01-01",
        "new solution": f"{root}/nouvelle-solution",
        "label choice": f"{solution}/certifications",
        "new certification": f"{solution}/certifications/NFG",
        **{f"event {one}": f"{solution}/{own}/{one}" for one in ("suspension", "retablissement", "retrait")},
        **{
            f"{act} {one}": f"{solution}/{own}/faits/{one}/{act}"
            for act in ("correction", "annulation")
            for one in (fact, void)
        },
        "alias removal": f"{solution}/noms/{alias}/retrait",
        "ends": f"{root}/echeances",
        "ends, to be reached": f"{root}/echeances?suivi=a-joindre",
        "supplier's address": f"{root}/echeances/fournisseurs/{SELLER.siren}",
        "labels": f"{root}/labels",
        "labels then": f"{root}/labels?au=1999-01-01",
        "label": f"{root}/labels/NFG",
        "label then": f"{root}/labels/NFG?au=1999-01-01",
        "new label": f"{root}/labels/nouveau",
        "label version": f"{root}/labels/NFG/version",
    }
    return {name: (keeper, address) for name, address in addresses.items()}
