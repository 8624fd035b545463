"""Reading the central register of de minimis aids before each grant (art. 7).

It is read before anything is locked: a server may take seconds. What it gives of others is kept, and counts beside what
the company declared, on pages and in decisions; these seal it with their facts, and can be replayed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from bonus.adapters.de_minimis_register import RegisterAway, RegisteredAid, RegisterRefusal
from bonus.audit.service import SERVICE, record
from bonus.calendar import add_years, civil_date
from bonus.claims.models import Claim, Decision
from bonus.companies.links import linked_to, lock_undertaking
from bonus.companies.models import INSTRUMENTS, Company, FoundAid
from bonus.errors import Refusal
from bonus.extensions import db
from bonus.parts import de_minimis_register, service_contact
from bonus.regulation import Parameters, load_parameters
from bonus.regulation.wording import french

from .models import GRANT, RegisterEntry
from .service import is_de_minimis


@dataclass(frozen=True)
class Reading:
    """That the register was read at a moment, about a single undertaking: its SIRENs and VAT numbers."""

    identifiers: frozenset[str]
    at: datetime


def read_before_grant(claim_id: int, now: datetime) -> Reading | None:
    """The same as ``read_register``, for a person: raises Refusal when the register cannot be read, and the grant
    waits."""
    try:
        return read_register(claim_id, now)
    except (RegisterAway, RegisterRefusal) as error:
        raise Refusal(
            "register.away",
            french(
                "Le registre central des aides de minimis ne répond pas, et il est lu avant chaque accord (art. 7) : "
                "rien n’est décidé. Recommencez dans quelques minutes."
            ),
        ) from error


def read_register(claim_id: int, now: datetime) -> Reading | None:
    """Read what the register has of a dossier's single undertaking, and keep what changed; committed. Call it first:
    what the session holds ends with it. None where art. 7 sets no limit, and for a dossier that is not there.

    Raises RegisterAway, RegisterRefusal.
    """
    db.session.rollback()
    claim = db.session.get(Claim, claim_id)
    today, law = civil_date(now), load_parameters()
    if claim is None or not _limited(claim.company, today, law):
        return None
    company_id = claim.company_id
    identifiers = _undertaking(claim.company)
    db.session.rollback()  # no transaction stays open while a server is asked
    since = add_years(today, -law.integer("de_minimis.window_years", today))
    found = de_minimis_register().aids_of(identifiers, since)
    others = {(aid.beneficiary, aid.reference): aid for aid in _of_others(found, identifiers)}
    if _differs(_kept(identifiers), others, since):
        _keep(company_id, identifiers, others, since, now)
    db.session.rollback()
    return Reading(identifiers, now)


def require_read(
    company: Company, reading: Reading | None, granted_on: date, law: Parameters
) -> datetime | None:
    """When the register was read before a grant to a company; None where it need not be. Raises Refusal when it was
    not, of all the members that its single undertaking has now."""
    if not _limited(company, granted_on, law):
        return None
    if reading is None or not _undertaking(company) <= reading.identifiers:
        raise Refusal(
            "register.not_read",
            "L’entreprise unique du bénéficiaire vient de changer : le registre central des aides de minimis doit "
            "être lu de nouveau (art. 7). Recommencez.",
        )
    return reading.at


def _limited(company: Company, day: date, law: Parameters) -> bool:
    return company.kind == "enterprise" and is_de_minimis(law, day)


def _undertaking(company: Company) -> frozenset[str]:
    return frozenset({company.siren, *linked_to(company, "single_undertaking")})


def _of_others(found: Iterable[RegisteredAid], identifiers: Collection[str]) -> list[RegisteredAid]:
    """What the register gives that is not a bonus of ours: those are known from decisions. One that it took without
    our hearing its answer is told by what it says."""
    ours = db.session.execute(
        select(RegisterEntry.reference, Company.siren, Decision.decided_on, RegisterEntry.amount_cents)
        .join(Decision, RegisterEntry.decision_id == Decision.id)
        .join(Claim, Decision.claim_id == Claim.id)
        .join(Company, Claim.company_id == Company.id)
        .where(RegisterEntry.about == GRANT, Company.siren.in_(identifiers))
    ).all()
    references = {row.reference for row in ours if row.reference is not None}
    unheard = {(row.siren, row.decided_on, row.amount_cents) for row in ours if row.reference is None}
    authority = service_contact().name
    return [
        aid
        for aid in found
        if aid.amount_cents > 0
        and aid.reference not in references
        and not (
            aid.authority == authority and (aid.beneficiary, aid.granted_on, aid.amount_cents) in unheard
        )
    ]


Kept = Mapping[tuple[str, str], FoundAid]
Found = Mapping[tuple[str, str], RegisteredAid]


def _kept(identifiers: Collection[str]) -> Kept:
    rows = db.session.scalars(select(FoundAid).where(FoundAid.recipient.in_(identifiers)))
    return {(row.recipient, row.reference): row for row in rows}


def _differs(kept: Kept, found: Found, since: date) -> bool:
    standing = {
        key: _said(row) for key, row in kept.items() if row.gone_at is None and row.granted_on >= since
    }
    return standing != {key: _told(aid) for key, aid in found.items()}


def _said(row: FoundAid) -> tuple[int, date, str, str]:
    return row.amount_cents, row.granted_on, row.authority, row.instrument


def _told(aid: RegisteredAid) -> tuple[int, date, str, str]:
    instrument = aid.instrument if aid.instrument in INSTRUMENTS else "other"
    return aid.amount_cents, aid.granted_on, aid.authority[:200], instrument


def _keep(company_id: int, identifiers: Collection[str], found: Found, since: date, now: datetime) -> None:
    """Write what changed, the undertaking locked: two readings at once write it once."""
    company = db.session.get_one(Company, company_id)
    lock_undertaking(company)
    db.session.expire_all()
    kept, said = _kept(identifiers), []
    for key, aid in found.items():
        row = kept.get(key)
        if row is None:
            row = FoundAid(recipient=aid.beneficiary, reference=aid.reference, found_at=now)
            db.session.add(row)
        elif row.gone_at is None and _said(row) == _told(aid):
            continue
        row.amount_cents, row.granted_on, row.authority, row.instrument = _told(aid)
        row.read_at, row.gone_at = now, None
        said.append(
            {"reference": aid.reference, "recipient": aid.beneficiary, "amount_cents": aid.amount_cents}
        )
    for key, row in kept.items():
        if key not in found and row.gone_at is None and row.granted_on >= since:
            row.gone_at = now
            said.append({"reference": row.reference, "recipient": row.recipient, "amount_cents": 0})
    if said:
        record("register.read", f"company:{company.siren}", SERVICE, now, aids=said)
    db.session.commit()
