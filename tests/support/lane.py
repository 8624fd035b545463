"""Dossiers for the fast lane: a world where it is open, and one that meets every condition."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from unittest import mock

from sqlalchemy import select, update

from bonus.adapters.draw_seeds import SeedSafe
from bonus.claims.documents import join_documents
from bonus.claims.lane import digest, lane_entry_of
from bonus.claims.lane_contest import contest
from bonus.claims.lane_decisions import decide_by_rule, run_lane
from bonus.claims.lane_draw import is_drawn
from bonus.claims.lane_lists import VIEWS
from bonus.claims.lane_models import LaneEntry, SupplierNotice
from bonus.claims.lane_seeds import prepare_seeds
from bonus.claims.lane_words import shown_invoice
from bonus.claims.models import Claim
from bonus.companies.models import Company
from bonus.demo.invoices import SELLER, DemoParty
from bonus.extensions import db
from bonus.mail import MailMessage, NewMail, post_mail
from bonus.parts import document_store
from bonus.registry.models import Supplier

from .bills import Item, bill
from .papers import plain_pdf
from .world import NOW, ON, Dossier, World, draft, filed, party_of, run_jobs

EVE = NOW - timedelta(days=1)
LAST = ON + timedelta(days=5)
"""The last day to contest what is filed on ``ON``."""
DUE = LAST + timedelta(days=1)
_counted = itertools.count(1)
SUPPLIER = "certifications@nuage.example"


def at(day: date, hour: int = 9) -> datetime:
    """A moment of a day, on clocks of UTC."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def calm_seeds() -> Iterator[str]:
    """Seeds that draw none of the first numbers of the year, whichever day they serve; never the same ones twice."""
    for number in _counted:
        seed = f"{number:064x}"
        if not any(is_drawn(seed, f"BS-2026-{rank:06d}", 500) for rank in range(1, 60)):
            yield seed


def opened(world: World, *, seed: str | None = None, now: datetime = EVE) -> None:
    """The lane is open from the day after ``now``, for days whose seed is known to the test, and the supplier of the
    world's bills has an address."""
    with world.app.app_context():
        supplier = db.session.scalars(select(Supplier).where(Supplier.identifier == SELLER.siren)).one()
        supplier.email = SUPPLIER
        db.session.commit()
        seeds = calm_seeds() if seed is None else iter([seed, *itertools.islice(calm_seeds(), 10)])
        with mock.patch.object(SeedSafe, "new", side_effect=seeds):
            prepare_seeds(now)


def ready(
    world: World,
    cents: int = 1_000_00,
    *,
    company_id: int | None = None,
    seller: DemoParty = SELLER,
    issued_on: date = date(2026, 10, 15),
    now: datetime = NOW,
) -> Dossier:
    """A draft with one structured bill of so much without VAT (45 % of it is the bonus), and its proof of payment."""
    with world.app.app_context():
        company = db.session.get_one(Company, company_id or world.company_id)
        files = [bill(Item(cents), buyer=party_of(company), seller=seller, issued_on=issued_on)]
        db.session.rollback()
    dossier = draft(world, files, company_id=company_id, now=now)
    owner = world.neighbour_owner if company_id == world.neighbour_id else world.owner
    with world.app.app_context():
        proof = ("virement.pdf", plain_pdf(words=f"VIREMENT {dossier.id}"))
        (result,) = join_documents(dossier.id, "payment_proof", [proof], document_store(), owner, now)
        assert result.sentence is None
        db.session.rollback()
    return dossier


def known(world: World, *, company_id: int | None = None, now: datetime = EVE) -> Dossier:
    """A dossier of before, with the same supplier: of two, the second may be decided by rule."""
    return filed(world, ready(world, company_id=company_id, now=now), now=now)


def in_lane(world: World, cents: int = 1_000_00, *, now: datetime = NOW, told: bool = True) -> Dossier:
    """A dossier in the lane of a world where it is ``opened`` and the company ``known``; its supplier's mail left."""
    dossier = filed(world, ready(world, cents, now=now), now=now)
    if told:
        run_jobs(world, now)
    return dossier


def entry(world: World, dossier: Dossier) -> LaneEntry:
    """The dossier's entry, read whole, outside of any session."""
    with world.app.app_context():
        found = lane_entry_of(dossier.id)
        assert found is not None
        _ = [(notice.mail.sent_at, notice.reason) for notice in found.notices]
        db.session.expunge_all()
        db.session.rollback()
        return found


def unmet_of(world: World, dossier: Dossier) -> list[str]:
    """The codes of the conditions that do not hold, as looked at last."""
    return [one["code"] for one in entry(world, dossier).looked_at if not one["met"]]


