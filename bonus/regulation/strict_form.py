"""The form of ``flask evaluate``, in full: every field, and what makes a scenario impossible to judge.

``facts`` reads what decisions are made from and leaves unknown keys alone; here nothing is left alone. What
both refuse (wrong types, amounts, dates, names used twice) is said by ``facts``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bonus.regulation import strict_dates
from bonus.regulation.facts import read_facts, valid_siren
from bonus.regulation.reader import InvalidFacts, Node
from bonus.regulation.strict_json import Fields
from bonus.regulation.values import Parameters

_CHANNELS = ("claim", "advance")
_VAT_NUMBER = re.compile(r"[A-Z]{2}[0-9A-Z+*]{2,13}")
_NAF = re.compile(r"[0-9]{2}(\.?[0-9]{1,2}[A-Z]?)?")
_PLAIN_KEY = re.compile(r"\w+")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Shape:
    """An object of the form: its fields, and the shapes that stand under some of them, in a list or not."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    lists: dict[str, Shape] = field(default_factory=dict)
    objects: dict[str, Shape] = field(default_factory=dict)


_EVENT = Shape(("type", "on"), ("retroactive",))
_CERTIFICATION = Shape(("label", "valid_from", "valid_until"), ("events",), {"events": _EVENT})
_SOLUTION = Shape(("id", "supplier_id", "axis", "certifications"), (), {"certifications": _CERTIFICATION})
_BENEFICIARY = Shape(
    ("siren", "kind", "headcount", "turnover", "balance_sheet", "naf", "fiscal_years"),
    ("ceased_on", "in_liquidation", "vat_recoverable", "group", "single_undertaking", "other_aids"),
    {
        "fiscal_years": Shape(("start", "end", "turnover"), ("regime",)),
        "other_aids": Shape(("granted_on", "amount")),
    },
)
_LINE = Shape(
    ("number", "solution", "net"),
    ("vat", "other_public_aid", "service_start", "service_end", "replaces_foreign", "grant_date"),
)
_INVOICE = Shape(("supplier_id", "number", "issued_on", "lines"), (), {"lines": _LINE})
_CLAIM = Shape(
    ("id", "beneficiary", "channel", "filed_at", "grant_date", "invoices"), (), {"invoices": _INVOICE}
)
_SCENARIO = Shape(
    ("registry", "beneficiaries", "claims"),
    (),
    {"beneficiaries": _BENEFICIARY, "claims": _CLAIM},
    {"registry": Shape(("solutions",), (), {"solutions": _SOLUTION})},
)


def check(scenario: Any, parameters: Parameters) -> None:
    """Raise InvalidFacts with every fault of a scenario (as ``strict_json`` reads it) and its JSON path."""
    faults: list[tuple[str, str]] = []
    try:
        read_facts(scenario, parameters)
    except InvalidFacts as error:
        faults += error.faults
    said = {path for path, _ in faults}
    faults += [fault for fault in _strict(scenario) if fault[0] not in said]
    if faults:
        raise InvalidFacts(list(dict.fromkeys(faults)))


def _strict(scenario: Any) -> list[tuple[str, str]]:
    faults: list[tuple[str, str]] = []
    top = Node(scenario, faults)
    _check_shape(top, _SCENARIO)
    for solution in top.child("registry").nodes("solutions"):
        _check_identifier(solution, "supplier_id")
    for beneficiary in top.nodes("beneficiaries"):
        _check_beneficiary(beneficiary)
    for claim in top.nodes("claims"):
        _check_claim(claim)
    strict_dates.check(top)
    return faults


def _check_shape(node: Node, shape: Shape) -> None:
    """The keys of an object, then of those that stand under it."""
    _check_keys(node, shape)
    for key, inner in shape.objects.items():
        if node.data.get(key) is not None:
            _check_shape(node.child(key), inner)
    for key, inner in shape.lists.items():
        for child in node.nodes(key):
            _check_shape(child, inner)


def _check_keys(node: Node, shape: Shape) -> None:
    """Unknown keys, keys written twice, required fields that are absent, texts that cannot be written."""
    known = {*shape.required, *shape.optional}
    for key, value in node.data.items():
        if key not in known:
            node.fault_at(_step(key), "clé inconnue")
        elif isinstance(value, str) and _SURROGATE.search(value):
            node.fault(key, "ce texte contient un caractère impossible")
    if isinstance(node.data, Fields):
        for key in node.data.repeated:
            node.fault_at(_step(key), "clé écrite plusieurs fois")
    for key in shape.required:
        if node.data.get(key) is None:
            node.fault(key, "ce champ est obligatoire")


def _step(key: str) -> str:
    """A key as a step of a path: ``.name``, or ``["a b"]`` when it would not read as one."""
    return f".{key}" if _PLAIN_KEY.fullmatch(key) else f"[{json.dumps(key)}]"


def _texts(node: Node, name: str) -> Iterator[tuple[str, str]]:
    """The texts of the list under ``name``, each with its step in the path."""
    values = node.data.get(name)
    for index, value in enumerate(values if isinstance(values, list) else []):
        if isinstance(value, str):
            yield f".{name}[{index}]", value
        else:
            node.fault_at(f".{name}[{index}]", "un texte est attendu")


def _identifier_fault(text: str) -> str | None:
    """What is wrong with a SIREN or a VAT number of another state."""
    if text.isascii() and text.isdigit():
        return None if valid_siren(text) else "ce numéro SIREN n’est pas valide"
    return None if _VAT_NUMBER.fullmatch(text) else "un numéro SIREN ou de TVA est attendu"


def _check_identifier(node: Node, name: str) -> None:
    value = node.data.get(name)
    if isinstance(value, str) and (reason := _identifier_fault(value)):
        node.fault(name, reason)


def _check_beneficiary(node: Node) -> None:
    siren, naf = node.data.get("siren"), node.data.get("naf")
    if isinstance(siren, str) and not valid_siren(siren):
        node.fault("siren", "ce numéro SIREN n’est pas valide")
    if isinstance(naf, str) and not _NAF.fullmatch(naf):
        node.fault("naf", 'une activité de la NAF est attendue, comme "62.01Z"')
    for name in ("group", "single_undertaking"):
        for step, text in _texts(node, name):
            if reason := _identifier_fault(text):
                node.fault_at(step, reason)


def _check_claim(node: Node) -> None:
    node.choice("channel", _CHANNELS)
    lines = 0
    for invoice in node.nodes("invoices"):
        _check_identifier(invoice, "supplier_id")
        for line in invoice.nodes("lines"):
            lines += 1
            solution = line.data.get("solution")
            if not isinstance(solution, str) or not solution:
                line.fault("solution", "un texte est attendu")
            if line.data.get("number") == "":
                line.fault("number", "un numéro de ligne est attendu")
    if not lines:
        node.fault("invoices", "un dossier compte au moins une ligne")
