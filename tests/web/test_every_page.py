"""What holds of each page, whoever reads it: its frame, its headers, and nothing that its policy refuses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from bonus.certificates.models import TaxCertificate
from bonus.claims.announcements import announce
from bonus.claims.by_hand import enter_by_hand
from bonus.claims.models import Claim, Document
from bonus.demo.invoices import SELLER
from bonus.extensions import db
from bonus.parts import debtor
from bonus.payments.service import make_batch
from bonus.registry.keeping import note_alias
from bonus.web.access import PUBLIC, allow
from tests.adapters.einvoice_samples import MINIMUM
from tests.claims.loads.samples import loaded, taken
from tests.claims.tables.samples import PLAIN as TABLE_ROW
from tests.claims.test_by_hand import TYPED
from tests.conftest import AppMaker
from tests.support.application import application
from tests.support.bills import Item, bill
from tests.support.databases import sqlite_copy
from tests.support.ends import ending
from tests.support.papers import photo, scan
from tests.support.registry import certification_of, disown, learn, mend
from tests.support.requests import request_pages
from tests.support.signing_up import sign_up_pages
from tests.support.space import space_pages
from tests.support.world import (
    AUDIT,
    CLOUD,
    NOW,
    ON,
    World,
    build_world,
    decided,
    draft,
    filed,
    proposed,
    settled,
)
from tests.web.visitor import Visitor, document, signed_in, spaced

SIMULATED = f"?solution={CLOUD}&montant=300000&taille=sme&duree=36&recu=140000"
FOOTER = [
    "Aide",
    "Contact",
    "Accessibilité : non conforme",
    "Mentions légales",
    "Données personnelles",
    "Données ouvertes",
]


@dataclass(frozen=True)
class Site:
    """An application with dossiers of every kind, and each page under a name: who opens it, and its address."""

    app: Flask
    pages: dict[str, tuple[str | None, str]]
    files: dict[str, tuple[str, str]]

    def get(self, email: str | None, address: str) -> TestResponse:
        return (signed_in(self.app, email) if email else Visitor(self.app)).get(address)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with application(sqlite_copy(folder), folder, DEMO=True) as app:
        yield furnished(build_world(app))


def furnished(world: World) -> Site:
    granted, refused = (
        settled(world),
        decided(world, outcome="refuse", reasons="Motifs en droit et en fait (art. 4)."),
    )
    part = decided(world, draft(world, [bill(Item(5_000_00), Item(9_00, "Chaise", "X"), number="F-part")]))
    waiting, ready, begun = (
        filed(world),
        proposed(world),
        draft(world, [bill(number="F-b"), bill(Item(-90_00), number="AV", corrects="F-b")]),
    )
    empty = draft(world, [])
    tabled = draft(world, [])
    with world.app.app_context():
        faulty = loaded(world, tabled.id, TABLE_ROW, TABLE_ROW | {"facture": "T-2", "tva": "x"}).reference
        done = taken(world, tabled.id, TABLE_ROW | {"facture": "T-3"}).reference
    typing = draft(world, [("minimum.xml", MINIMUM), scan(), bill(number="F/part")])
    with world.app.app_context():
        waits = db.session.get_one(Claim, typing.id)
        typed = waits.invoices[0].id, waits.documents[1].reference
        handed = draft(world, [("photo.jpg", photo())])
        enter_by_hand(
            handed.id, db.session.get_one(Claim, handed.id).documents[0].reference, TYPED, world.owner, NOW
        )
        by_hand = filed(world, handed).number
        make_batch(debtor(), ON, ON, world.accounting_officer, NOW)
        certificate = db.session.scalars(select(TaxCertificate.number)).first()
        reference = db.session.scalars(
            select(Document.reference).where(Document.claim_id == waiting.id)
        ).one()
        db.session.rollback()
    owner, agent = world.owner.email, world.reviewer.email
    company, claims = "/entreprise/dossiers", "/agent/dossiers"
    pages: dict[str, tuple[str | None, str]] = {
        **{
            path: (None, path)
            for path in ("/", "/connexion", "/verifier", "/aide", "/contact", "/mentions-legales")
        },
        **{path: (None, path) for path in ("/donnees-personnelles", "/accessibilite", "/donnees")},
        **{path: (None, f"/solutions{path}") for path in ("", f"/{CLOUD}", "?q=hebergment", "?q=xyzzy")},
        **{
            f"simulator{query}": (None, f"/simulateur{query}")
            for query in ("", "?chercher=oui&q=hebergement", "?usage=ai&montant=90&taille=public", SIMULATED)
        },
        "verified": (None, f"/verifier?numero={certificate}"),
        "company home": (owner, "/entreprise"),
        "company's first visit": (world.neighbour_owner.email, "/entreprise"),
        "new dossier": (owner, f"{company}/nouveau"),
        **{
            f"draft {step}": (owner, f"{company}/{begun.reference}/{step}")
            for step in ("factures", "lignes", "pieces", "depot")
        },
        "new dossier by a table": (owner, f"{company}/nouveau/tableau"),
        **{
            f"tables {step}": (owner, f"{company}/{tabled.reference}/{step}")
            for step in ("tableau", f"tableau/{faulty}", f"tableau/{done}", "factures", "lignes", "depot")
        },
        "draft to type": (owner, f"{company}/{typing.reference}/factures"),
        "typed lines": (owner, f"{company}/{typing.reference}/factures/{typed[0]}/lignes"),
        "typed invoice": (owner, f"{company}/{typing.reference}/documents/{typed[1]}/saisie"),
        "empty draft": (owner, f"{company}/{empty.reference}/depot"),
        "granted": (owner, f"{company}/{granted.number}"),
        "granted in part": (owner, f"{company}/{part.number}"),
        "refused": (owner, f"{company}/{refused.number}"),
        "filed": (owner, f"{company}/{waiting.number}"),
        "notices": (owner, "/entreprise/avis"),
        "no notice": (world.neighbour_owner.email, "/entreprise/avis"),
        "mails": (None, "/demonstration/courriels"),
        "certificates": (owner, "/entreprise/attestations"),
        "no certificate": (world.neighbour_owner.email, "/entreprise/attestations"),
        "accountant": (world.accountant.email, "/cabinet"),
        "accountant without client": (world.stranger_accountant.email, "/cabinet"),
        **{
            f"queue {key}": (agent, f"{claims}?file={key}")
            for key in ("a-instruire", "a-decider", "liste-d-attente", "decides")
        },
        "filed, typed by hand": (owner, f"{company}/{by_hand}"),
        "to examine, typed by hand": (agent, f"{claims}/{by_hand}"),
        "to examine": (agent, f"{claims}/{waiting.number}"),
        "to decide": (world.officer.email, f"{claims}/{ready.number}"),
        "decided": (agent, f"{claims}/{granted.number}"),
        "payments": (world.accounting_officer.email, "/agent/paiements"),
        **registry_pages(world),
        **space_pages(world),
        **request_pages(world),
        **sign_up_pages(world),
        "log": (world.administrator.email, "/agent/journal?verifier=1"),
        "not found": (owner, "/inconnu"),
        "not found, by nobody": (None, "/inconnu"),
        "forbidden": (owner, "/agent/journal"),
        "not by reading": (None, "/deconnexion"),
        "not understood": (None, "/aide?a=%00"),
    }
    files = {
        "acknowledgement": (owner, f"{company}/{granted.number}/accuse-de-reception.pdf"),
        "certificate": (owner, f"/entreprise/attestations/{certificate}.pdf"),
        "accountant's certificate": (world.accountant.email, f"/cabinet/attestations/{certificate}.pdf"),
        "document": (agent, f"{claims}/{waiting.number}/documents/{reference}"),
        "proof of an account": (pages["account"][0] or "", f"{pages['account'][1]}/justificatif"),
        "payment file": (world.accounting_officer.email, "/agent/paiements/lots/LOT-2026-000001.xml"),
    }
    return Site(world.app, pages, files)


def registry_pages(world: World) -> dict[str, tuple[str | None, str]]:
    """The pages of the registry's keeper, about a solution that has lived."""
    keeper, root = world.registry_keeper.email, "/agent/registre"
    with world.app.app_context():
        found = certification_of(AUDIT)
        first = learn(found, "suspended", date(2026, 2, 1), NOW)
        fact, void = mend(first, NOW, happened_on=date(2026, 2, 2)).id, disown(found.facts[2], NOW).id
        note_alias(found.solution, "name", "Pentest", "Bon de commande", world.registry_keeper, NOW)
        alias, own = found.solution.aliases[0].id, f"certifications/{found.id}"
        db.session.commit()
        ending(CLOUD, ON + timedelta(days=90), "NFG")  # the drafts buy it
        announce(NOW)
    solution = f"{root}/solutions/{AUDIT}"
    addresses = {
        "registry": root,
        "registry, nothing found": f"{root}?q=xyzxyz",
        "registry, a mistake": f"{root}?q=hebergemant",
        "solution": solution,
        "solution with criteria": f"{root}/solutions/{CLOUD}",
        "solution then": f"{solution}?au=2026-02-02&connu=2026-01-01",
        "new solution": f"{root}/nouvelle-solution",
        "label choice": f"{solution}/certifications",
        "new certification": f"{solution}/certifications/NFG",
        **{f"event {one}": f"{solution}/{own}/{one}" for one in ("suspension", "retablissement", "retrait")},
        **{
            f"{act} {one}": f"{solution}/{own}/faits/{one}/{act}"
            for act in ("correction", "annulation")
            for one in (fact, void)
        },
        "alias removal": f"{solution}/noms/{alias}/retrait",
        "ends": f"{root}/echeances",
        "ends, to be reached": f"{root}/echeances?suivi=a-joindre",
        "supplier's address": f"{root}/echeances/fournisseurs/{SELLER.siren}",
        "labels": f"{root}/labels",
        "labels then": f"{root}/labels?au=1999-01-01",
        "label": f"{root}/labels/NFG",
        "label then": f"{root}/labels/NFG?au=1999-01-01",
        "new label": f"{root}/labels/nouveau",
        "label version": f"{root}/labels/NFG/version",
    }
    return {name: (keeper, address) for name, address in addresses.items()}