def link(world: World) -> str:
    """The link in the last mail to the supplier, before it leaves."""
    with world.app.app_context():
        mail = db.session.scalars(
            select(MailMessage)
            .where(MailMessage.to == SUPPLIER, MailMessage.secret.is_not(None))
            .order_by(MailMessage.id.desc())
        ).first()
        assert mail is not None
        secret = str(mail.secret)
        db.session.rollback()
    assert re.fullmatch(r"[\w-]{32}", secret)
    return secret


def decide(world: World, dossier: Dossier, day: date = DUE) -> None:
    """The decision by rule asked for on a day."""
    with world.app.app_context():
        decide_by_rule(dossier.id, at(day))


def day_of_lane(world: World, day: date = DUE) -> None:
    """The lane's job of a day, and what it asks for."""
    with world.app.app_context():
        run_lane(day.toordinal(), at(day))
    run_jobs(world, at(day))


def status(world: World, dossier: Dossier) -> str:
    """The dossier's own status."""
    with world.app.app_context():
        found = db.session.get_one(Claim, dossier.id).status
        db.session.rollback()
        return found


def lane_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """The pages of the fast lane, each under a name: who opens it, and its address. Whatever else the world holds,
    these dossiers have no risk flag."""
    with mock.patch("bonus.claims.lane_facts.flags_of", return_value=()):
        return _lane_pages(world)


def _lane_pages(world: World) -> dict[str, tuple[str | None, str]]:
    begun = NOW - timedelta(days=12)
    opened(world, now=begun - timedelta(days=1))
    known(world, now=begun)
    ruled = in_lane(world, 700_00, now=begun + timedelta(hours=1), told=False)
    _sent(world, begun)
    decide(world, ruled, (begun + timedelta(days=6)).date())
    with world.app.app_context(), mock.patch.object(SeedSafe, "new", side_effect=calm_seeds()):
        prepare_seeds(EVE)
    drawn = _drawn(world)
    contested = in_lane(world, 900_00, told=False)
    secret = link(world)
    with world.app.app_context():
        contest(
            secret, "Nous n’avons jamais émis cette facture\u00a0: ce numéro n’est pas des nôtres.", None, NOW
        )
    waiting = in_lane(world, 800_00, told=False)
    outside = filed(world, ready(world, 20_000_00))
    company, agent = world.owner.email, world.reviewer.email
    named = {"waiting": waiting, "contested": contested, "drawn": drawn, "decided": ruled, "outside": outside}
    return {
        "draws": (None, "/tirage"),
        "contesting": (None, f"/contestation/{link(world)}"),
        "contested": (None, f"/contestation/{secret}"),
        "lane exit": (agent, f"/agent/dossiers/{waiting.number}/voie-rapide/sortie"),
        **{f"lane {key}": (agent, f"/agent/voie-rapide?voir={key}") for key in VIEWS},
        **{f"lane {name} (agent)": (agent, f"/agent/dossiers/{one.number}") for name, one in named.items()},
        **{
            f"lane {name} (company)": (company, f"/entreprise/dossiers/{one.number}")
            for name, one in named.items()
        },
    }


def _sent(world: World, now: datetime) -> None:
    """The mails to suppliers left, without the rest of what waits."""
    with world.app.app_context():
        db.session.execute(
            update(MailMessage).where(MailMessage.to == SUPPLIER).values(sent_at=now, secret=None)
        )
        db.session.commit()


def _drawn(world: World) -> Dossier:
    """One that the draw of the day takes: every dossier is."""
    with mock.patch("bonus.claims.lane.is_drawn", return_value=True):
        return in_lane(world, 850_00, told=False)


def link_to(world: World, dossier: Dossier) -> str:
    """The secret of a link that a supplier was sent about a dossier, whichever way it went."""
    secret = f"lien-du-dossier-{dossier.id}"
    with world.app.app_context():
        found = lane_entry_of(dossier.id)
        assert found is not None
        mail = post_mail(NewMail(f"link:{dossier.id}", SUPPLIER, "Objet", "Texte", "Raison"), NOW)
        shown = [shown_invoice("F-1", ON, 1_200_00, credit_note=False)]
        db.session.add(
            SupplierNotice(
                entry=found,
                supplier_identifier=SELLER.siren,
                supplier_name=SELLER.name,
                secret_sha256=digest(secret),
                invoices=shown,
                told_at=NOW,
                mail_id=mail.id,
            )
        )
        db.session.commit()
    return secret
