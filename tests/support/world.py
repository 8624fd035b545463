"""A small named cast on a migrated database, and dossiers carried as far as a test wants.

``build_world(app)`` enters everything and gives back plain values: they outlive any session. The
functions that follow use the application context that is pushed, or push their own; each ends its
transaction, so a view may be called next (SQLite has one writer).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from flask import Flask, has_app_context
from sqlalchemy import select

from bonus.accounts.models import AccountingFirm, Person
from bonus.accounts.service import add_person
from bonus.adapters.seal import make_demo_key
from bonus.audit.service import SERVICE, Actor
from bonus.budget.acts import acts_of, write_act
from bonus.budget.models import Envelope
from bonus.calendar import add_years
from bonus.certificates.service import request_certificate
from bonus.claims.assessing import assess
from bonus.claims.concurrence import awaits_concurrence, concur
from bonus.claims.decision import decide
from bonus.claims.examination import propose
from bonus.claims.filing import file_claim
from bonus.claims.intake import add_files, new_draft
from bonus.claims.models import Claim
from bonus.companies.models import Company
from bonus.demo.cast import PASSWORD
from bonus.demo.invoices import BUYER, DemoParty
from bonus.demo.seed import add_fiscal_years, fictitious_company, seed
from bonus.errors import NotFound
from bonus.extensions import db
from bonus.jobs.tasks import perform
from bonus.outbox import OutboxMessage
from bonus.parts import document_store, service_contact

from .bills import File, bill
from .files import alone, run_folder
from .seeded import fill

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ON = date(2026, 11, 22)
# Its fiscal year is closed from the first of January on: certificates may be asked for (art. 15).
YEAR_END = date(2026, 12, 31)
YEAR_CLOSED = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
# When registry and people were entered: any day of 2026 can be played.
GROUND = "not_paid"  # of the regulation, for refusals
ENTERED = datetime(2026, 1, 2, 9, 0, tzinfo=UTC)
SEAL_PASSPHRASE = "the seal's passphrase, for tests"

# The registry's slugs: CLOUD has two labels (30 + 10 + 5 = 45 % for an sme), the others one.
CLOUD, SUITE, AUDIT, DATA = (
    "hebergement-cloud-qualifie",
    "suite-bureautique-collaborative",
    "audit-de-cybersecurite",
    "plateforme-de-donnees-souveraine",
)
NEIGHBOUR = DemoParty(
    "Voisin Fictif SARL", "900400508", "90040050800011", "FR50900400508", "1 rue d’à côté", "69003", "Lyon"
)


@dataclass(frozen=True)
class Someone(Actor):
    """A person of the cast: what services take, and the address to sign in with (``PASSWORD``)."""

    email: str = ""


@dataclass(frozen=True)
class World:
    """Who is there. ``company`` files and is an ``sme``; ``neighbour`` is another, for what is not one's own."""

    app: Flask
    company_id: int
    neighbour_id: int
    owner: Someone
    neighbour_owner: Someone
    reviewer: Someone
    other_reviewer: Someone
    second_reader: Someone  # who confirms what is above the threshold
    officer: Someone
    other_officer: Someone
    accounting_officer: Someone
    other_accounting_officer: Someone
    registry_keeper: Someone
    administrator: Someone
    accountant: Someone  # with a mandate from ``company``
    stranger_accountant: Someone  # of a firm without any mandate


@dataclass(frozen=True)
class Dossier:
    """How a claim is called: in the database, in addresses, by people."""

    id: int
    reference: str
    number: str | None


def build_world(app: Flask) -> World:
    """The demonstration's registry, budget and people, then a neighbour and a second of each agent.

    The application plays on ``NOW`` and has a seal.
    """
    app.config["CLOCK"] = lambda: NOW
    app.config["SEAL_KEY_FILE"] = str(seal_key())
    app.config["SEAL_KEY_PASSPHRASE"] = app.config["CODE_KEY_PASSPHRASE"] = SEAL_PASSPHRASE
    app.config["CODE_KEY_FILE"] = str(code_key())
    with app.app_context():
        fill(_enter_everything)
        people, companies = _cast(run_folder())
        db.session.rollback()
    return World(
        app=app,
        company_id=companies[BUYER.siren],
        neighbour_id=companies[NEIGHBOUR.siren],
        owner=people["entreprise"],
        neighbour_owner=people["voisin"],
        reviewer=people["instructrice"],
        other_reviewer=people["reviewer.2"],
        second_reader=people["relecture"],
        officer=people["ordonnateur"],
        other_officer=people["authorising_officer.2"],
        accounting_officer=people["comptable"],
        other_accounting_officer=people["accounting_officer.2"],
        registry_keeper=people["registre"],
        administrator=people["administrateur"],
        accountant=people["cabinet"],
        stranger_accountant=people["autre.cabinet"],
    )