STATUSES = {
    "not found": 404,
    "not found, by nobody": 404,
    "forbidden": 403,
    "not by reading": 405,
    "not understood": 400,
}
Check = Callable[[TestResponse], None]


def frame(response: TestResponse) -> None:
    """One language, one h1, which begins the title; a footer with what the law asks; what the demonstration is."""
    page = document(response)
    assert page.get("lang") == "fr"
    (heading,) = page.xpath("//h1")
    assert len(page.xpath("//main")) == 1
    title = spaced(page.findtext(".//title"))
    assert title == f"{spaced(heading.text_content())} · Bonus Souveraineté"
    links = page.xpath('//footer//*[contains(@class, "footer__bottom-item")]//a')
    assert [spaced(link.text_content()) for link in links] == FOOTER
    assert [link.get("href") for link in links] == [
        "/aide",
        "/contact",
        "/accessibilite",
        "/mentions-legales",
        "/donnees-personnelles",
        "/donnees",
    ]
    assert "Démonstration, dispositif fictif." in spaced(page.text_content())


def sound(response: TestResponse) -> None:
    """Ids are given once, and all that refers to one finds it; no heading level is skipped."""
    page = document(response)
    counted = Counter(page.xpath("//@id"))
    assert [name for name, count in counted.items() if count > 1] == []
    names = {"top", *counted}
    for attribute in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "form"):
        for value in page.xpath(f"//@{attribute}"):
            assert set(value.split()) <= names, (attribute, value)
    for target in page.xpath('//a[starts-with(@href, "#")]/@href'):
        assert target[1:] in names, target
    levels = [
        int(heading.tag[1])
        for heading in page.xpath("//main//*[self::h1 or self::h2 or self::h3 or self::h4 or self::h5]")
    ]
    for before, after in pairwise(levels):
        assert after <= before + 1, levels
    for control in page.xpath('//main//input[not(@type="hidden")] | //main//select | //main//textarea'):
        named = page.xpath(f'//label[@for="{control.get("id")}"]') or control.get("aria-label")
        assert named, control.get("name")


