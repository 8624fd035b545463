"""From the facts of a scenario (plain JSON data) to columns.

The form is that of ``flask evaluate``; unknown keys are left alone here. Optional additions serve
decisions: ``prior.grants`` (what earlier decisions granted, to any member of the single undertaking),
``prior.other_aids`` (de minimis aids of members that are not among the beneficiaries) and
``prior.held_invoices`` (what claims filed before hold); a claim's ``decided_base``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stdnum import luhn

from bonus.regulation.columns import (
    MAX_CENTS,
    NO_DAY,
    NONE,
    REINSTATED,
    SUSPENDED,
    WITHDRAWN,
    Beneficiaries,
    OtherAids,
    Portfolio,
    PriorGrants,
    Registry,
    bool_column,
    int_column,
)
from bonus.regulation.facts_claims import ClaimsReader
from bonus.regulation.facts_years import FiscalYearLists
from bonus.regulation.links import components
from bonus.regulation.reader import InvalidFacts, Node, Numbers
from bonus.regulation.values import Parameters

_EVENTS = {"suspended": SUSPENDED, "reinstated": REINSTATED, "withdrawn": WITHDRAWN}
_KINDS = ("enterprise", "public_body")
_MAX_HEADCOUNT = 100_000_000


def valid_siren(siren: str) -> bool:
    """Nine digits that pass Luhn's check (art. 2.1)."""
    return len(siren) == 9 and siren.isascii() and siren.isdigit() and bool(luhn.is_valid(siren))


def read_facts(facts: Mapping[str, Any], parameters: Parameters) -> Portfolio:
    """Turn facts into columns. Raises InvalidFacts with every fault and its JSON path."""
    faults: list[tuple[str, str]] = []
    top = Node(facts, faults)
    parties, solutions = Numbers(), Numbers()
    registry = _read_registry(top.child("registry"), parties, solutions, parameters)
    links, aids = _Links([], []), _AidLists([], [], [])
    years = FiscalYearLists()
    beneficiaries = _read_beneficiaries(top, parties, links, aids, years)
    rows = {siren: row for row, siren in enumerate(beneficiaries.siren)}
    claims = ClaimsReader(top, parties, beneficiaries=rows, solutions=dict(solutions.of))
    # After the registry: the solutions of earlier grants take the numbers that follow its own.
    prior = _read_grants(top.optional("prior"), parties, solutions)
    for node in top.optional("prior").nodes("other_aids"):
        aids.read(node, parties[node.text("beneficiary")])
    if faults:
        raise InvalidFacts(faults)
    return Portfolio(
        registry=registry,
        beneficiaries=beneficiaries,
        parties=list(parties.of),
        group=components(len(parties.of), links.group),
        undertaking=components(len(parties.of), links.undertaking),
        claims=claims.claims(),
        invoices=claims.invoices(),
        lines=claims.lines(),
        prior=prior,
        other_aids=OtherAids(int_column(aids.party), int_column(aids.granted_on), int_column(aids.amount)),
        fiscal_years=years.columns(),
    )


def _read_registry(top: Node, parties: Numbers, solutions: Numbers, parameters: Parameters) -> Registry:
    axes = parameters.codes("axis")
    labels = Numbers(parameters.codes("label"))
    axis, supplier, first_certification, first_event = [], [], [0], [0]
    label, valid_from, valid_until = [], [], []
    event_type, event_on, event_retroactive = [], [], []
    for row, node in enumerate(top.nodes("solutions", required=True)):
        if solutions[node.text("id")] != row:
            node.fault("id", "une autre solution porte déjà cet identifiant")
        supplier.append(parties[node.text("supplier_id")])
        axis.append(axes.index(node.choice("axis", axes)))
        for certification in node.nodes("certifications", required=True):
            label.append(labels[certification.text("label")])
            valid_from.append(certification.day("valid_from"))
            valid_until.append(certification.day("valid_until"))
            events = [_read_event(event) for event in certification.nodes("events")]
            for on, kind, retroactive in sorted(events, key=lambda event: event[0]):
                event_on.append(on)
                event_type.append(kind)
                event_retroactive.append(retroactive)
            first_event.append(len(event_on))
        first_certification.append(len(label))
    return Registry(
        ids=list(solutions.of),
        axis=int_column(axis),
        supplier=int_column(supplier),
        first_certification=int_column(first_certification),
        label=int_column([code if code < len(parameters.codes("label")) else NONE for code in label]),
        label_names=[list(labels.of)[code] for code in label],
        valid_from=int_column(valid_from),
        valid_until=int_column(valid_until),
        first_event=int_column(first_event),
        event_type=int_column(event_type),
        event_on=int_column(event_on),
        event_retroactive=bool_column(event_retroactive),
    )