@lru_cache(maxsize=1)
def _cast(_run: Path) -> tuple[dict[str, Someone], dict[str, int]]:
    """Who was entered, by the start of the address, and each company's id: the same in every database of a run."""
    people = {
        person.email.partition("@")[0]: Someone(
            person.name, person.id, "192.0.2.7", person.roles, person.email
        )
        for person in db.session.scalars(select(Person))
    }
    return people, {company.siren: company.id for company in db.session.scalars(select(Company))}


def _enter_everything() -> None:
    seed(ON, ENTERED)
    neighbour = fictitious_company(NEIGHBOUR, ENTERED)
    add_fiscal_years(neighbour, ON)
    firm = AccountingFirm(siren="900900903", name="Autre Cabinet Fictif")
    db.session.add(firm)
    db.session.flush()
    add_person("voisin@demo.example", "Lou Voisin", PASSWORD, ENTERED, company_id=neighbour.id)
    add_person("autre.cabinet@demo.example", "Marc Autre", PASSWORD, ENTERED, firm_id=firm.id)
    for role in ("reviewer", "authorising_officer", "accounting_officer"):
        add_person(f"{role}.2@demo.example", f"Second {role}", PASSWORD, ENTERED, agent_roles=(role,))
    db.session.commit()


def seal_key() -> Path:
    """A key that seals, made once a run."""
    return _seal_key(run_folder())


@lru_cache(maxsize=1)
def _seal_key(run: Path) -> Path:
    path = run / "seal.p12"
    with alone("seal"):
        make_demo_key(path, SEAL_PASSPHRASE, valid_from=NOW - timedelta(days=300), name="Cachet des tests")
    return path


def code_key() -> Path:
    """A key that signs codes, made once a run."""
    path = run_folder() / "codes.p12"
    with alone("codes"):
        since = NOW - timedelta(days=300)
        make_demo_key(path, SEAL_PASSPHRASE, valid_from=since, name="BS01", authority="FR99")
    return path


# ---------------------------------------------------------------- dossiers, as far as wanted


def draft(
    world: World,
    files: Iterable[File] | None = None,
    *,
    company_id: int | None = None,
    owner: Actor | None = None,
    now: datetime = NOW,
) -> Dossier:
    """A draft that holds files (by default one bill of 10 000 €); every one of them must be taken."""
    with _context(world):
        company = db.session.get_one(Company, company_id or world.company_id)
        owner = owner or (world.owner if company.id == world.company_id else world.neighbour_owner)
        if files is None:
            files = [bill(buyer=party_of(company))]
        claim_id = new_draft(company, owner, now).id
        results = add_files(claim_id, files, document_store(), owner, now)
        assert [result.sentence for result in results if result.sentence] == []
        return _dossier(claim_id)


def filed(world: World, dossier: Dossier | None = None, *, now: datetime = NOW) -> Dossier:
    """A dossier that its company has filed."""
    dossier = dossier or draft(world, now=now)
    with _context(world):
        claim = db.session.get_one(Claim, dossier.id)
        owner = world.owner if claim.company_id == world.company_id else world.neighbour_owner
        file_claim(dossier.id, service_contact(), owner, now)
        return _dossier(dossier.id)


def proposed(
    world: World,
    dossier: Dossier | None = None,
    *,
    outcome: str = "apply",
    reasons: str = "",
    now: datetime = NOW,
) -> Dossier:
    """A filed dossier that the reviewer proposes to decide; a draft is filed first."""
    dossier = _filed_if_draft(world, dossier, now)
    with _context(world):
        propose(
            dossier.id, outcome, reasons, world.reviewer, now, ground=GROUND if outcome == "refuse" else ""
        )
        return _dossier(dossier.id)


