"""What a company's owners declare: its figures (art. 3), its two sets (arts. 3 and 7), its other aids (art. 7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from bonus.accounts.acting import locked_as_owner
from bonus.audit.service import Actor, record
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.money import NBSP

from .identifiers import member_identifier
from .links import linked_to
from .models import INSTRUMENTS, Company, CompanyLink, DeMinimisAid
from .proof import require_proven

KINDS = {"group": "Groupe", "single_undertaking": "Entreprise unique"}
"""The two sets, in the words of arts. 3 and 7."""

MOST_LINKS = 200
MOST_AIDS = 500
MOST_HEADCOUNT = 10_000_000
MOST_CENTS = 10**14
"""A thousand billion euros: what passes it was mistyped."""
OLDEST_AID = date(2000, 1, 1)


@dataclass(frozen=True)
class AidInput:
    """An aid as declared: ``recipient`` is a SIREN or VAT number of the undertaking, ``instrument`` a code of
    INSTRUMENTS, the amount in cents."""

    amount_cents: int
    granted_on: date
    authority: str
    instrument: str
    recipient: str


def set_figures(
    company_id: int,
    headcount: int,
    turnover_cents: int,
    balance_sheet_cents: int,
    actor: Actor,
    now: datetime,
) -> Company:
    """Declare the figures of the whole group, added up (art. 3), in persons and cents.

    A decision already made keeps those it was sealed with. Raises InvalidInput when one is out of bounds, Forbidden.
    """
    given = {
        "headcount": (headcount, MOST_HEADCOUNT),
        "turnover": (turnover_cents, MOST_CENTS),
        "balance_sheet": (balance_sheet_cents, MOST_CENTS),
    }
    for field, (value, most) in given.items():
        if not 0 <= value <= most:
            raise InvalidInput(
                "company.figure_out_of_bounds", "Ce nombre est hors limites. Relisez-le.", field=field
            )
    company = locked_as_owner(company_id, actor)
    before = [company.headcount, company.turnover_cents, company.balance_sheet_cents]
    company.headcount, company.turnover_cents = headcount, turnover_cents
    company.balance_sheet_cents, company.figures_set_at = balance_sheet_cents, now
    record(
        "company.figures_set",
        f"company:{company.siren}",
        actor,
        now,
        before=before,
        after=[headcount, turnover_cents, balance_sheet_cents],
    )
    db.session.commit()
    return company


def add_link(company_id: int, kind: str, member: str, actor: Actor, now: datetime) -> CompanyLink:
    """Declare a member of the group or of the single undertaking, by SIREN or VAT number.

    It concerns that member too. Raises InvalidInput when the number is wrong, its own, listed already or one too many;
    Forbidden; Refusal for a company not proven.
    """
    if kind not in KINDS:
        raise InvalidInput(
            "company.unknown_kind", "Choisissez le groupe ou l’entreprise unique.", field="kind"
        )
    identifier = member_identifier(member)
    company = locked_as_owner(company_id, actor)
    require_proven(company)
    listed = [link.member for link in company.links if link.kind == kind]
    if identifier == company.siren:
        raise InvalidInput(
            "company.own_identifier", "Ce numéro est celui de votre entreprise.", field="member"
        )
    if identifier in listed:
        raise InvalidInput("company.link_known", "Cette entreprise est déjà dans la liste.", field="member")
    if len(listed) >= MOST_LINKS:
        raise InvalidInput(
            "company.too_many_links",
            f"Une liste compte au plus {MOST_LINKS} entreprises{NBSP}: écrivez-nous pour la suite.",
            field="member",
        )
    link = CompanyLink(company_id=company.id, kind=kind, member=identifier)
    db.session.add(link)
    record("company.link_added", f"company:{company.siren}", actor, now, kind=kind, member=identifier)
    db.session.commit()
    return link


def remove_link(company_id: int, link_id: int, actor: Actor, now: datetime) -> None:
    """Take one of its own declared members off a list. Raises NotFound, Forbidden."""
    company = locked_as_owner(company_id, actor)
    link = db.session.scalars(
        select(CompanyLink).where(CompanyLink.id == link_id, CompanyLink.company_id == company_id)
    ).one_or_none()
    if link is None:
        raise NotFound("company.link_unknown", "Cette entreprise n’est pas dans votre liste.")
    db.session.delete(link)
    record("company.link_removed", f"company:{company.siren}", actor, now, kind=link.kind, member=link.member)
    db.session.commit()


def possible_recipients(company: Company) -> list[str]:
    """For whom a company may declare an aid: itself, and the members of its single undertaking that have no space
    here, where they would declare it themselves."""
    members = linked_to(company, "single_undertaking")
    here = set(db.session.scalars(select(Company.siren).where(Company.siren.in_(members))))
    return [company.siren, *(member for member in members if member not in here)]


def add_aid(company_id: int, given: AidInput, actor: Actor, now: datetime, today: date) -> DeMinimisAid:
    """Declare another de minimis aid. Raises InvalidInput, Forbidden, Refusal for a company not proven."""
    company = locked_as_owner(company_id, actor)
    require_proven(company)
    _check_aid(company, given, today)
    held = db.session.query(DeMinimisAid).filter(DeMinimisAid.company_id == company_id).count()
    if held >= MOST_AIDS:
        raise InvalidInput(
            "aid.too_many", f"Une entreprise déclare ici au plus {MOST_AIDS} aides{NBSP}: écrivez-nous."
        )
    aid = DeMinimisAid(company_id=company_id, created_at=now)
    _fill(aid, given)
    db.session.add(aid)
    db.session.flush()
    record("aid.declared", f"aid:{aid.id}", actor, now, siren=company.siren, **_facts(aid))
    db.session.commit()
    return aid


def correct_aid(
    company_id: int, aid_id: int, given: AidInput, actor: Actor, now: datetime, today: date
) -> DeMinimisAid:
    """Correct an aid no decision was sealed with. Raises InvalidInput, NotFound, Forbidden, Refusal."""
    company = locked_as_owner(company_id, actor)
    aid = _unused_aid(company_id, aid_id)
    _check_aid(company, given, today, aid.recipient)
    before = _facts(aid)
    _fill(aid, given)
    record("aid.corrected", f"aid:{aid.id}", actor, now, before=before, after=_facts(aid))
    db.session.commit()
    return aid


def remove_aid(company_id: int, aid_id: int, actor: Actor, now: datetime) -> None:
    """Take back an aid no decision was sealed with. Raises NotFound, Forbidden, Refusal."""
    locked_as_owner(company_id, actor)
    aid = _unused_aid(company_id, aid_id)
    db.session.delete(aid)
    record("aid.removed", f"aid:{aid.id}", actor, now, **_facts(aid))
    db.session.commit()


def _unused_aid(company_id: int, aid_id: int) -> DeMinimisAid:
    aid = db.session.scalars(
        select(DeMinimisAid)
        .where(DeMinimisAid.id == aid_id, DeMinimisAid.company_id == company_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if aid is None:
        raise NotFound("aid.unknown", "Cette aide n’est pas dans votre liste.")
    if aid.used_at is not None:
        raise Refusal(
            "aid.used",
            f"Une décision a été prise en comptant cette aide{NBSP}: elle ne change plus ici. Écrivez-nous pour la "
            "corriger.",
        )
    return aid


def _check_aid(company: Company, given: AidInput, today: date, former: str | None = None) -> None:
    checks = [
        (0 < given.amount_cents <= MOST_CENTS, "amount", "Écrivez un montant supérieur à zéro."),
        (
            OLDEST_AID <= given.granted_on <= today,
            "granted_on",
            "Écrivez le jour où l’aide a été accordée, au plus tard aujourd’hui.",
        ),
        (0 < len(given.authority.strip()) <= 200, "authority", "Indiquez qui a accordé l’aide."),
        (given.instrument in INSTRUMENTS, "instrument", "Choisissez la forme de l’aide."),
        (
            given.recipient in (*possible_recipients(company), former),
            "recipient",
            "Choisissez votre entreprise ou un membre de son entreprise unique.",
        ),
    ]
    for good, field, sentence in checks:
        if not good:
            raise InvalidInput(f"aid.{field}", sentence, field=field)


def _fill(aid: DeMinimisAid, given: AidInput) -> None:
    aid.amount_cents, aid.granted_on = given.amount_cents, given.granted_on
    aid.authority, aid.instrument = given.authority.strip(), given.instrument
    aid.recipient = given.recipient


def _facts(aid: DeMinimisAid) -> dict[str, object]:
    return {
        "recipient": aid.recipient,
        "amount_cents": aid.amount_cents,
        "granted_on": aid.granted_on.isoformat(),
        "authority": aid.authority,
        "instrument": aid.instrument,
    }
