"""A SIREN or a SIRET as people read it: by threes."""

from __future__ import annotations

from stdnum.fr import siren as stdnum_siren
from stdnum.fr import siret as stdnum_siret

from .money import NBSP


def spaced_siren(value: str) -> str:
    """A SIREN ``"732 829 320"`` or a SIRET ``"732 829 320 00074"``; anything else is given back as it came."""
    if stdnum_siret.is_valid(value):
        compact = stdnum_siret.compact(value)
        return NBSP.join((compact[:3], compact[3:6], compact[6:9], compact[9:]))
    if stdnum_siren.is_valid(value):
        compact = stdnum_siren.compact(value)
        return NBSP.join((compact[:3], compact[3:6], compact[6:]))
    return value
