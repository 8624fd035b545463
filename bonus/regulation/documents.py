"""What must be joined to a dossier for it to be complete (art. 11), by the parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bonus.calendar import add_months
from bonus.regulation.schema import DOCUMENTS
from bonus.regulation.values import Parameters


@dataclass(frozen=True)
class Purchase:
    """What of a line may ask for a document: dates are civil dates, those of service both or neither."""

    issued_on: date
    service_start: date | None = None
    service_end: date | None = None
    replaces_foreign: bool = False
    by_table: bool = False


@dataclass(frozen=True)
class RequiredDocument:
    """A document to join: its code, its French name, the rule that asks for it, and the ranks of the lines that do."""

    code: str
    name: str
    rule: str
    lines: tuple[int, ...]


def required_documents(purchases: Sequence[Purchase], law: Parameters) -> list[RequiredDocument]:
    """The documents that these lines ask for, in the order of the parameters, each by the rule in force on the
    line's invoice date. Nothing is asked for no line."""
    required = []
    for code in law.codes(DOCUMENTS):
        rules = [str(law.on(f"{DOCUMENTS}.{code}.required", line.issued_on).value) for line in purchases]
        asking = [
            rank
            for rank, (line, rule) in enumerate(zip(purchases, rules, strict=True))
            if _asks(line, rule, law)
        ]
        if asking:
            name = law.name_of(DOCUMENTS, code).name
            required.append(RequiredDocument(code, name, rules[asking[0]], tuple(asking)))
    return required


def _asks(line: Purchase, rule: str, law: Parameters) -> bool:
    return {
        "always": True,
        "long_service": _is_long(line, law),
        "replaces_foreign": line.replaces_foreign,
        "table": line.by_table,
        "never": False,
    }[rule]


def _is_long(line: Purchase, law: Parameters) -> bool:
    """Whether the service lasts longer than what art. 5.2 takes into account: its last day is past the eve of the
    anniversary."""
    if line.service_start is None or line.service_end is None:
        return False
    months = law.integer("spend.service_months", line.issued_on)
    return line.service_end >= add_months(line.service_start, months)