def harmless(response: TestResponse) -> None:
    """The policy lets nothing inline through, and the page has nothing inline."""
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "http" not in policy
    (nonce,) = re.findall(r"script-src 'nonce-([^']+)'(?:;|$)", policy)
    page = document(response)
    for script in page.xpath("//script"):
        assert script.get("nonce") == nonce
        assert script.get("src", "").startswith("/static/")
        assert not (script.text or "").strip()
    assert not page.xpath(
        "//@style | //style | //@*[starts-with(name(), 'on')] | //iframe | //object | //embed"
    )
    loaded = page.xpath("//img/@src | //link/@href | //script/@src | //*[local-name()='use']/@href")
    ours = re.compile(r"/static/|/(entreprise|agent)/dossiers/[\w-]+/documents/[\w-]+/pages/\d+\.png$")
    assert [address for address in loaded if not ours.match(address)] == []
    assert [
        action for action in page.xpath("//form/@action") if action and not re.match(r"/(?!/)", action)
    ] == []
    for form in page.xpath('//form[@method="post"]'):
        assert form.xpath('.//input[@name="csrf_token"]/@value')


def kept_private(response: TestResponse) -> None:
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "private" in response.headers["Cache-Control"]


def typography(response: TestResponse) -> None:
    """What people read: no-break spaces before « : ; ! ? % € » and inside quotes, the curved apostrophe."""
    main = document(response).xpath("//main")[0]
    for hidden in main.xpath(".//*[contains(@class, 'bs-code')]"):
        hidden.drop_tree()
    text = main.text_content()
    for pattern in (r"\w [:;!?%€]", r"« \w", r"\w »", r"\w'\w", r"[a-zé][:;!?](?: |$)", r"\d€", r"\.\.\."):
        found = re.findall(f".{{0,20}}{pattern}.{{0,10}}", text)
        assert found == [], (pattern, found)
    assert "None" not in text
    assert "{{" not in text


