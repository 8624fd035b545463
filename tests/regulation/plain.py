"""Arts. 1 to 8 read a second time, line by line, with dates and whole cents: slow, plain, and independent.

The rules on columns must agree with this on any portfolio. It knows the barème of 2026 by heart: no
parameter is shared with what it checks.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from stdnum import luhn

from bonus.calendar import add_years, filing_deadline

from .plain_tax import incentive

AXIS = {
    "ai": 3000,
    "data": 2500,
    "cloud": 3000,
    "workplace": 2500,
    "low_code": 2000,
    "cybersecurity": 3500,
    "quantum": 4000,
}
SIZE = {"micro": 1500, "sme": 1000, "mid_cap": 0, "large": -1000, "public": 0}
ANNUAL = {
    "micro": 50_000_00,
    "sme": 150_000_00,
    "mid_cap": 250_000_00,
    "large": 300_000_00,
    "public": 300_000_00,
}
RECOGNISED = {
    "NFG": set(AXIS),
    "EEA_EQUIVALENT": set(AXIS),
    "SECNUMCLOUD": {"cloud", "data", "workplace", "ai"},
    "ANSSI_QUALIFICATION": {"cybersecurity"},
    "SFG": {"workplace", "cybersecurity", "low_code"},
}
Json = dict[str, Any]


def cents(text: str | None) -> int:
    return int((text or "0.00").replace(".", ""))


def euros(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02d}"


def day(text: str) -> date:
    return date.fromisoformat(text)


def rounded(numerator: int, denominator: int) -> int:
    """Half up, for amounts that are never negative here."""
    return (2 * numerator + denominator) // (2 * denominator)


class Plain:
    """One evaluation; ``outcome()`` gives claims and tax in the order of the facts."""

    def __init__(self, facts: Json) -> None:
        self.facts = facts
        self.solutions = {solution["id"]: solution for solution in facts["registry"]["solutions"]}
        self.people = {person["siren"]: person for person in facts["beneficiaries"]}
        self.group = self._sets("group")
        self.undertaking = self._sets("single_undertaking")
        self.prior = facts.get("prior") or {}
        self.rows: list[Json] = []

    def _sets(self, name: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for person in self.facts["beneficiaries"]:
            together = {person["siren"], *(person.get(name) or [])}
            for member in list(together):
                together |= found.get(member, set())
            for member in together:
                found[member] = together
        return found

    def outcome(self) -> Json:
        claims = self.claims()
        tax = []
        for person in self.facts["beneficiaries"]:
            if person["kind"] == "enterprise":
                bases = [
                    (day(row["invoice"]["issued_on"]), row["base"] - row["bonus"])
                    for row in self.rows
                    if row["reason"] is None and row["claim"]["beneficiary"] == person["siren"]
                ]
                tax += incentive(person, bases)
        return {"claims": claims, "tax": tax}

    def claims(self) -> list[Json]:
        in_order = sorted(
            self.facts["claims"], key=lambda claim: (datetime.fromisoformat(claim["filed_at"]), claim["id"])
        )
        holding = {
            (held["supplier_id"], self._number(held["number"]), held["year"])
            for held in self.prior.get("held_invoices", [])
        }
        lines = {claim["id"]: self._eligibility(claim, holding) for claim in in_order}
        self._grant(in_order, lines)
        self.rows = [row for rows in lines.values() for row in rows]
        return [self._outcome(claim["id"], lines[claim["id"]]) for claim in self.facts["claims"]]

    @staticmethod
    def _number(number: str) -> str:
        return "".join(number.split()).lower()

    def _eligibility(self, claim: Json, holding: set[tuple[str, str, int]]) -> list[Json]:
        found, seen, held_here = [], set(), {}
        for invoice in claim["invoices"]:
            identity = invoice["supplier_id"], self._number(invoice["number"]), day(invoice["issued_on"]).year
            known = identity in seen or identity in holding
            seen.add(identity)
            for line in invoice["lines"]:
                row = {"claim": claim, "invoice": invoice, "line": line, "identity": identity}
                row |= {"cuts": [], "base": self._base(claim, line), "bonus": 0, "rate": 0, "before": 0}
                row["reason"], row["labels"] = self._reason(claim, invoice, line, known)
                found.append(row)
        standing = [row for row in found if row["reason"] in {None, "solution.certification_suspended"}]
        if sum(row["base"] for row in standing) < 500_00:
            for row in standing:
                row["reason"] = "claim.below_minimum"
            standing = []
        for row in standing:
            held_here[row["identity"]] = True
        holding.update(held_here)
        return found

    def _reason(self, claim: Json, invoice: Json, line: Json, known: bool) -> tuple[str | None, set[str]]:
        buyer = self.people[claim["beneficiary"]]
        issued = day(invoice["issued_on"])
        filed = datetime.fromisoformat(claim["filed_at"]).astimezone(ZoneInfo("Europe/Paris")).date()
        enterprise = buyer["kind"] == "enterprise"
        solution = self.solutions.get(line["solution"])
        related = self.group[buyer["siren"]] | self.undertaking[buyer["siren"]]
        sellers = {invoice["supplier_id"]} | ({solution["supplier_id"]} if solution else set())
        reasons = [
            ("beneficiary.invalid_siren", not luhn.is_valid(buyer["siren"])),
            ("beneficiary.not_active", bool(buyer.get("ceased_on")) and day(buyer["ceased_on"]) <= issued),
            ("beneficiary.in_liquidation", bool(buyer.get("in_liquidation"))),
            ("beneficiary.excluded_activity", enterprise and buyer["naf"][:2] in {"01", "03"}),
            ("purchase.before_scheme", issued < date(2026, 1, 1)),
            ("claim.late", filed > filing_deadline(issued)),
            ("purchase.already_claimed", known),
            ("purchase.intra_group", bool(sellers & related)),
            ("purchase.no_amount", cents(line["net"]) <= cents(line.get("other_public_aid"))),
        ]
        for code, holds in reasons:
            if holds:
                return code, set()
        grant = day(line.get("grant_date") or claim["grant_date"])
        return self._certified(solution, issued, grant)

    def _certified(self, solution: Json | None, issued: date, grant: date) -> tuple[str | None, set[str]]:
        if solution is None:
            return "solution.unknown", set()
        if not solution["certifications"]:
            return "solution.never_certified", set()
        held = [
            c for c in solution["certifications"] if solution["axis"] in RECOGNISED.get(c["label"], set())
        ]
        if not held:
            return "solution.label_not_recognised_for_axis", set()
        states = [self._state(certification, issued, grant) for certification in held]
        if "in force" in states:
            labels = {c["label"] for c, state in zip(held, states, strict=True) if state == "in force"}
            return None, labels
        if "pending" in states:
            return "solution.certification_suspended", set()
        last = max(range(len(held)), key=lambda i: (held[i]["valid_until"], held[i]["valid_from"], -i))
        return f"solution.{states[last]}", set()

    @staticmethod
    def _state(certification: Json, issued: date, grant: date) -> str:
        start, end = day(certification["valid_from"]), day(certification["valid_until"])
        events = sorted(certification.get("events") or [], key=lambda event: event["on"])
        if any(event["type"] == "withdrawn" and event.get("retroactive") for event in events):
            return "certification_withdrawn"
        past = [event for event in events if day(event["on"]) <= issued]
        if any(event["type"] == "withdrawn" for event in past):
            return "certification_withdrawn"
        if issued < start:
            return "not_yet_certified"
        if issued > end:
            return "certification_expired"
        suspended = False
        for event in past:
            if event["type"] == "reinstated":
                suspended = False
            elif start <= day(event["on"]) <= end:
                suspended = True
        return Plain._ended(events[len(past) :], grant, end) if suspended else "in force"

    @staticmethod
    def _ended(following: list[Json], grant: date, end: date) -> str:
        """What became of a suspended certification by the grant date."""
        for event in following:
            if day(event["on"]) <= grant and event["type"] == "reinstated":
                return "in force"
            if day(event["on"]) <= grant and event["type"] == "withdrawn":
                return "certification_withdrawn"
        return "certification_expired" if grant > end else "pending"

    def _base(self, claim: Json, line: Json) -> int:
        buyer = self.people[claim["beneficiary"]]
        amount = cents(line["net"]) - cents(line.get("other_public_aid"))
        if buyer["kind"] == "public_body" and buyer.get("vat_recoverable") is False:
            amount += cents(line.get("vat"))
        if line.get("service_start"):
            start, end = day(line["service_start"]), day(line["service_end"])
            year = (add_years(start, 1) - start).days
            if (end - start).days + 1 > year and amount > 0:
                amount = rounded(amount * year, (end - start).days + 1)
        return max(amount, 0)

    def _size(self, siren: str) -> str:
        person = self.people[siren]
        if person["kind"] == "public_body":
            return "public"
        turnover, total = cents(person["turnover"]), cents(person["balance_sheet"])
        for code, people, most_turnover, most_total in (
            ("micro", 10, 2_000_000_00, 2_000_000_00),
            ("sme", 250, 50_000_000_00, 43_000_000_00),
            ("mid_cap", 5000, 1_500_000_000_00, 2_000_000_000_00),
        ):
            if person["headcount"] < people and (turnover <= most_turnover or total <= most_total):
                return code
        return "large"

    def _grant(self, in_order: list[Json], lines: dict[str, list[Json]]) -> None:
        used: dict[tuple[Any, ...], int] = defaultdict(int)
        for grant in self.prior.get("grants", []):
            year = day(grant["issued_on"]).year
            used[grant["beneficiary"], grant["solution"], year] += cents(grant["amount"])
            used[grant["beneficiary"], year] += cents(grant["amount"])
        aids = self._aids()
        rows = [row for claim in in_order for row in lines[claim["id"]] if row["reason"] is None]
        rows.sort(key=lambda row: row["line"].get("grant_date") or row["claim"]["grant_date"])
        for row in rows:
            siren, solution = row["claim"]["beneficiary"], self.solutions[row["line"]["solution"]]
            size, year = self._size(siren), day(row["invoice"]["issued_on"]).year
            rate = AXIS[solution["axis"]] + SIZE[size] + 500 * bool(row["line"].get("replaces_foreign"))
            row["rate"] = max(0, min(5000, rate + 500 * (len(row["labels"]) > 1)))
            row["before"] = left = rounded(row["base"] * row["rate"], 10_000)
            for article, key, most in (
                ("art6.solution", (siren, solution["id"], year), 60_000_00),
                ("art6.annual", (siren, year), ANNUAL[size]),
            ):
                paid = min(left, max(0, most - used[key]))
                if paid < left:
                    row["cuts"].append({"article": article, "amount": euros(left - paid)})
                left = paid
            if self.people[siren]["kind"] == "enterprise":
                granted = day(row["line"].get("grant_date") or row["claim"]["grant_date"])
                paid = min(left, self._headroom(siren, granted, aids))
                if paid < left:
                    row["cuts"].append({"article": "art7.de_minimis", "amount": euros(left - paid)})
                left = paid
                aids.append((siren, granted, left))
            used[siren, solution["id"], year] += left
            used[siren, year] += left
            row["bonus"] = left

    def _aids(self) -> list[tuple[str, date, int]]:
        """Who was granted what and when, before these claims; what public bodies received is left out."""
        told = [(grant["beneficiary"], grant) for grant in self.prior.get("grants", [])]
        told += [(aid["beneficiary"], aid) for aid in self.prior.get("other_aids", [])]
        told += [
            (siren, aid) for siren, person in self.people.items() for aid in person.get("other_aids") or []
        ]
        return [
            (siren, day(aid["granted_on"]), cents(aid["amount"]))
            for siren, aid in told
            if siren not in self.people or self.people[siren]["kind"] == "enterprise"
        ]

    def _headroom(self, siren: str, granted: date, aids: list[tuple[str, date, int]]) -> int:
        since = add_years(granted, -3)
        together = self.undertaking[siren]
        received = sum(cents for who, on, cents in aids if who in together and since <= on <= granted)
        return max(0, 300_000_00 - received)

    @staticmethod
    def _outcome(name: str, rows: list[Json]) -> Json:
        total = sum(row["bonus"] for row in rows)
        statuses = {None: "eligible", "solution.certification_suspended": "pending"}
        lines = [
            {
                "invoice": row["invoice"]["number"],
                "line": row["line"]["number"],
                "status": statuses.get(row["reason"], "refused"),
                "reason": row["reason"],
                "base": euros(row["base"] if row["reason"] in statuses else 0),
                "rate_bp": row["rate"],
                "bonus_before_ceilings": euros(row["before"]),
                "reductions": row["cuts"],
                "bonus": euros(row["bonus"]),
            }
            for row in rows
        ]
        if total:
            whole = all(line["status"] == "eligible" and not line["reductions"] for line in lines)
            outcome = "granted" if whole else "partly_granted"
        else:
            outcome = "pending" if any(line["status"] == "pending" for line in lines) else "refused"
        return {"id": name, "outcome": outcome, "bonus": euros(total), "lines": lines}
