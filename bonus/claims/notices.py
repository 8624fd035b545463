"""Telling a company something of its dossiers, once: a notice in its space, and a mail to each who acts for it.

``tell`` writes in the transaction of the act it speaks of: neither goes without the other. What is told already is
left alone, so that an act or a job may run again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select

from bonus.accounts.models import COMPANY_ROLES, CompanyMember, Person
from bonus.adapters.mail import is_address
from bonus.audit.service import Actor, record
from bonus.companies.models import Company
from bonus.errors import NotFound
from bonus.extensions import db
from bonus.mail import NewMail, post_mails
from bonus.parts import public_url

from . import notice_words as words
from .models import Claim
from .notice_kinds import KINDS
from .notice_models import Notice

WRITERS = ("owner", "filer")
"""Who of a company is written to, and reads for it: those who may act on its dossiers."""

SAID_ON_THE_DRAFT = "label_ends"
PAGE_SIZE = 20
MOST_AT_ONCE = 500
"""Notices written by one statement: a batch of payments tells thousands of companies."""


@dataclass(frozen=True)
class News:
    """Something to tell a company: ``about`` names it for good among those of its kind (a decision's id, a day…);
    ``claim`` is None when it is about several dossiers. Not ``mailed``: its own mail is written elsewhere."""

    company_id: int
    kind: str
    about: str
    sentence: str
    claim: Claim | None = None
    mailed: bool = True

    @property
    def key(self) -> str:
        """What makes it one: kind, company or dossier, and what it is about."""
        whose = f"claim:{self.claim.id}" if self.claim is not None else f"company:{self.company_id}"
        return f"{self.kind}:{whose}:{self.about}"


@dataclass(frozen=True)
class Recipient:
    """Someone of a company to write to; ``role`` is that of ``COMPANY_ROLES``."""

    person_id: int
    email: str
    role: str


def tell(claim: Claim, kind: str, sentence: str, now: datetime, *, about: str = "") -> bool:
    """Tell a dossier's company something (``notice_kinds.KINDS``, and its sentence of the same name), in the caller's
    transaction, the dossier locked; False when that was told already. ``about`` tells apart two of one kind."""
    return bool(tell_all([News(claim.company_id, kind, about, sentence, claim)], now))


def tell_all(news: Sequence[News], now: datetime) -> int:
    """The same of many, in one go; how many were not told yet. Raises ValueError on an unknown kind."""
    unknown = {one.kind for one in news} - KINDS.keys()
    if unknown:
        raise ValueError(f"not a kind of notice: {unknown}")
    return sum(
        _tell_some(news[start : start + MOST_AT_ONCE], now) for start in range(0, len(news), MOST_AT_ONCE)
    )


def _tell_some(news: Sequence[News], now: datetime) -> int:
    known = set(db.session.scalars(select(Notice.key).where(Notice.key.in_([one.key for one in news]))))
    new = {one.key: one for one in news if one.key not in known}
    notices = {
        key: Notice(
            key=key, company_id=one.company_id, claim=one.claim, kind=one.kind, at=now, sentence=one.sentence
        )
        for key, one in new.items()
    }
    db.session.add_all(notices.values())
    db.session.flush()
    _write_to_people([(new[key], notice) for key, notice in notices.items() if new[key].mailed], now)
    return len(new)


def _write_to_people(told: Sequence[tuple[News, Notice]], now: datetime) -> None:
    whose = {one.company_id for one, _ in told}
    people = recipients(whose)
    found = db.session.execute(select(Company.id, Company.name).where(Company.id.in_(whose)))
    names = {row.id: row.name for row in found}
    mails = []
    for one, notice in told:
        number = one.claim.number if one.claim is not None else None
        url = f"{public_url()}/entreprise/avis/{notice.id}"
        for person in people.get(one.company_id, ()):
            role = COMPANY_ROLES[person.role].lower()
            said = words.mail(one.kind, number, one.sentence, names[one.company_id], role, url)
            key = f"notice:{notice.id}:{person.person_id}"
            mails.append(NewMail(key, person.email, said.subject, said.text, said.why))
    post_mails(mails, now)


def recipients(company_ids: Collection[int]) -> Mapping[int, list[Recipient]]:
    """Who of each company is written to: its owners and filers whose account is open."""
    found: dict[int, list[Recipient]] = defaultdict(list)
    for company_id, person_id, email, role in db.session.execute(
        select(CompanyMember.company_id, Person.id, Person.email, CompanyMember.role)
        .join(Person, Person.id == CompanyMember.person_id)
        .where(CompanyMember.company_id.in_(company_ids), CompanyMember.role.in_(WRITERS), Person.active)
        .order_by(Person.id)
    ):
        if is_address(email):
            found[company_id].append(Recipient(person_id, email, role))
    return found


# ---------------------------------------------------------------- reading


@dataclass(frozen=True)
class NoticePage:
    """A page of a company's notices, those not read first, then the latest; how many there are, and pages."""

    notices: Sequence[Notice]
    total: int
    page: int
    pages: int


def unread_count(company_id: int) -> int:
    """How many notices of a company nobody who acts for it has opened."""
    query = select(func.count()).where(Notice.company_id == company_id, Notice.read_at.is_(None))
    return db.session.scalar(query) or 0


def latest_unread(company_id: int, most: int) -> Sequence[Notice]:
    """The latest that nobody has opened, for the home page: the end of a label is said there on its draft."""
    return db.session.scalars(
        select(Notice)
        .where(Notice.company_id == company_id, Notice.read_at.is_(None), Notice.kind != SAID_ON_THE_DRAFT)
        .order_by(Notice.id.desc())
        .limit(most)
    ).all()


def notice_page(company_id: int, page: int) -> NoticePage:
    """One page of what a company was told."""
    mine = Notice.company_id == company_id
    total = db.session.scalar(select(func.count()).where(mine)) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(page, 1), pages)
    found = db.session.scalars(
        select(Notice)
        .where(mine)
        .order_by(case((Notice.read_at.is_(None), 0), else_=1), Notice.id.desc())
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    ).all()
    return NoticePage(found, total, page, pages)


def open_notice(notice_id: int, company_id: int, actor: Actor, now: datetime, *, acts: bool) -> Notice:
    """A company's own notice, opened by one of its people: read from then on, when they act for it (``acts``).

    Of who may only look, opening it leaves it to be read by those it is for. Raises NotFound.
    """
    notice = db.session.scalars(
        select(Notice)
        .where(Notice.id == notice_id, Notice.company_id == company_id)
        .with_for_update(of=Notice)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if notice is None:
        raise NotFound("notice.unknown", "Cet avis n’existe pas.")
    if acts and notice.read_at is None:
        notice.read_at, notice.read_by_id = now, actor.person_id
        record("notice.read", f"notice:{notice.id}", actor, now, kind=notice.kind)
    db.session.commit()
    return notice
