"""Random portfolios that crowd the boundaries: few dates, few numbers, round amounts and a cent beside them."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from stdnum import luhn

from bonus.calendar import add_months, filing_deadline

Json = dict[str, Any]

AXES = ("ai", "data", "cloud", "workplace", "low_code", "cybersecurity", "quantum")
LABELS = ("NFG", "NFG", "SECNUMCLOUD", "ANSSI_QUALIFICATION", "SFG", "EEA_EQUIVALENT", "MAISON")
_FIRST = date(2026, 1, 1)
ABSENT = ("404833048", "775670417")
NUMBERS = ("FA-1", "fa - 1", "FA1", *(f"FA-{number}" for number in range(2, 12)))


def siren(random: Random) -> str:
    """A SIREN that passes its check."""
    head = f"{random.randrange(10**7, 10**8):08d}"
    return head + luhn.calc_check_digit(head)


def _euros(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _near(random: Random, cents: int) -> str:
    return _euros(cents + random.choice((-1, 0, 0, 0, 1)))


def _certification(random: Random, days: list[date]) -> Json:
    start = random.choice(days) - timedelta(days=random.choice((0, 30, 400, 900)))
    end = random.choice([d for d in days if d >= start]) + timedelta(days=random.choice((0, 200, 900, 900)))
    events = [
        {
            "type": random.choice(("suspended", "suspended", "suspended", "reinstated", "withdrawn")),
            "on": (random.choice(days) + timedelta(days=random.choice((0, 0, 1, 60)))).isoformat(),
            "retroactive": random.random() < 0.15,
        }
        for _ in range(random.choice((0, 0, 0, 0, 0, 1, 2, 3)))
    ]
    label = random.choice(LABELS)
    return {"label": label, "valid_from": start.isoformat(), "valid_until": end.isoformat(), "events": events}


def _aid(random: Random, days: list[date]) -> Json:
    """An aid three years before a day of decision, the day before that, the day itself or the day after."""
    granted = random.choice(days) + timedelta(days=250)
    on = add_months(granted, random.choice((-36, -36, -18, 0))) + timedelta(days=random.choice((-1, 0, 0, 1)))
    amount = random.choice((300_000_00, 299_999_00, 240_000_00, 150_000_00, 100_000_00, 1_000_00))
    return {"granted_on": on.isoformat(), "amount": _near(random, amount)}


def _fiscal_years(random: Random) -> list[Json]:
    """Years that follow each other, some longer or shorter than twelve months, from before the scheme on."""
    found, start = [], random.choice((date(2025, 1, 1), date(2025, 7, 1), date(2024, 10, 1)))
    turnover = random.choice((1_000_000_00, 4_000_000_00, 300_000_000_00, 600_000_000_00))
    often = random.choice(("reduction", "deduction", None))
    for _ in range(10):
        end = add_months(start, random.choice((12, 12, 12, 12, 18, 6))) - timedelta(days=1)
        year: Json = {"start": start.isoformat(), "end": end.isoformat(), "turnover": _near(random, turnover)}
        regime = random.choice((often, often, "reduction", "deduction"))
        found.append(year if regime is None else {**year, "regime": regime})
        start = end + timedelta(days=1)
    random.shuffle(found)
    return found


def _person(random: Random, number: str, parties: list[str], days: list[date]) -> Json:
    kind = random.choice(("enterprise", "enterprise", "enterprise", "public_body"))
    return {
        "siren": number,
        "kind": kind,
        "headcount": random.choice((3, 9, 10, 249, 250, 4999, 5000)),
        "turnover": _near(random, random.choice((2_000_000_00, 50_000_000_00, 1_500_000_000_00))),
        "balance_sheet": _near(random, random.choice((2_000_000_00, 43_000_000_00, 2_000_000_000_00))),
        "naf": random.choice(("62.01Z", "62.01Z", "62.01Z", "62.01Z", "01.11Z", "02.10Z")),
        "ceased_on": random.choice((None, None, None, None, None, None, "2027-03-15")),
        "in_liquidation": random.random() < 0.03,
        "vat_recoverable": random.choice((None, True, False)),
        "group": random.sample(parties, random.choice((0, 0, 0, 0, 1))),
        "single_undertaking": random.sample(parties, random.choice((0, 0, 0, 1))),
        "fiscal_years": _fiscal_years(random),
        "other_aids": [_aid(random, days) for _ in range(random.choice((0, 0, 1, 2)))],
    }


def _line(random: Random, number: int, issued: date, solutions: list[str], granted: date) -> Json:
    net = random.choice(
        (100_00, 250_00, 400_00, 500_00, 12_345_67, 100_000_00, 150_000_00, 400_000_00, 2_500_000_00)
    )
    line: Json = {
        "number": number,
        "solution": random.choice([*solutions, "inconnue"] if random.random() < 0.3 else solutions),
        "net": _near(random, random.choice((*[net] * 15, 0, -500))),
        "vat": _euros(net // 5),
        "other_public_aid": random.choice((*[None] * 9, _near(random, net), "17.23", "17.23")),
        "replaces_foreign": random.choice((None, False, True)),
    }
    if random.random() < 0.4:
        start = random.choice((issued, date(2028, 2, 29), date(2027, 3, 1)))
        end = add_months(start, random.choice((1, 12, 24, 36))) + timedelta(days=random.choice((-1, -1, 0)))
        line |= {"service_start": start.isoformat(), "service_end": end.isoformat()}
    if random.random() < 0.2:
        line["grant_date"] = (granted + timedelta(days=random.choice((0, 1, 40, 400)))).isoformat()
    return line


def _claim(random: Random, number: int, buyer: str, world: Json) -> Json:
    invoices = []
    around, first = random.choice(world["days"]), date(2030, 1, 1)
    granted = random.choice(world["days"]) + timedelta(days=250)
    for _ in range(random.choice((1, 1, 2, 3))):
        issued = around - timedelta(days=random.choice((0, 0, 0, 1, 31)))
        first = min(first, issued)
        count = random.choice((1, 1, 2, 3))
        invoices.append(
            {
                "supplier_id": random.choice(world["sellers"]),
                "number": random.choice(NUMBERS),
                "issued_on": issued.isoformat(),
                "lines": [_line(random, n + 1, issued, world["solutions"], granted) for n in range(count)],
            }
        )
    filed = filing_deadline(first) + timedelta(days=random.choice((-100, -100, -30, 0, 0, 0, 1)))
    clock = random.choice(("10:00:00+01:00", "23:30:00+00:00", "22:00:00+00:00", "00:00:00+02:00"))
    return {
        "id": f"c-{number:03d}",
        "beneficiary": buyer,
        "channel": "claim",
        "filed_at": f"{filed.isoformat()}T{clock}",
        "grant_date": granted.isoformat(),
        "invoices": invoices,
    }


def portfolio(random: Random, *, companies: int = 5, claims: int = 12) -> Json:
    """Facts in the form of a scenario, earlier grants and held invoices included."""
    days = [_FIRST + timedelta(days=random.randrange(0, 600)) for _ in range(5)] + [_FIRST, date(2026, 8, 31)]
    sirens = [siren(random) for _ in range(companies)]
    sellers = [*(siren(random) for _ in range(5)), "DE123456789", "DE987654321", sirens[0]]
    people = [_person(random, number, [*sirens, sellers[0], *ABSENT], days) for number in sirens]
    if random.random() < 0.1:
        people[0]["siren"] = sirens[0] = "732829321"
    solutions = [
        {
            "id": f"s-{number}",
            "supplier_id": random.choice(sellers),
            "axis": random.choice(AXES),
            "certifications": [
                _certification(random, sorted(days)) for _ in range(random.choice((0, 1, 1, 2, 2, 3, 3)))
            ],
        }
        for number in range(8)
    ]
    world = {"days": days, "sellers": sellers, "solutions": [solution["id"] for solution in solutions]}
    numbers = list(range(claims))
    random.shuffle(numbers)
    return {
        "registry": {"solutions": solutions},
        "beneficiaries": people,
        "claims": [_claim(random, number, random.choice(sirens), world) for number in numbers],
        "prior": {
            "grants": [
                {
                    "beneficiary": random.choice([*sirens, *ABSENT]),
                    "solution": random.choice(("s-0", "s-1", "partie")),
                    "issued_on": random.choice(days).isoformat(),
                    "granted_on": "2026-06-01",
                    "amount": _near(random, random.choice((1_000_00, 30_000_00, 60_000_00))),
                }
                for _ in range(random.choice((0, 1, 3)))
            ],
            "other_aids": [
                {"beneficiary": random.choice(ABSENT), **_aid(random, days)}
                for _ in range(random.choice((0, 2)))
            ],
            "held_invoices": [{"supplier_id": sellers[0], "number": "fa -2", "year": 2026}],
        },
    }
