"""Reading the parameter files, strictly: everything that is wrong is said at once, by file and key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bonus.regulation.loader_checks import check_codes, check_complete
from bonus.regulation.loader_entries import Draft, Fault, read_file
from bonus.regulation.strict_yaml import YamlError, read_yaml
from bonus.regulation.values import Parameters

FOLDER = Path(__file__).parent / "parameters"


class ParametersError(Exception):
    """The parameter files cannot be used; ``faults`` says everything that is wrong."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


def load_parameters(folder: Path | None = None) -> Parameters:
    """Read the folder of YAML files (default: the reference text shipped with the software, read once).

    Raises ParametersError with every fault: bad date, unknown key, overlap, missing unit, rate written
    as a float, missing parameter, name without parameter…
    """
    return _default() if folder is None else _load(folder)


@lru_cache(maxsize=1)
def _default() -> Parameters:
    return _load(FOLDER)


def _load(folder: Path) -> Parameters:
    files: dict[str, Any] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            files[path.name] = read_yaml(path.read_bytes())
        except YamlError as error:
            faults.append(Fault(path.name, error.key, error.reason))
    if not files and not faults:
        faults.append(Fault(str(folder), "", "aucun fichier de paramètres (*.yaml)"))
    if faults:
        # The files that could be read are still checked, but what they lack may stand in the others.
        raise ParametersError(faults + _read(files, whole=False).faults)
    return _build(files)


def from_content(content: str) -> Parameters:
    """Build parameters from ``Parameters.content``, the text whose SHA-256 is their version.

    It is how a decision finds again, from a stored copy, the very parameters it was made with.
    A text was complete on its day: what later rules read, which this one does not say, is no fault of it.
    Raises ParametersError like ``load_parameters``, ValueError when the text is not such content.
    """
    pairs = json.loads(content)
    if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise ValueError("not the content of parameters")
    return _build({str(file): data for file, data in pairs}, whole=False)


def _build(files: Mapping[str, Any], *, whole: bool = True) -> Parameters:
    draft = _read(files, whole=whole)
    if draft.faults:
        raise ParametersError(draft.faults)
    content = json.dumps(list(files.items()), ensure_ascii=False, separators=(",", ":"))
    return Parameters(
        version=hashlib.sha256(content.encode()).hexdigest(),
        table=MappingProxyType(draft.table),
        names=MappingProxyType({family: MappingProxyType(names) for family, names in draft.names.items()}),
        content=content,
    )


def _read(files: Mapping[str, Any], *, whole: bool) -> Draft:
    draft = Draft()
    for file, data in files.items():
        read_file(draft, file, data)
    check_codes(draft)
    if whole:
        check_complete(draft)
    return draft