CHECKS: dict[str, Check] = {
    check.__name__: check for check in (frame, sound, harmless, kept_private, typography)
}


@pytest.mark.parametrize("name", CHECKS)
def test_every_page(site: Site, name: str) -> None:
    visitors: dict[str | None, Visitor] = {}
    faults = []
    for page, (email, address) in site.pages.items():
        visitor = visitors.setdefault(email, signed_in(site.app, email) if email else Visitor(site.app))
        response = visitor.get(address)
        assert response.status_code == STATUSES.get(page, 200), (page, response.status_code)
        try:
            CHECKS[name](response)
        except AssertionError as fault:
            faults.append(f"{page} ({address}): {fault}")
    assert not faults, "\n".join(faults)


def test_nothing_of_someone_is_kept_by_the_browser(site: Site) -> None:
    for name, (email, address) in site.pages.items():
        kept = site.get(email, address).headers["Cache-Control"]
        public = email is None and name not in {"not found, by nobody", "not by reading"}
        assert kept == ("private, no-cache" if public else "private, no-store"), name
    for name, (email, address) in site.files.items():
        response = site.get(email, address)
        assert response.status_code == 200, name
        assert response.headers["Cache-Control"] == "private, no-store", name
        assert response.headers["Content-Disposition"].startswith("attachment"), name
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'"), name


def test_what_fails_is_said_in_french_with_a_reference(
    make_app: AppMaker, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(DEMO=True, PROPAGATE_EXCEPTIONS=False)

    @app.get("/panne")
    @allow(PUBLIC)
    def broken() -> str:
        raise ZeroDivisionError("a secret of the house")

    response = Visitor(app).get("/panne")
    assert response.status_code == 500
    assert "secret of the house" not in response.text
    (reference,) = set(re.findall(r"référence ([0-9a-f]{8})", spaced(document(response).text_content())))
    assert reference in caplog.text
    for check in (sound, harmless, kept_private, typography):
        check(response)
