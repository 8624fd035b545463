"""The whole main job without a browser: from invoices to a payment file and a sealed certificate."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

import structlog
from flask import Flask
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import select

from bonus import create_app
from bonus.accounts.models import AgentRole, Person
from bonus.accounts.service import actor_of
from bonus.adapters.einvoice import EInvoice, check_size, read_invoice
from bonus.audit.service import Actor
from bonus.calendar import PARIS, format_date
from bonus.certificates.service import request_certificate
from bonus.certificates.stating import fiscal_year_of
from bonus.claims.assessing import assess
from bonus.claims.concurrence import awaits_concurrence, concur
from bonus.claims.decision import decide
from bonus.claims.examination import propose
from bonus.claims.filing import file_claim
from bonus.claims.intake import add_files, new_draft
from bonus.claims.models import Claim, Decision
from bonus.claims.status import STATUSES
from bonus.companies.models import Company
from bonus.errors import InvalidInput, Refusal
from bonus.extensions import db
from bonus.jobs import tasks
from bonus.jobs.queue import connection, queue
from bonus.jobs.relay import dispatch
from bonus.money import format_euros
from bonus.outbox import OutboxMessage
from bonus.parts import document_store, service_contact
from bonus.payments.batches import make_batch, sign_batch
from bonus.payments.files import send_batch, write_batch

from .folder import migrate, settings_of
from .invoices import make_invoices
from .newcomers import buyer_of, choose_entered_offers, enter_unknown_seller
from .processes import EmbeddedServices
from .report import OutputFolder, claim_report, decision_report
from .seed import seed
from .words import why

Say = Callable[[str], None]


@dataclass
class ReadFile:
    """A file that could be read, with its bytes and what it says."""

    name: str
    data: bytes
    invoice: EInvoice


@dataclass
class Job:
    """One run: the day it is played on, where it writes, how it speaks, and how many files it refused."""

    on: date
    out: OutputFolder
    say: Say
    faults: int = 0
    _step: int = field(default=0)

    @property
    def now(self) -> datetime:
        return datetime.combine(self.on, time(10), PARIS)

    def step(self, sentence: str) -> None:
        """Print the next numbered step."""
        self._step += 1
        self.say(f"{self._step:2d}. {sentence}")

    def fault(self, name: str, sentence: str) -> None:
        """Name a file that cannot be taken, and why."""
        self.faults += 1
        self.say(f" ✗  {name} : {sentence}")


def run(paths: Iterable[Path], on: date, out: Path, say: Say) -> int:
    """Do the job for some files, or for three invoices of our own; returns the exit status (0, or 1)."""
    # We speak ourselves.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    output = OutputFolder(out)
    output.prepare()
    job = Job(on, output, say)
    given = list(paths)
    with tempfile.TemporaryDirectory(prefix="bonus-") as temporary:
        folder = Path(temporary)
        settings = settings_of(folder, "http://127.0.0.1:5000", job.now) | {"CLOCK": lambda: job.now}
        environment = {name: str(value) for name, value in settings.items() if name != "CLOCK"}
        with EmbeddedServices(folder / "services", environment, worker=False, relay=False) as services:
            app = create_app(settings | {"REDIS_URL": services.redis_url})
            migrate(app)
            with app.app_context():
                seed(on, job.now)
                job.step(f"Base, registre et file prêts ; le droit est celui du {format_date(on)}.")
                files = _read_given(given, job) if given else _read_own(job)
                rank = 1
                for company_id, group in _by_buyer(files, job):
                    if _one_dossier(app, company_id, group, rank, job):
                        rank += 1
                db.session.remove()
                db.engine.dispose()
    return 1 if job.faults else 0


def _read_own(job: Job) -> list[ReadFile]:
    made = make_invoices(job.on)
    job.step(f"{len(made)} factures de démonstration fabriquées : {', '.join(name for name, _ in made)}.")
    return [file for name, data in made if (file := _read(name, data, job))]


def _read_given(paths: list[Path], job: Job) -> list[ReadFile]:
    files = []
    for path in paths:
        # A name need not be UTF-8; a database's text must.
        name = os.fsencode(path.name).decode(errors="replace")
        try:
            check_size(path.stat().st_size)
            data = path.read_bytes()
        except InvalidInput as refusal:
            job.fault(name, refusal.sentence)
        except OSError as error:
            job.fault(name, f"Ce fichier ne peut pas être lu ({why(error)}).")
        else:
            if file := _read(name, data, job):
                files.append(file)
    return files


def _read(name: str, data: bytes, job: Job) -> ReadFile | None:
    try:
        invoice = read_invoice(data)
    except InvalidInput as refusal:
        job.fault(name, refusal.sentence)
        return None
    kind = "avoir" if invoice.is_credit_note else "facture"
    count = len(invoice.lines)
    job.step(
        f"{name} lu : {kind} {invoice.number} du {format_date(invoice.issued_on)}, {invoice.seller.name} → "
        f"{invoice.buyer.name}, {count} ligne{'s' if count > 1 else ''}, {format_euros(invoice.totals.net)} HT."
    )
    for warning in invoice.warnings:
        job.say(f"    ! {warning}")
    return ReadFile(name, data, invoice)


def _by_buyer(files: list[ReadFile], job: Job) -> list[tuple[int, list[ReadFile]]]:
    """The files of each buyer, in the order met: a dossier is one company's."""
    groups: dict[int, list[ReadFile]] = {}
    for file in files:
        try:
            company = buyer_of(file.invoice, job.on, job.now, job.step)
        except InvalidInput as refusal:
            job.fault(file.name, refusal.sentence)
            continue
        groups.setdefault(company.id, []).append(file)
        enter_unknown_seller(file.invoice, job.on, job.now, job.step)
    return list(groups.items())


