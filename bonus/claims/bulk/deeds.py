"""What may be done to many dossiers at once: who may not be touched is found in a few queries, not one by one.

A deed says what the law or the status forbids in the same words as the act on one dossier.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bonus.audit.service import Actor
from bonus.claims.models import Claim
from bonus.errors import Refusal

from . import asking, assigning, proposing

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Deed:
    """One kind of act. ``checked`` gives the parameters as they are kept, or raises InvalidInput at their field;
    ``refusals`` the dossiers that cannot be touched, by id, with why (French); ``perform`` does it to locked dossiers
    of which none is refused, in the caller's transaction, and gives what its audit entries say, by dossier."""

    checked: Callable[[Params, Actor, datetime], dict[str, Any]]
    refusals: Callable[[Sequence[Claim], Params | None, Actor, datetime], dict[int, Refusal]]
    perform: Callable[[Sequence[Claim], Params, Actor, datetime], None]


DEEDS: dict[str, Deed] = {
    "assign": Deed(assigning.checked, assigning.refusals, assigning.perform),
    "ask": Deed(asking.checked, asking.refusals, asking.perform),
    "propose": Deed(proposing.checked_apply, proposing.refusals, proposing.perform),
    "refuse": Deed(proposing.checked_refuse, proposing.refusals, proposing.perform),
}
