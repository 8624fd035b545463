"""What one entry alone cannot tell: missing keys, codes without names, unknown axes, late starts."""

from __future__ import annotations

from bonus.regulation.loader_entries import Draft, Fault
from bonus.regulation.schema import EVERY, FAMILIES, LARGE, PUBLIC, SCALARS, THRESHOLDS

_EVERYWHERE = "(tous les fichiers)"


def check_codes(draft: Draft) -> None:
    """Each code of a family has its names and its parameters, and the axes that labels name exist."""
    for key, file in draft.seen.items():
        family, code = key.split(".")[:2]
        if family in FAMILIES and code not in draft.names[family]:
            draft.faults.append(Fault(file, key, f"« {family}.{code} » n’a pas de nom affiché (names)"))
    for family, names in draft.names.items():
        for code in names:
            _check_code(draft, family, code)
    for key, parameter in draft.table.items():
        if parameter.unit == "axes":
            named = {axis for v in parameter.versions if isinstance(v.value, tuple) for axis in v.value}
            for axis in sorted(named - set(EVERY) - set(draft.names["axis"])):
                draft.faults.append(Fault(draft.seen[key], key, f"axe inconnu : {axis}"))


def _check_code(draft: Draft, family: str, code: str) -> None:
    required = FAMILIES[family].required
    bare = family == "size" and code in {LARGE, PUBLIC}
    if family == "size" and not bare:
        required = (*required, *THRESHOLDS)
    for name in required:
        if (key := f"{family}.{code}.{name}") not in draft.seen:
            draft.faults.append(Fault(draft.origin[f"{family}.{code}"], key, "paramètre manquant"))
    if bare:
        for name in THRESHOLDS:
            if (key := f"size.{code}.{name}") in draft.seen:
                draft.faults.append(Fault(draft.seen[key], key, "cette catégorie n’a pas de seuil"))
    # A code with only part of its parameters on some day would give a rate or a ceiling from nothing.
    keys = [key for name in required if (key := f"{family}.{code}.{name}") in draft.table]
    starts = {draft.table[key].versions[0].effective_from for key in keys}
    if len(starts) > 1:
        reason = f"les paramètres de « {family}.{code} » ne commencent pas le même jour"
        draft.faults.append(Fault(draft.seen[keys[0]], keys[0], reason))


def check_complete(draft: Draft) -> None:
    """Every value a rule reads is there, from the first day of the scheme."""
    missing = [key for key in SCALARS if key not in draft.seen]
    draft.faults += [Fault(_EVERYWHERE, key, "paramètre manquant") for key in missing]
    for code in (LARGE, PUBLIC):
        if code not in draft.names["size"]:
            draft.faults.append(Fault(_EVERYWHERE, f"names.size.{code}", "catégorie obligatoire manquante"))
    for family in ("axis", "label"):
        if not draft.names[family]:
            draft.faults.append(Fault(_EVERYWHERE, f"names.{family}", "aucun code défini"))
    period = draft.table.get("period.start")
    if period is None:
        return
    first = period.versions[0].effective_from
    needed = {*SCALARS, *(f"size.{code}.bonus" for code in (LARGE, PUBLIC))}
    for key in sorted(needed & set(draft.table)):
        start = draft.table[key].versions[0].effective_from
        if start > first:
            draft.faults.append(Fault(draft.seen[key], key, f"aucune valeur du {first} au {start}"))
