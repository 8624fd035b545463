"""Reading the entries of a parameter file, noting every fault on the way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from bonus.regulation.schema import FAMILIES, NULLABLE, UNITS, is_name, read_date, unit_of
from bonus.regulation.values import Name, Parameter, Version

_FILE_KEYS = {"notion", "article", "model", "names", "parameters"}
_NAME_KEYS = {"name", "short"}
_PARAMETER_KEYS = {"name", "unit", "article", "model", "versions"}
_VERSION_KEYS = {"from", "until", "value", "model"}
_ARTICLE = re.compile(r"art\. \d+(\.\d+)?")


@dataclass(frozen=True)
class Fault:
    """One thing wrong in the parameters: where (file, key) and why, in French."""

    file: str
    key: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, {self.key} : {self.reason}" if self.key else f"{self.file} : {self.reason}"


@dataclass
class Draft:
    """What has been read so far, the file each key came from, and the faults met."""

    table: dict[str, Parameter] = field(default_factory=dict)
    names: dict[str, dict[str, Name]] = field(default_factory=lambda: {family: {} for family in FAMILIES})
    origin: dict[str, str] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class _Place:
    """A key of a file: where a fault is noted."""

    draft: Draft
    file: str
    key: str

    def fault(self, reason: str) -> None:
        self.draft.faults.append(Fault(self.file, self.key, reason))

    def under(self, key: str) -> _Place:
        return _Place(self.draft, self.file, key)

    def table(self, raw: Any, known: set[str]) -> dict[str, Any] | None:
        """The mapping that stands here, its unknown keys noted; None when there is none."""
        if not isinstance(raw, dict):
            self.fault(f"une table est attendue ({', '.join(sorted(known))})")
            return None
        for name in raw:
            if name not in known:
                self.under(f"{self.key}.{name}" if self.key else str(name)).fault("clé inconnue")
        return raw

    def text(self, data: Mapping[str, Any], name: str, default: Any = None) -> str:
        value = data.get(name, default)
        if not isinstance(value, str) or not value.strip():
            self.fault(f"« {name} » manque ou n’est pas un texte")
            return ""
        return value.strip()


@dataclass(frozen=True)
class _Read:
    """A version as it stands in the file, with its explicit last day if it has one."""

    start: date
    until: date | None
    version: Version


def read_file(draft: Draft, file: str, raw: Any) -> None:
    """Read one file into the draft; nothing is raised, every fault is noted."""
    top = _Place(draft, file, "")
    data = top.table(raw, _FILE_KEYS)
    if data is None:
        return
    notion = top.under("notion").text(data, "notion")
    names, parameters = data.get("names", {}), data.get("parameters")
    if isinstance(names, dict):
        for key, entry in names.items():
            _read_name(top.under(f"names.{key}"), str(key), entry)
    else:
        top.under("names").fault("une table de noms est attendue")
    if not isinstance(parameters, dict) or not parameters:
        top.under("parameters").fault("une table de paramètres est attendue")
        return
    shared = {"notion": notion, "article": data.get("article"), "model": data.get("model")}
    for key, entry in parameters.items():
        _read_parameter(top.under(str(key)), entry, shared)


def _read_name(place: _Place, key: str, raw: Any) -> None:
    if not is_name(key):
        place.fault("clé inconnue (attendu : axis, label, document, ground ou size, un point, un code)")
        return
    entry = place.table(raw, _NAME_KEYS)
    if entry is None:
        return
    family, code = key.split(".")
    if code in place.draft.names[family]:
        place.fault(f"déjà défini dans {place.draft.origin[key]}")
        return
    place.draft.origin[key] = place.file
    place.draft.names[family][code] = Name(place.text(entry, "name"), place.text(entry, "short"))


def _read_parameter(place: _Place, raw: Any, shared: dict[str, Any]) -> None:
    """``shared``: what the file says for all its parameters (notion, article, model)."""
    draft, key = place.draft, place.key
    expected = unit_of(key)
    if expected is None:
        place.fault("clé inconnue : aucune règle ne lit ce paramètre")
        return
    if key in draft.seen:
        place.fault(f"déjà défini dans {draft.seen[key]}")
        return
    draft.seen[key] = place.file
    entry = place.table(raw, _PARAMETER_KEYS)
    if entry is None:
        return
    name = place.text(entry, "name")
    article = place.text(entry, "article", shared["article"])
    model = place.text(entry, "model", shared["model"])
    if article and not _ARTICLE.fullmatch(article):
        place.fault(f"article attendu sous la forme « art. 5.4 », lu {article!r}")
    if entry.get("unit") is None:
        place.fault(f"l’unité manque (attendu : {expected})")
    elif entry["unit"] != expected:
        place.fault(f"unité {entry['unit']!r} inattendue (attendu : {expected})")
    versions = _read_versions(place, entry.get("versions"), expected, model)
    if versions:
        draft.table[key] = Parameter(key, name, expected, article, shared["notion"], versions)


def _read_versions(place: _Place, raw: Any, unit: str, model: str) -> tuple[Version, ...]:
    if not isinstance(raw, list) or not raw:
        place.fault("« versions » doit être une liste d’au moins une version")
        return ()
    found: list[_Read] = []
    for number, entry in enumerate(raw, start=1):
        read = _read_version(place.under(f"{place.key}, version {number}"), entry, unit, model)
        if read is None:
            continue
        if read.version.value is None and place.key not in NULLABLE:
            place.fault(f"version {number} : une valeur est attendue")
            continue
        found.append(read)
    found.sort(key=lambda read: read.start)
    _check_dates(place, found)
    return tuple(read.version for read in found)


def _read_version(place: _Place, raw: Any, unit: str, model: str) -> _Read | None:
    entry = place.table(raw, _VERSION_KEYS)
    if entry is None:
        return None
    start = _read_bound(place, entry, "from")
    until = _read_bound(place, entry, "until") if "until" in entry else None
    if start is not None and until is not None and until < start:
        place.fault(f"« until » ({until}) précède « from » ({start})")
    if "model" in entry:
        model = place.text(entry, "model")
    if "value" not in entry:
        place.fault("« value » manque")
        return None
    try:
        value = UNITS[unit](entry["value"])
    except ValueError as error:
        place.fault(str(error))
        return None
    return None if start is None else _Read(start, until, Version(start, value, model))


def _read_bound(place: _Place, entry: Mapping[str, Any], name: str) -> date | None:
    try:
        return read_date(entry.get(name))
    except ValueError as error:
        place.fault(f"« {name} » : {error}")
        return None


def _check_dates(place: _Place, ordered: list[_Read]) -> None:
    for read, following in pairwise(ordered):
        if read.start == following.start:
            place.fault(f"chevauchement : deux versions prennent effet le {read.start}")
        elif read.until is not None and read.until >= following.start:
            place.fault(
                f"chevauchement : une version va jusqu’au {read.until}, une autre part du {following.start}"
            )
        elif read.until is not None and read.until < following.start - timedelta(days=1):
            place.fault(f"trou : rien ne s’applique entre le {read.until} et le {following.start}")
    if ordered and ordered[-1].until is not None:
        place.fault(
            "la dernière version ne peut pas avoir de « until » : plus rien ne s’appliquerait ensuite"
        )
