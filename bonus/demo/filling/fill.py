"""`flask demo fill`: dossiers by hundreds of thousands, with their companies, where each stands and its card.

Rows are drawn in Python, entered in two temporary tables, and copied from there into each table by the database
itself. No file stands behind the documents, and nothing is ever paid: it is there to look at and measure.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Table, func, select, text

from bonus.accounts.models import AgentRole, Person
from bonus.calendar import civil_date
from bonus.claims.card_models import CardKey, ClaimCard, NameWord
from bonus.claims.card_queues import CLOCK_RUNS, QUEUE_OF, TO_READ
from bonus.claims.cards import axis_key, seller_key
from bonus.claims.change_models import StatusChange
from bonus.claims.company_words import words_of
from bonus.claims.models import Claim, DecidedLine, Decision, Document, Invoice, PurchaseLine
from bonus.claims.proposal_models import Proposal
from bonus.claims.reporting_measures import measure
from bonus.claims.request_models import DocumentRequest, RequestedItem
from bonus.companies.models import Company
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.money import amount_string
from bonus.numbering import Counter as Numbers
from bonus.regions import region_of
from bonus.registry.models import Solution, Supplier
from bonus.registry.service import supplier_by_identifier
from bonus.regulation import load_parameters

from ..cast import DemoSolution
from ..seed import enter_offer
from . import copying, money
from .drawing import ANSWER_DAYS, MOST, Companies, Dossiers, Offer, draw_companies, draw_dossiers, due_days
from .names import sirens
from .writing import Writer, writer

Say = Callable[[str], None]
REVIEWERS = 40
_A_COMPANY_EVERY = 4  # dossiers
_READ_ALREADY = 4  # one in so many proposals that are read twice was read, and is to be decided
_TWICE = "examination.concurrence_threshold"
_FIRST_SIREN = 10_000_000
_SELLERS = {
    "cloud": ("Armorique", "Falaise", "Kérosène", "Rivage"),
    "workplace": ("Boréal", "Garance", "Mistral"),
    "cybersecurity": ("Cadence", "Horizon", "Quartz"),
    "data": ("Delta", "Jade", "Nacre", "Tramontane"),
    "ai": ("Écume", "Lumen", "Sillage"),
    "low_code": ("Iris", "Pastel"),
    "quantum": ("Opale",),
}
TABLES: tuple[Table, ...] = tuple(
    model.__table__  # type: ignore[misc]
    for model in (Claim, Document, Invoice, PurchaseLine, StatusChange, Proposal, DocumentRequest, RequestedItem,
                  Decision, DecidedLine, Company, ClaimCard, CardKey, NameWord)
)  # fmt: skip


def fill(count: int, now: datetime, say: Say) -> None:
    """Add so many dossiers to the demonstration's database. Raises Refusal on any other database."""
    require_demonstration()
    if not 1 <= count <= MOST:
        raise Refusal("demo.dossiers", f"Demandez de 1 à {MOST} dossiers.")
    today = civil_date(now)
    say("Fournisseurs et instructeurs…")
    offers, reviewers = _offers(today, now), _reviewers(now)
    first = {table.name: _last_id(table) + 1 for table in TABLES if "id" in table.c}
    seed = first["claims"]
    say("Tirage des entreprises et des dossiers…")
    companies = draw_companies(seed, max(10, count // _A_COMPANY_EVERY), _next_siren(), today)
    dossiers = draw_dossiers(seed, count, companies, offers, len(reviewers), today)
    numbers = _numbers(dossiers)
    officer = db.session.scalars(
        select(AgentRole.person_id).where(AgentRole.role == "authorising_officer").order_by(AgentRole.id)
    ).first()
    if officer is None:
        raise Refusal(
            "demo.no_officer", "Cette démonstration n’a pas d’ordonnateur : recommencez avec --fresh."
        )
    version, orders = load_parameters().version, money.order_numbers(dossiers)
    taken = money.open_credits(dossiers, companies, officer, now)
    with writer() as out, out.unindexed((*TABLES, *money.TABLES) if count >= 50_000 else ()):
        say(f"{len(companies.siren)} entreprises…")
        _write_companies(out, companies, first["companies"], now)
        say(f"{count} dossiers…")
        copying.temporary_tables(out)
        out.rows(
            "fill_dossiers",
            tuple(copying.DOSSIER),
            _dossier_rows(dossiers, companies, numbers, orders, reviewers, first),
        )
        out.rows("fill_invoices", tuple(copying.INVOICE), _invoice_rows(dossiers, offers, first))
        copying.copy_all(out, officer, version, say)
        say("  crédits, ordres de paiement, écritures")
        money.copy_money(out, taken, orders, now, _moment(now.isoformat(sep=" ")[:19]))
        copying.counts(out)
        out.numbered([table for table in TABLES if "id" in table.c])
        out.counted("claims", numbers)
        say("Index…")
    say("Statistiques des tables…")
    _analyse()
    say("Chiffres des mois…")
    measure(now)
    say(f"{count} dossiers ajoutés.")


def require_demonstration() -> None:
    """Raise Refusal unless this is the database of a demonstration, where no company is a real one."""
    real = select(Company.id).where(Company.fictitious.is_(False)).limit(1)
    if not current_app.config["DEMO"] or db.session.scalars(real).first() is not None:
        raise Refusal(
            "demo.real_database",
            "Cette base n’est pas celle d’une démonstration : rien n’y est ajouté.",
        )


def _last_id(table: Table) -> int:
    return db.session.scalar(select(func.max(table.c.id))) or 0


def _next_siren() -> int:
    last = db.session.scalar(select(func.max(Company.siren)).where(Company.siren < "2"))
    return int(last[:8]) + 1 if last else _FIRST_SIREN


def _offers(today: date, now: datetime) -> list[Offer]:
    for axis, name in ((axis, name) for axis, names in _SELLERS.items() for name in names):
        (siren,) = sirens(20_000_000 + sum(name.encode()), 1)
        if supplier_by_identifier(siren) is None:
            offer = DemoSolution((siren, f"{name} Fictive SAS"), f"Offre {name}", None, axis, ("NFG",))
            enter_offer(offer, today, now)
    db.session.commit()
    query = (
        select(Solution.id, Solution.axis, Supplier.identifier, Supplier.name)
        .join(Supplier, Supplier.id == Solution.supplier_id)
        .order_by(Solution.id)
    )
    return [Offer(*row) for row in db.session.execute(query)]


def _reviewers(now: datetime) -> list[int]:
    """The reviewers' ids; as many as REVIEWERS in all, those made here sign in by no password."""
    query = select(AgentRole.person_id).where(AgentRole.role == "reviewer").order_by(AgentRole.id)
    ids = list(db.session.scalars(query))
    for rank in range(len(ids) + 1, REVIEWERS + 1):
        person = Person(
            email=f"instructeur.{rank}@demo.example", name=f"Instructeur n° {rank}", created_at=now
        )
        person.agent_roles = [AgentRole(role="reviewer")]
        db.session.add(person)
        db.session.flush()
        ids.append(person.id)
    return ids


def _numbers(dossiers: Dossiers) -> list[str]:
    given = Counter(
        {one.year: one.last for one in db.session.scalars(select(Numbers).where(Numbers.series == "claims"))}
    )
    numbers = []
    for day in dossiers.filed_on:
        given[day.year] += 1
        numbers.append(f"BS-{day.year}-{given[day.year]:06d}")
    return numbers


def _write_companies(out: Writer, companies: Companies, first: int, now: datetime) -> None:
    columns = (
        "id", "siren", "name", "kind", "naf", "headcount", "turnover_cents", "balance_sheet_cents", "vat_recoverable",
        "postcode", "town", "in_liquidation", "street", "country", "fictitious", "created_at", "identity_source",
        "figures_set_at", "proven_at", "proven_by",
    )  # fmt: skip
    moment = _moment(now.isoformat(sep=" ")[:19])
    fixed = (0, "1 rue de la Démonstration", "FR", 1, moment, "agent", moment, moment, "agent")
    out.rows(
        "companies",
        columns,
        (
            (first + place, *figures, int(figures[2] != "public_body"), town[0], town[1], *fixed)
            for place, (*figures, town) in enumerate(
                zip(
                    companies.siren,
                    companies.name,
                    ("public_body" if public else "enterprise" for public in companies.public),
                    ("62.01Z" for _ in companies.siren),
                    companies.headcount,
                    companies.turnover,
                    companies.balance_sheet,
                    companies.town,
                    strict=True,
                )
            )
        ),
    )
    out.rows(
        "company_name_words",
        ("word", "company_id"),
        ((word, first + place) for place, name in enumerate(companies.name) for word in words_of(name)),
    )


def _moment(text_: str) -> str:
    """A moment as both databases read it, in UTC."""
    return f"{text_}.000000" if db.engine.dialect.name == "sqlite" else f"{text_}+00"


def _dossier_rows(
    dossiers: Dossiers,
    companies: Companies,
    numbers: list[str],
    orders: list[str],
    reviewers: list[int],
    first: dict[str, int],
) -> Iterator[tuple[Any, ...]]:
    due, suspended = due_days(dossiers.filed_on), due_days(dossiers.filed_on, ANSWER_DAYS)
    regions, pay_by = [region_of(postcode) for postcode, _ in companies.town], money.pay_by(dossiers)
    documents, threshold = first["documents"], load_parameters().integer(_TWICE, max(dossiers.filed_on))
    for rank, status in enumerate(dossiers.status):
        filed, acted, company = dossiers.filed_on[rank], dossiers.acted_on[rank], dossiers.company[rank]
        queue, nets, bonus = QUEUE_OF[status], dossiers.nets[rank], sum(dossiers.bonuses[rank])
        twice = bonus > threshold and (status in ("proposed", "waiting_list") or queue == "decides")
        queue = TO_READ if twice and status == "proposed" and rank % _READ_ALREADY else queue
        decision_due = (suspended if status == "awaiting_documents" else due)[filed]
        falls = decision_due if queue in CLOCK_RUNS else None
        if status == "awaiting_documents":
            falls = acted + timedelta(days=ANSWER_DAYS)
        decided = queue == "decides"
        granted = bonus if status in ("granted", "partly_granted") else 0
        hour = _moment(f"{filed.isoformat()} {8 + rank % 9:02d}:{rank % 60:02d}:00")
        place = dossiers.reviewer[rank]
        examiner = (place or rank % len(reviewers) + 1) - 1
        yield (
            first["claims"] + rank, documents + rank, numbers[rank], first["companies"] + company, status, queue,
            reviewers[place - 1] if place else 0, reviewers[examiner],
            reviewers[(examiner + 1) % len(reviewers)], int(twice), hour,
            filed.isoformat(), decision_due.isoformat(), (falls or (acted if decided else filed)).isoformat(),
            falls.isoformat() if falls else None, acted.isoformat(), _moment(f"{acted.isoformat()} 18:00:00"),
            regions[company], companies.size[company], len(nets), sum(nets), granted if decided else bonus,
            f'{{"expected_bonus_cents": {bonus}}}', _result(status, dossiers, rank) if decided else None,
            acted.year, orders[rank], pay_by[acted],
        )  # fmt: skip


def _result(status: str, dossiers: Dossiers, rank: int) -> str:
    lines: list[dict[str, Any]] = [
        {
            "status": line,
            "reason": copying.REASONS.get(line),
            "base": amount_string(base),
            "rate_bp": 0,
            "bonus_before_ceilings": amount_string(bonus),
            "reductions": [],
            "bonus": amount_string(bonus),
            "trace": [],
        }
        for line, base, bonus in _lines(status, dossiers.nets[rank], dossiers.bonuses[rank])
    ]
    return json.dumps({"outcome": status, "lines": lines})


def _lines(status: str, nets: list[int], bonuses: list[int]) -> Iterator[tuple[str, int, int]]:
    line = {"refused": "refused", "pending": "pending"}.get(status, "eligible")
    for net, bonus in zip(nets, bonuses, strict=True):
        yield line, net if line == "eligible" else 0, bonus if line == "eligible" else 0


def _invoice_rows(
    dossiers: Dossiers, offers: list[Offer], first: dict[str, int]
) -> Iterator[tuple[Any, ...]]:
    invoice = first["invoices"]
    for rank, (places, nets, bonuses, status) in enumerate(
        zip(dossiers.offers, dossiers.nets, dossiers.bonuses, dossiers.status, strict=True)
    ):
        issued = (dossiers.filed_on[rank] - timedelta(days=7 + rank % 90)).isoformat()
        for place, net, (line, base, bonus) in zip(places, nets, _lines(status, nets, bonuses), strict=True):
            offer = offers[place]
            number = f"{offer.seller_name[:3].upper()}-{invoice % 1_000_003}"
            key = number.casefold()
            yield (
                invoice, first["claims"] + rank, first["documents"] + rank, offer.solution_id, axis_key(offer.axis),
                seller_key(offer.seller), offer.seller, offer.seller_name, number, key, key.replace("-", ""), issued,
                net, net // 5, line, copying.REASONS.get(line), base, bonus,
            )  # fmt: skip
            invoice += 1


def _analyse() -> None:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
