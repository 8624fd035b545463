"""Arts. 2 to 8 as one plain loop over Python objects, in Decimal euros or in whole cents: what the columns
are measured against. Nothing in it is quadratic, and what is costly (public holidays) is looked up once."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from bonus.calendar import add_years, filing_deadline
from bonus.regulation.columns import NO_DAY, Portfolio
from bonus.regulation.values import Parameters, from_day

Row = dict[str, Any]
deadline = lru_cache(maxsize=None)(filing_deadline)
AXIS = {"ai": 3000, "data": 2500, "cloud": 3000, "workplace": 2500, "low_code": 2000, "cybersecurity": 3500}
AXIS |= {"quantum": 4000}
SIZE = {"micro": 1500, "sme": 1000, "mid_cap": 0, "large": -1000, "public": 0}
ANNUAL = {
    "micro": 50_000_00,
    "sme": 150_000_00,
    "mid_cap": 250_000_00,
    "large": 300_000_00,
    "public": 300_000_00,
}
LIMITS: tuple[tuple[str, int, int, int], ...]
LIMITS = (("micro", 10, 2_000_000_00, 2_000_000_00), ("sme", 250, 50_000_000_00, 43_000_000_00))
LIMITS += (("mid_cap", 5000, 1_500_000_000_00, 2_000_000_000_00),)


@dataclass(frozen=True)
class Money:
    """How amounts are written: ``of`` makes one from cents, ``share`` is half up of a × n / d to the cent,
    ``fifth`` a fifth, the rest of the division left out."""

    of: Callable[[int], Any]
    share: Callable[[Any, int, int], Any]
    fifth: Callable[[Any], Any]


CENTS = Money(int, lambda amount, n, d: (2 * amount * n + d) // (2 * d), lambda amount: amount // 5)
DECIMAL = Money(
    lambda cents: Decimal(cents).scaleb(-2),
    lambda amount, n, d: (amount * n / d).quantize(Decimal("0.01"), ROUND_HALF_UP),
    lambda amount: (amount / 5).quantize(Decimal("0.01"), ROUND_DOWN),
)


@dataclass
class Book:
    """The same facts as the columns, as objects."""

    people: list[Row]
    solutions: list[Row]
    claims: list[Row]
    aids: dict[int, list[tuple[date, Any]]] = field(default_factory=dict)


def book_of(portfolio: Portfolio, law: Parameters, money: Money, claims: int) -> Book:
    """The first ``claims`` claims of a country, as a program would hold them."""
    who, lines, bills = portfolio.beneficiaries, portfolio.lines, portfolio.invoices
    people = [
        {
            "party": row, "group": portfolio.group[row].item(), "public": bool(who.public_body[row]),
            "headcount": who.headcount[row].item(), "turnover": money.of(who.turnover[row].item()),
            "balance_sheet": money.of(who.balance_sheet[row].item()), "naf": who.naf_names[who.naf_division[row]],
            "ceased_on": _day(who.ceased_on[row]), "liquidated": bool(who.in_liquidation[row]),
            "vat": bool(who.vat_recoverable[row]), "years": [],
        }
        for row in range(len(who.siren))
    ]  # fmt: skip
    years = portfolio.fiscal_years
    for row, start, end, turnover, deduction in zip(
        *(c.tolist() for c in (years.beneficiary, years.start, years.end, years.turnover, years.deduction)),
        strict=True,
    ):
        people[row]["years"].append((from_day(start), from_day(end), money.of(turnover), deduction))
    columns = (
        lines.solution,
        lines.net,
        lines.vat,
        lines.other_public_aid,
        lines.service_start,
        lines.service_end,
        lines.replaces_foreign,
        lines.grant_date,
    )
    found = []
    for claim in range(claims):
        invoices = []
        for bill in range(2 * claim, 2 * claim + 2):
            items = [
                {
                    "solution": solution, "net": money.of(net), "vat": money.of(vat), "aid": money.of(aid),
                    "start": _day(start), "end": _day(end), "foreign": foreign, "granted": from_day(granted),
                }
                for solution, net, vat, aid, start, end, foreign, granted in zip(
                    *(column[5 * bill : 5 * bill + 5].tolist() for column in columns),
                    strict=True,
                )
            ]  # fmt: skip
            key, seller = bills.key[bill].item(), bills.seller[bill].item()
            day = from_day(bills.issued_on[bill])
            invoices.append({"key": key, "seller": seller, "issued_on": day, "lines": items})
        filed = from_day(portfolio.claims.filed_on[claim])
        rank, buyer = portfolio.claims.rank[claim].item(), portfolio.claims.beneficiary[claim].item()
        found.append({"rank": rank, "buyer": buyer, "filed_on": filed, "invoices": invoices})
    aids: dict[int, list[tuple[date, Any]]] = defaultdict(list)
    other = portfolio.other_aids
    for party, on, amount in zip(
        *(c.tolist() for c in (other.party, other.granted_on, other.amount)), strict=True
    ):
        if not people[party]["public"]:
            aids[people[party]["group"]].append((from_day(on), money.of(amount)))
    for received in aids.values():
        received.sort(key=lambda aid: aid[0])
    return Book(people, _solutions(portfolio, law), found, dict(aids))


def _day(day: Any) -> date | None:
    return None if day == NO_DAY else from_day(int(day))


def _solutions(portfolio: Portfolio, law: Parameters) -> list[Row]:
    registry, found = portfolio.registry, []
    for row, axis in enumerate(registry.axis.tolist()):
        held = []
        for number in range(registry.first_certification[row], registry.first_certification[row + 1]):
            events = range(registry.first_event[number], registry.first_event[number + 1])
            allowed = law[f"label.{registry.label_names[number]}.axes"].versions[0].value
            assert isinstance(allowed, tuple)
            name = law.codes("axis")[axis]
            held.append(
                {
                    "label": registry.label_names[number], "recognised": allowed == ("every",) or name in allowed,
                    "from": from_day(registry.valid_from[number]), "until": from_day(registry.valid_until[number]),
                    "events": [(registry.event_type[e].item(), from_day(registry.event_on[e])) for e in events],
                }
            )  # fmt: skip
        found.append(
            {"axis": law.codes("axis")[axis], "supplier": registry.supplier[row].item(), "held": held}
        )
    return found


class Loop:
    """One run over a book; ``bonus`` per line in the order of the claims, ``tax`` per company and year."""

    def __init__(self, book: Book, money: Money) -> None:
        self.book, self.money, self.zero = book, money, money.of(0)

    def run(self) -> tuple[list[Any], list[tuple[int, int]]]:
        holding: set[int] = set()
        rows: list[Row] = []
        by_claim: dict[int, list[Row]] = {}
        for claim in sorted(self.book.claims, key=lambda claim: claim["rank"]):
            by_claim[claim["rank"]] = self._claim(claim, holding)
        for claim in self.book.claims:
            rows += by_claim[claim["rank"]]
        self._grant(rows)
        return [row["bonus"] for row in rows], self._tax(rows)

    def _claim(self, claim: Row, holding: set[int]) -> list[Row]:
        buyer, found, seen = self.book.people[claim["buyer"]], [], set()
        for bill in claim["invoices"]:
            known = bill["key"] in seen or bill["key"] in holding
            seen.add(bill["key"])
            for line in bill["lines"]:
                labels, state = 0, self._refused(claim, buyer, bill, line, known)
                base = self._base(buyer, line)
                if state is None:
                    labels, state = self._certified(line, bill["issued_on"])
                row = {"claim": claim, "buyer": buyer, "bill": bill, "line": line, "base": base}
                found.append(row | {"state": state, "labels": labels, "bonus": self.zero})
        standing = [row for row in found if row["state"] in {"eligible", "pending"}]
        if sum((row["base"] for row in standing), self.zero) < self.money.of(500_00):
            for row in standing:
                row["state"] = "refused"
        holding.update(row["bill"]["key"] for row in standing if row["state"] != "refused")
        return found

    def _refused(self, claim: Row, buyer: Row, bill: Row, line: Row, known: bool) -> str | None:
        issued = bill["issued_on"]
        group, people = buyer["group"], self.book.people
        sellers = (bill["seller"], self.book.solutions[line["solution"]]["supplier"])
        refused = (
            (buyer["ceased_on"] is not None and buyer["ceased_on"] <= issued)
            or buyer["liquidated"]
            or (not buyer["public"] and buyer["naf"] in {"01", "03"})
            or issued < date(2026, 1, 1)
            or claim["filed_on"] > deadline(issued)
            or known
            or any(seller < len(people) and people[seller]["group"] == group for seller in sellers)
            or line["net"] - line["aid"] <= 0
        )
        return "refused" if refused else None

    def _base(self, buyer: Row, line: Row) -> Any:
        amount = line["net"] - line["aid"]
        if buyer["public"] and not buyer["vat"]:
            amount += line["vat"]
        if line["start"] is not None:
            year, days = (
                (add_years(line["start"], 1) - line["start"]).days,
                (line["end"] - line["start"]).days + 1,
            )
            if days > year:
                amount = self.money.share(amount, year, days)
        return max(amount, self.zero)

    def _certified(self, line: Row, issued: date) -> tuple[int, str]:
        labels, pending = set(), False
        for held in self.book.solutions[line["solution"]]["held"]:
            if not held["recognised"] or not held["from"] <= issued <= held["until"]:
                continue
            state = "in force"
            for kind, on in held["events"]:
                if kind == 0 and on <= issued:
                    state = "suspended"
                elif kind == 1 and (on <= issued or (state == "suspended" and on <= line["granted"])):
                    state = "in force"
            if state == "in force":
                labels.add(held["label"])
            elif line["granted"] <= held["until"]:
                pending = True
        return len(labels), "eligible" if labels else "pending" if pending else "refused"

    def _size(self, buyer: Row) -> str:
        if buyer["public"]:
            return "public"
        for code, people, turnover, total in LIMITS:
            enough = buyer["turnover"] <= self.money.of(turnover) or buyer["balance_sheet"] <= self.money.of(
                total
            )
            if buyer["headcount"] < people and enough:
                return code
        return "large"

    def _grant(self, rows: list[Row]) -> None:
        money = self.money
        used: dict[Any, Any] = defaultdict(lambda: self.zero)
        windows: dict[int, list[Any]] = {}
        rows = [row for row in rows if row["state"] == "eligible"]
        rows.sort(key=lambda row: (row["line"]["granted"], row["claim"]["rank"]))
        sizes = {row["buyer"]["party"]: self._size(row["buyer"]) for row in rows}
        per_solution, ceiling = money.of(60_000_00), money.of(300_000_00)
        annual = {code: money.of(cents) for code, cents in ANNUAL.items()}
        for row in rows:
            buyer, line, year = row["buyer"], row["line"], row["bill"]["issued_on"].year
            party, size = buyer["party"], sizes[buyer["party"]]
            rate = AXIS[self.book.solutions[line["solution"]]["axis"]] + SIZE[size] + 500 * line["foreign"]
            rate = max(0, min(5000, rate + 500 * (row["labels"] > 1)))
            amount = money.share(row["base"], rate, 10_000)
            solution_key, annual_key = (party, line["solution"], year), (party, year)
            amount = min(amount, max(self.zero, per_solution - used[solution_key]))
            amount = min(amount, max(self.zero, annual[size] - used[annual_key]))
            if not buyer["public"]:
                amount = self._within(windows, buyer["group"], line["granted"], amount, ceiling)
            used[solution_key] += amount
            used[annual_key] += amount
            row["bonus"] = amount

    def _within(
        self, windows: dict[int, list[Any]], group: int, granted: date, amount: Any, ceiling: Any
    ) -> Any:
        if group not in windows:
            windows[group] = [deque(), deque(self.book.aids.get(group, ())), self.zero]
        window = windows[group]
        counted, waiting, _ = window
        while waiting and waiting[0][0] <= granted:
            counted.append(waiting.popleft())
            window[2] += counted[-1][1]
        since = add_years(granted, -3)
        while counted and counted[0][0] < since:
            window[2] -= counted.popleft()[1]
        amount = min(amount, max(self.zero, ceiling - window[2]))
        counted.append((granted, amount))
        window[2] += amount
        return amount

    def _tax(self, rows: list[Row]) -> list[tuple[int, int]]:
        bases: dict[int, list[tuple[date, Any]]] = defaultdict(list)
        for row in rows:
            if row["state"] == "eligible" and not row["buyer"]["public"]:
                bases[row["buyer"]["party"]].append((row["bill"]["issued_on"], row["base"] - row["bonus"]))
        return [
            entry
            for person in self.book.people
            if not person["public"]
            for entry in self._years(person, bases[person["party"]])
        ]

    def _years(self, person: Row, bases: list[tuple[date, Any]]) -> list[tuple[int, int]]:
        money, found = self.money, []
        purses: list[list[Any]] = []
        due: dict[int, Any] = defaultdict(lambda: self.zero)
        threshold = money.of(2_000_000_00)
        for rank, (start, end, turnover, deduction) in enumerate(person["years"]):
            own = sum((base for on, base in bases if start <= on <= end), self.zero)
            left = max(money.of(20_000_00), money.share(turnover, 50, 10_000))
            usable = [purse for purse in purses if rank - purse[0] <= 5]
            if deduction:
                fifth = money.fifth(own)
                for later in range(5):
                    due[rank + later] += fifth if later < 4 else own - 4 * fifth
            else:
                purses.append([rank, min(own, threshold), max(self.zero, own - threshold)])
                usable.insert(0, purses[-1])
            low, high = self.zero, self.zero
            for purse in usable:
                taken = min(purse[1], left)
                above = min(purse[2], left - taken)
                purse[1], purse[2] = purse[1] - taken, purse[2] - above
                low, high, left = low + taken, high + above, left - taken - above
            found.append((low * 60 + high * 40, min(left, due[rank])))
        return found