def _read_event(event: Node) -> tuple[int, int, bool]:
    kind = _EVENTS[event.choice("type", tuple(_EVENTS))]
    return event.day("on"), kind, event.flag("retroactive", default=False)


@dataclass(frozen=True)
class _Links:
    """The links met, as pairs of parties: of the group (size) and of the single undertaking (control)."""

    group: list[tuple[int, int]]
    undertaking: list[tuple[int, int]]


@dataclass(frozen=True)
class _AidLists:
    """The other de minimis aids being read, one list a column."""

    party: list[int]
    granted_on: list[int]
    amount: list[int]

    def read(self, node: Node, party: int) -> None:
        self.party.append(party)
        self.granted_on.append(node.day("granted_on"))
        self.amount.append(node.amount("amount", MAX_CENTS))
        if self.amount[-1] < 0:
            node.fault("amount", "une aide ne peut pas être négative")


def _read_beneficiaries(
    top: Node, parties: Numbers, links: _Links, aids: _AidLists, years: FiscalYearLists
) -> Beneficiaries:
    rows: dict[str, int] = {}
    divisions = Numbers()
    party, public_body, headcount, turnover, balance_sheet = [], [], [], [], []
    naf, ceased_on, in_liquidation, vat_recoverable = [], [], [], []
    for row, node in enumerate(top.nodes("beneficiaries", required=True)):
        siren = node.text("siren")
        if rows.setdefault(siren, row) != row:
            node.fault("siren", "un autre bénéficiaire porte déjà ce SIREN")
        party.append(parties[siren])
        public_body.append(node.choice("kind", _KINDS) == "public_body")
        headcount.append(node.integer("headcount", 0, _MAX_HEADCOUNT))
        turnover.append(node.amount("turnover", MAX_CENTS))
        balance_sheet.append(node.amount("balance_sheet", MAX_CENTS))
        naf.append(divisions[node.text("naf")[:2]])
        ceased_on.append(node.day("ceased_on", default=NO_DAY))
        in_liquidation.append(node.flag("in_liquidation", default=False))
        vat_recoverable.append(node.flag("vat_recoverable", default=True))
        links.group.extend((party[-1], parties[member]) for member in node.texts("group"))
        links.undertaking.extend((party[-1], parties[member]) for member in node.texts("single_undertaking"))
        for aid in node.nodes("other_aids"):
            aids.read(aid, party[-1])
        years.read(node, row)
    return Beneficiaries(
        siren=list(rows),
        siren_valid=bool_column([valid_siren(siren) for siren in rows]),
        party=int_column(party),
        public_body=bool_column(public_body),
        headcount=int_column(headcount),
        turnover=int_column(turnover),
        balance_sheet=int_column(balance_sheet),
        naf_division=int_column(naf),
        naf_names=list(divisions.of),
        ceased_on=int_column(ceased_on),
        in_liquidation=bool_column(in_liquidation),
        vat_recoverable=bool_column(vat_recoverable),
    )


def _read_grants(prior: Node, parties: Numbers, solutions: Numbers) -> PriorGrants:
    grants = list(prior.nodes("grants"))
    amounts = [node.amount("amount", MAX_CENTS) for node in grants]
    for node, amount in zip(grants, amounts, strict=True):
        if amount < 0:
            node.fault("amount", "un montant accordé ne peut pas être négatif")
    return PriorGrants(
        beneficiary=int_column([parties[node.text("beneficiary")] for node in grants]),
        solution=int_column([solutions[node.text("solution")] for node in grants]),
        issued_on=int_column([node.day("issued_on", bounded=True) for node in grants]),
        granted_on=int_column([node.day("granted_on") for node in grants]),
        amount=int_column(amounts),
    )