def decided(
    world: World,
    dossier: Dossier | None = None,
    *,
    outcome: str = "apply",
    reasons: str = "",
    now: datetime = NOW,
) -> Dossier:
    """A dossier decided by the authorising officer (or put on the waiting list): filed and proposed first, and above
    the threshold confirmed by the second reader."""
    dossier = proposed(world, dossier, now=now)
    with _context(world):
        confirmed(world, dossier, now=now)
        decide(dossier.id, outcome, reasons, world.officer, now, ground=GROUND if outcome == "refuse" else "")
        return _dossier(dossier.id)


def confirmed(world: World, dossier: Dossier, *, now: datetime = NOW) -> None:
    """A proposal that the second reader confirms, where its amount asks for it."""
    with _context(world):
        claim = db.session.get_one(Claim, dossier.id)
        if awaits_concurrence(claim, assess(claim, now).bonus_cents, now):
            concur(dossier.id, world.second_reader, now)


def settled(world: World, dossier: Dossier | None = None, *, now: datetime = NOW) -> Dossier:
    """A decided dossier whose jobs are done: its payment order is there; and the certificate of its year, as its
    company will ask for it once the year is closed."""
    dossier = decided(world, dossier, now=now)
    run_jobs(world, now)
    with _context(world), suppress(NotFound):
        company_id = db.session.get_one(Claim, dossier.id).company_id
        certified(world, company_id=company_id)
    return dossier


def close_year(world: World, end: date) -> None:
    """Make of the twelve months that end on a day a fiscal year of the company, between two others."""
    with _context(world):
        starts = [add_years(end + timedelta(days=1), years) for years in (-2, -1, 0, 1)]
        years = db.session.get_one(Company, world.company_id).fiscal_years
        for year, start, following in zip(years, starts, starts[1:], strict=False):
            year.starts_on, year.ends_on = start, following - timedelta(days=1)
        db.session.commit()


def certified(
    world: World, *, company_id: int | None = None, end: date = YEAR_END, now: datetime = YEAR_CLOSED
) -> str:
    """The number of the certificate that a company asks for, of a fiscal year that is closed then."""
    with _context(world):
        try:
            return request_certificate(company_id or world.company_id, end, SERVICE, now).number
        finally:
            db.session.rollback()


def run_jobs(world: World, now: datetime = NOW) -> int:
    """Do what the outbox asks, as the worker does; returns how many messages there were."""
    with _context(world):
        ids = list(
            db.session.scalars(
                select(OutboxMessage.id).where(OutboxMessage.done_at.is_(None)).order_by(OutboxMessage.id)
            )
        )
        db.session.rollback()
        for message_id in ids:
            perform(message_id, now)
        return len(ids)


def set_envelope(world: World, authorised_cents: int, year: int = ON.year) -> None:
    """Leave this much open in a budget year, by an act; nobody is asked to serve those who wait."""
    with _context(world):
        envelope = db.session.get_one(Envelope, year)
        delta = authorised_cents - (envelope.authorised_cents - envelope.committed_cents)
        if delta:
            reference = f"Acte d’essai {len(acts_of(year))}"
            write_act(envelope, "amendment", delta, reference, ENTERED.date(), SERVICE, ENTERED)
        db.session.commit()


def another_company(world: World, siren: str, change: Callable[[Company], None] | None = None) -> int:
    """The id of one more company, an ``sme`` with a checked account unless ``change`` makes it another."""
    with _context(world):
        party = replace(BUYER, name=f"Entreprise {siren}", siren=siren)
        company = fictitious_company(party, ENTERED)
        add_fiscal_years(company, ON)
        if change is not None:
            change(company)
        db.session.commit()
        return company.id


def party_of(company: Company) -> DemoParty:
    """A company as the buyer of an invoice."""
    return DemoParty(company.name, company.siren, "", "", company.street, company.postcode, company.town)


def _filed_if_draft(world: World, dossier: Dossier | None, now: datetime) -> Dossier:
    return dossier if dossier and dossier.number else filed(world, dossier, now=now)


def _dossier(claim_id: int) -> Dossier:
    claim = db.session.get_one(Claim, claim_id)
    dossier = Dossier(claim.id, claim.reference, claim.number)
    db.session.rollback()
    return dossier


@contextmanager
def _context(world: World) -> Iterator[None]:
    if has_app_context():
        yield
    else:
        with world.app.app_context():
            yield