def _one_dossier(app: Flask, company_id: int, files: list[ReadFile], rank: int, job: Job) -> bool:
    """A dossier from draft to certificate; False when none of its files could be taken."""
    company = db.session.get_one(Company, company_id)
    filer = _filer(company)
    draft = new_draft(company, filer, job.now)
    results = add_files(draft.id, [(f.name, f.data) for f in files], document_store(), filer, job.now)
    for result in results:
        if result.sentence:
            job.fault(result.name, result.sentence)
    if not draft.invoices:
        return False
    choose_entered_offers(draft, filer, job.now)
    claim = file_claim(draft.id, service_contact(), filer, job.now)
    job.out.write_json("claim.json", rank, claim_report(claim))
    assert claim.decision_due_on is not None
    job.step(
        f"Dossier {claim.number} déposé pour {company.name} (SIREN {company.siren}) ; réponse due le "
        f"{format_date(claim.decision_due_on)}, le silence vaut rejet (art. 11)."
    )
    reviewer, officer = _agent("reviewer"), _agent("authorising_officer")
    propose(claim.id, "apply", "", reviewer, job.now)
    job.step(f"{reviewer.name} (instruction) propose d’appliquer le calcul du règlement.")
    _read_again(claim, reviewer, job)
    decide(claim.id, "apply", "", officer, job.now)
    decision = db.session.scalars(select(Decision).where(Decision.claim_id == claim.id)).one_or_none()
    if decision is None:
        job.step(f"{officer.name} (ordonnateur) : {STATUSES[claim.status]} (art. 10).")
        return True
    _say_decision(decision, officer, job)
    job.out.write_json("decision.json", rank, decision_report(decision))
    _run_queue(app, job)
    if decision.bonus_cents:
        _pay(rank, job)
        _hand_certificate(rank, decision, job)
    return True


def _filer(company: Company) -> Actor:
    return Actor(f"démonstration pour {company.name}"[:100], roles=frozenset({"company"}))


def _say_decision(decision: Decision, officer: Actor, job: Job) -> None:
    said = f"{STATUSES[decision.outcome].lower()}, bonus {format_euros(decision.bonus_cents)}"
    job.step(f"{officer.name} (ordonnateur) décide : {said}.")
    for line in decision.reasons.splitlines():
        job.say(f"    - {line}")


def _read_again(claim: Claim, reviewer: Actor, job: Job) -> None:
    """Above the threshold, another reviewer confirms what one proposes (art. 12)."""
    if not awaits_concurrence(claim, assess(claim, job.now).bonus_cents, job.now):
        return
    second = _agent("reviewer", besides=reviewer)
    concur(claim.id, second, job.now)
    job.step(f"{second.name} (seconde instruction) confirme : le bonus dépasse le seuil (art. 12).")


def _agent(role: str, besides: Actor | None = None) -> Actor:
    person = db.session.scalars(
        select(Person)
        .join(AgentRole, AgentRole.person_id == Person.id)
        .where(AgentRole.role == role, Person.id != (besides.person_id if besides else 0))
        .order_by(Person.id)
    ).first()
    if person is None:
        raise Refusal("demo.nobody", "La démonstration n’a personne pour ce rôle : recommencez avec --fresh.")
    return actor_of(person)


def _run_queue(app: Flask, job: Job) -> None:
    """Send the outbox through RQ and let a worker do what is queued, in this process and on the played day."""
    count = dispatch(now=job.now)
    if not count:
        return
    tasks.bind(app)
    redis = connection()
    worker = SimpleWorker([queue(redis)], connection=redis, serializer=JSONSerializer)
    worker.log_job_description = False
    with _signals_kept():
        worker.work(burst=True, logging_level="ERROR")
    for message in db.session.scalars(select(OutboxMessage).where(OutboxMessage.done_at.is_(None))):
        job.fault(f"tâche {message.key}", message.last_error or "elle n’a pas été faite.")
    job.step(f"{count} tâche{'s' if count > 1 else ''} passée{'s' if count > 1 else ''} par la file RQ.")


@contextlib.contextmanager
def _signals_kept() -> Iterator[None]:
    """RQ's worker takes Ctrl-C and SIGTERM for itself and does not give them back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _pay(rank: int, job: Job) -> None:
    officer = _agent("accounting_officer")
    signer = _agent("accounting_officer", besides=officer)
    try:
        batch = make_batch(job.on, job.on, officer, job.now)
        sign_batch(batch.number, signer, job.now)
        write_batch(batch.number, signer, job.now)
    except Refusal as refusal:
        job.step(f"Paiement retenu : {refusal.sentence}")
        return
    path = job.out.write("payment.xml", rank, batch.files[0].content)
    send_batch(batch.number, officer, job.now)
    total = format_euros(batch.total_cents)
    said = f"{officer.name} (agent comptable) constitue le lot {batch.number}, {total}"
    job.step(f"{said} ; {signer.name} le signe : {path.name}.")


def _hand_certificate(rank: int, decision: Decision, job: Job) -> None:
    """The certificate of its last fiscal year, asked for on the morning after that year is closed (art. 15)."""
    company = decision.claim.company
    _, end = fiscal_year_of(
        company, max(line.line.invoice.issued_on for line in decision.lines if line.bonus_cents)
    )
    asked = max(datetime.combine(end + timedelta(days=1), time(10), PARIS), job.now)
    certificate = request_certificate(company.id, end, _filer(company), asked)
    path = job.out.write("certificate.pdf", rank, certificate.pdf)
    said = f"Exercice clos le {format_date(end)} : attestation fiscale {certificate.number}"
    job.step(f"{said} demandée le {format_date(asked.date())}, délivrée et scellée : {path.name}.")
