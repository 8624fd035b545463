"""What has happened already when the demonstration opens: dossiers of one company, each at a step that agents have to
look at. Played through the services, on the days it would have happened; numbers and amounts are fictitious."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from flask import current_app
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select

from bonus.accounts.models import Person
from bonus.accounts.service import actor_of
from bonus.adapters.de_minimis_register import NewAid, RegisterRefusal
from bonus.audit.service import Actor
from bonus.calendar import PARIS, civil_date
from bonus.claims.appeals import file_appeal
from bonus.claims.campaign_draw import Layer
from bonus.claims.campaigns import open_campaign
from bonus.claims.decision import decide
from bonus.claims.documents import join_documents
from bonus.claims.examination import propose
from bonus.claims.filing import file_claim
from bonus.claims.intake import add_files, new_draft
from bonus.claims.lane import lane_entry_of
from bonus.claims.lane_decisions import run_lane
from bonus.claims.models import Claim
from bonus.claims.notification import record_opening
from bonus.claims.silence import record_silences
from bonus.companies.models import Company
from bonus.extensions import db
from bonus.jobs.tasks import perform
from bonus.outbox import OutboxMessage
from bonus.parts import document_store, service_contact
from bonus.payments.batches import make_batch, sign_batch
from bonus.payments.files import send_batch, write_batch
from bonus.registry.models import Supplier

from .invoices import BUYER, SELLER, DemoLine, make_invoice

BEGAN = 75
"""How many days ago the story begins: agents and registry are there from then on."""
_CLOUD = ("Hébergement cloud qualifié, un mois", "CLOUD-24")
_AUDIT = ("Audit de cybersécurité, mission", "AUDIT-JOUR")
_GROUNDS = (
    "La ligne refusée est la suite bureautique collaborative de Nuage Fictif, sous un autre nom : elle est labellisée. "
    "Nous joindrons son attestation si vous le souhaitez."
)
_TRIES = 4
"""A dossier may be drawn for examination (5 %): another one is then filed, to show one that was not."""


@dataclass
class Story:
    """The story told until ``now``."""

    now: datetime

    def tell(self) -> None:
        """Play it, the oldest day first."""
        self._reach_the_seller()
        self._file(70, "NF-1001", (_CLOUD, 3_000_00))  # nobody answers it: silence refuses
        paid = self._file(40, "NF-1014", (_CLOUD, 6_000_00), (("Bureautique en ligne", "BUREAU-X"), 1_500_00))
        self._decide(paid, 38, 36)
        with (
            _register_that_refuses()
        ):  # a failed job to look at, late by now: it will be taken when tried again
            self._jobs(36)
        self._pay(34)
        self._jobs(34)
        run_lane(0, self._at(9))
        self._in_lane(8, "NF-1021")
        self._jobs(8)
        record_silences(self._at(7))
        second = self._file(6, "NF-1027", (_AUDIT, 150_000_00))
        self._appeal(paid, 6)
        self._file(5, "NF.1014", (_CLOUD, 6_000_00))  # as paid already, but for a full stop: a risk flag
        propose(
            second.id, "apply", "", self._who("instructrice"), self._at(4)
        )  # above the threshold: read again
        ready = self._file(4, "NF-1029", (_CLOUD, 12_000_00))
        propose(ready.id, "apply", "", self._who("instructrice"), self._at(3))
        for day in (3, 1):
            run_lane(0, self._at(day))
            self._jobs(day)
            if day == 3:
                self._in_lane(2, "NF-1033")
                self._jobs(2)
        today = civil_date(self.now)
        layers = [Layer(0, 29, size=1), Layer(30, None, size=5)]
        open_campaign(
            "Contrôle de l’automne",
            today - timedelta(days=60),
            today,
            layers,
            self._who("ordonnateur"),
            self._at(1),
        )
        self._jobs(1)

    def _at(self, days_ago: int) -> datetime:
        return datetime.combine(civil_date(self.now) - timedelta(days=days_ago), time(10), PARIS)

    def _who(self, name: str) -> Actor:
        return actor_of(
            db.session.scalars(select(Person).where(Person.email == f"{name}@demo.example")).one()
        )

    def _filer(self) -> Actor:
        person = self._who("entreprise")
        return Actor(person.name, person.person_id, roles=frozenset({"company"}))

    def _reach_the_seller(self) -> None:
        seller = db.session.scalars(select(Supplier).where(Supplier.identifier == SELLER.siren)).one()
        seller.email = "certifications@nuage.demo.example"
        db.session.commit()

    def _file(self, days_ago: int, number: str, *lines: tuple[tuple[str, str], int]) -> Claim:
        now, filer, store = self._at(days_ago), self._filer(), document_store()
        company = db.session.scalars(select(Company).where(Company.siren == BUYER.siren)).one()
        draft = new_draft(company, filer, now)
        items = [DemoLine(name, reference, 1, cents) for (name, reference), cents in lines]
        issued_on = civil_date(now) - timedelta(days=20)
        add_files(draft.id, [make_invoice(number, issued_on, items)], store, filer, now)
        proof = ("virement.pdf", _page(f"Virement de la facture {number}"))
        join_documents(draft.id, "payment_proof", [proof], store, filer, now)
        return file_claim(draft.id, service_contact(), filer, now)

    def _in_lane(self, days_ago: int, number: str) -> None:
        for rank in range(1, _TRIES + 1):
            claim = self._file(days_ago, f"{number}-{rank}", (_CLOUD, 1_000_00))
            entry = lane_entry_of(claim.id)
            if entry is not None and entry.state == "waiting":
                return

    def _decide(self, claim: Claim, proposed: int, decided: int) -> None:
        propose(claim.id, "apply", "", self._who("instructrice"), self._at(proposed))
        decide(claim.id, "apply", "", self._who("ordonnateur"), self._at(decided))

    def _appeal(self, claim: Claim, days_ago: int) -> None:
        now, filer = self._at(days_ago), self._filer()
        record_opening(claim, filer, now)
        file_appeal(claim.id, 1, _GROUNDS, [], document_store(), filer, now)

    def _pay(self, days_ago: int) -> None:
        """One accounting officer makes the batch, the other signs it; its file goes to the bank (art. 12)."""
        now, day = self._at(days_ago), civil_date(self._at(days_ago))
        officer, signer = self._who("comptable"), self._who("signature")
        batch = make_batch(day, day, officer, now)
        sign_batch(batch.number, signer, now)
        write_batch(batch.number, signer, now)
        send_batch(batch.number, officer, now)

    def _jobs(self, days_ago: int) -> None:
        """Do what was asked for, as the worker does, on that day."""
        undone = select(OutboxMessage.id).where(OutboxMessage.done_at.is_(None)).order_by(OutboxMessage.id)
        while ids := db.session.scalars(undone).all():
            db.session.rollback()
            for message_id in ids:
                perform(message_id, self._at(days_ago))
            if db.session.scalars(undone).all() == ids:
                return  # what cannot be done yet is left to the worker
        db.session.rollback()


class _Refusing:
    """A central register that refuses what it is told."""

    def enter(self, _aid: NewAid) -> str:
        raise RegisterRefusal(
            "register.refused",
            "Le registre central refuse cette inscription : bénéficiaire à confirmer auprès de son gestionnaire.",
        )


@contextmanager
def _register_that_refuses() -> Iterator[None]:
    current_app.extensions["bonus.de_minimis_register"] = _Refusing()
    try:
        yield
    finally:
        del current_app.extensions["bonus.de_minimis_register"]


def _page(words: str) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.drawString(72, 720, words)
    canvas.save()
    return file.getvalue()
