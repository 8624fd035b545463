"""What the registry holds of what a file speaks of, as plain values: what a plan is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from bonus.registry.finding import name_key
from bonus.registry.history import Fact


@dataclass(slots=True)
class HeldSupplier:
    """A supplier: ``identifier`` is its SIREN, or its VAT number elsewhere in the EEA."""

    id: int
    identifier: str
    name: str


@dataclass(slots=True, eq=False)
class HeldSolution:
    """An offer with all it is called: ``aliases`` are (kind, text), in the order they were noted; ``keys`` those of
    its names."""

    id: int
    name: str
    reference: str | None
    axis: str
    supplier: HeldSupplier
    aliases: list[tuple[str, str]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    @property
    def has_reference(self) -> bool:
        """Whether a product reference of it is known."""
        return self.reference is not None or any(kind == "reference" for kind, _ in self.aliases)

    def call(self, name: str) -> bool:
        """Note one more name of it; False when it is none, or known."""
        key = name_key(name)
        if not key or key in self.keys or key == name_key(self.name):
            return False
        self.keys.add(key)
        self.aliases.append(("name", name))
        return True


@dataclass(slots=True, frozen=True)
class HeldFact:
    """A fact, with what its audit found; ``by_hand``: the registry keeper entered it."""

    plain: Fact
    criteria: tuple[bool, ...] = ()
    audited_on: date | None = None
    evidence: str | None = None
    by_hand: bool = False


@dataclass(slots=True, eq=False)
class HeldCertification:
    """A certification of the certifier whose file is read, with all that was learned of it, in order."""

    id: int
    reference: str
    label: str
    solution: HeldSolution
    facts: list[HeldFact] = field(default_factory=list)

    @property
    def grant(self) -> HeldFact | None:
        """The fact that grants it as known now; None when it was declared never to have been."""
        corrected = {fact.plain.corrects_id for fact in self.facts}
        standing = [
            fact for fact in self.facts if fact.plain.kind == "granted" and fact.plain.id not in corrected
        ]
        return next((fact for fact in standing if not fact.plain.void), None)

    @property
    def told_events(self) -> dict[tuple[str, date, bool], bool]:
        """Every event ever told (kind, day, retroactive) → whether it still stands as it was told."""
        corrected = {fact.plain.corrects_id for fact in self.facts}
        told: dict[tuple[str, date, bool], bool] = {}
        for one in self.facts:
            plain = one.plain
            if plain.happened_on is not None:
                key = (plain.kind, plain.happened_on, plain.retroactive)
                told[key] = told.get(key, False) or (plain.id not in corrected and not plain.void)
        return told

    @property
    def learned_at(self) -> datetime:
        """When the last of its facts was recorded."""
        return max(fact.plain.recorded_at for fact in self.facts)


@dataclass(slots=True, frozen=True)
class Place:
    """The days a certification holds for its label and its solution, both included."""

    certification_id: int
    reference: str
    starts_on: date
    ends_on: date


@dataclass
class Held:
    """All of it: ``certifications`` by the certifier's reference, ``places`` by (solution, label)."""

    suppliers: dict[str, HeldSupplier] = field(default_factory=dict)
    solutions: dict[int, HeldSolution] = field(default_factory=dict)
    certifications: dict[str, HeldCertification] = field(default_factory=dict)
    places: dict[tuple[int, str], list[Place]] = field(default_factory=dict)

    def offers_of(self, identifier: str) -> list[HeldSolution]:
        """The solutions of the supplier with this identifier."""
        return self.by_supplier.get(identifier, [])

    by_supplier: dict[str, list[HeldSolution]] = field(default_factory=dict)

    def hold_solution(self, solution: HeldSolution) -> None:
        """Add a solution."""
        self.solutions[solution.id] = solution
        self.by_supplier.setdefault(solution.supplier.identifier, []).append(solution)
