"""What anyone may read of the registry on a day: lists of solutions with their labels, and one solution's card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from bonus.errors import NotFound
from bonus.extensions import db
from bonus.regulation import load_parameters

from .history import Life, State, life
from .labels import every_version, label_names, version_on
from .models import Certification, CertificationFact, RegistryHead, Solution
from .search import Filters, Hit, Page, search, unknown_words
from .search_names import Meaning, meaning
from .service import solution_by_slug

# Of several certifications of one label, the one that tells most.
_BEST = ("in_force", "suspended", "not_yet", "expired", "withdrawn", "never_counted", "annulled")
_FILTERED = ("usage", "label", "in_force")


@dataclass(frozen=True)
class Standing:
    """What a certification is worth on a day; ``name`` is the label's, on that day. ``valid_from`` and
    ``valid_until`` are what its facts say now."""

    label: str
    name: str
    state: State
    valid_from: date
    valid_until: date

    @property
    def in_force(self) -> bool:
        """Whether it counts on the day."""
        return self.state.code == "in_force"


@dataclass(frozen=True)
class Entry:
    """A solution of a list, with where each of its labels stands."""

    hit: Hit
    standings: list[Standing]

    @property
    def in_force(self) -> bool:
        """Whether one of its labels counts on the day."""
        return any(standing.in_force for standing in self.standings)


@dataclass(frozen=True)
class Results:
    """A page of the catalogue. ``read_as`` is what the text was taken for, when it names a usage or a label and no
    solution has its words; ``also`` the same when some have. When nothing was found: ``unknown`` are the words that
    the registry has nowhere, and ``without`` says how many solutions (and whether more) there would be without a
    filter (usage, label, in_force)."""

    page: Page
    entries: list[Entry]
    read_as: Meaning | None = None
    also: Meaning | None = None
    unknown: tuple[str, ...] = ()
    without: Mapping[str, tuple[int, bool]] = field(default_factory=dict)


@dataclass(frozen=True)
class Criterion:
    """A criterion of the label, in its words, and whether the audit found it met."""

    name: str
    met: bool


@dataclass(frozen=True)
class Held:
    """A certification on a card. ``known`` is its life, None when it was entered by mistake; ``criteria`` are those
    of the label on the day it was granted, with the audit's day and the reference of its evidence."""

    certification: Certification
    standing: Standing
    known: Life | None
    grant: CertificationFact
    criteria: list[Criterion]


@dataclass(frozen=True)
class Card:
    """A solution and its certifications, those that count first."""

    solution: Solution
    held: list[Held]

    @property
    def in_force(self) -> bool:
        """Whether one of its labels counts on the day."""
        return any(one.standing.in_force for one in self.held)


def results(text: str, filters: Filters, on: date, page: int = 1) -> Results:
    """A page of the solutions found, with where their labels stand on a day; see ``search``."""
    law, labels = load_parameters(), label_names(on)
    usages = {code: law.name_of("axis", code).name for code in law.codes("axis")}
    found, meant = search(text, filters, on, page), meaning(text, filters, usages, labels)
    if meant is not None and found.near:
        instead = search(meant.text, meant.filters, on, page)
        if instead.hits:
            return Results(instead, _entries(instead.hits, labels, on), read_as=meant)
    if found.hits:
        return Results(found, _entries(found.hits, labels, on), also=None if found.near else meant)
    without = {}
    for name in _FILTERED:
        if getattr(filters, name):
            lighter = Filters(**{other: getattr(filters, other) for other in _FILTERED if other != name})
            left = search(text, lighter, on)
            if left.total:
                without[name] = (left.total, left.more)
    return Results(found, [], unknown=tuple(unknown_words(text)), without=without)


def card(slug: str, on: date) -> Card:
    """One solution, on a day. Raises NotFound when there is none."""
    solution = solution_by_slug(slug)
    if solution is None:
        raise NotFound("registry.unknown_solution", "Aucune solution du registre n’a cette adresse.")
    names, versions = label_names(on), every_version()
    held = []
    for certification in solution.certifications:
        known = life(fact.plain for fact in certification.facts)
        grant = _grant(certification.facts)
        scheme = version_on(versions.get(certification.label, []), certification.valid_from)
        criteria = zip(scheme.criteria if scheme else [], grant.criteria or [], strict=False)
        held.append(
            Held(
                certification,
                _standing(certification, known, names, on),
                known,
                grant,
                [Criterion(name, bool(met)) for name, met in criteria],
            )
        )
    held.sort(
        key=lambda one: (
            _BEST.index(one.standing.state.code),
            -one.standing.valid_until.toordinal(),
            one.certification.id,
        )
    )
    return Card(solution, held)


def last_change() -> tuple[int, datetime | None]:
    """How many times the registry was written to, and when it last was."""
    row = db.session.execute(select(RegistryHead.version, RegistryHead.changed_at)).one()
    return row.version, row.changed_at


def standings(
    certifications: Iterable[Certification], names: dict[str, str], on: date
) -> list[tuple[Certification, Standing]]:
    """Where each certification stands on a day, as known now; those entered by mistake are left out."""
    return [
        (certification, _standing(certification, known, names, on))
        for certification in certifications
        if (known := life(fact.plain for fact in certification.facts)) is not None
    ]


def _standing(certification: Certification, known: Life | None, names: dict[str, str], on: date) -> Standing:
    return Standing(
        certification.label,
        names.get(certification.label, certification.label),
        known.state(on) if known else State("annulled"),
        certification.valid_from,
        certification.valid_until,
    )


def _grant(facts: Sequence[CertificationFact]) -> CertificationFact:
    """The fact that says how the certification was granted: the last correction of it, though it be void since."""
    return [fact for fact in facts if fact.kind == "granted" and not fact.void][-1]


def _entries(hits: Sequence[Hit], names: dict[str, str], on: date) -> list[Entry]:
    query = (
        select(Certification)
        .where(Certification.solution_id.in_([hit.id for hit in hits]))
        .options(selectinload(Certification.facts))
        .order_by(Certification.id)
    )
    best: dict[int, dict[str, Standing]] = {hit.id: {} for hit in hits}
    for certification, standing in standings(db.session.scalars(query) if hits else [], names, on):
        known = best[certification.solution_id]
        if standing.label not in known or _merit(standing) < _merit(known[standing.label]):
            known[standing.label] = standing
    return [Entry(hit, sorted(best[hit.id].values(), key=_merit)) for hit in hits]


def _merit(standing: Standing) -> tuple[int, int, str]:
    return _BEST.index(standing.state.code), -standing.valid_until.toordinal(), standing.name
