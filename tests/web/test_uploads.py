"""What people send: bounded in size, judged by its content, kept apart under random names, shown harmless."""

from __future__ import annotations

import re
import stat
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import func, select
from werkzeug.serving import make_server

from bonus.claims.models import Claim, Document, Invoice
from bonus.config import FIXED
from bonus.demo.invoices import SELLER
from bonus.extensions import db
from tests.conftest import AppMaker
from tests.support.bills import File, Item, bill, demo_files
from tests.support.world import ON, World, build_world, draft, filed
from tests.web.company_pages import DECLARED
from tests.web.visitor import Visitor, document, signed_in, spaced, words

NEW = "/entreprise/dossiers/nouveau"
SCRIPT = "<script>alert(1)</script>"
HOSTILE = f"{SCRIPT}\"'><img src=x onerror=alert(1)>{{{{7*7}}}}"


def refusals(page: str) -> list[str]:
    """What the page says of each file that was not taken."""
    return [spaced(text) for text in re.findall(r"(?s)<li><strong>(.*?)</li>", page)]


# ---------------------------------------------------------------- size


def test_what_one_sending_may_bring() -> None:
    assert FIXED["MAX_CONTENT_LENGTH"] == 64 * 1024 * 1024


def test_too_many_bytes_are_refused_with_the_limit(make_app: AppMaker) -> None:
    world = build_world(make_app(MAX_CONTENT_LENGTH=2 * 1024 * 1024))
    owner = signed_in(world.app, world.owner.email)
    response = owner.upload(NEW, [("facture.pdf", b"%PDF-1.7" + bytes(2 * 1024 * 1024))])
    assert response.status_code == 413
    assert spaced(document(response).findtext(".//h1") or "") == "Vos fichiers sont trop lourds"
    assert "Un envoi ne peut pas dépasser 2 Mo en tout. Rien n’a été enregistré." in words(response)
    with world.app.app_context():
        assert db.session.scalar(select(func.count(Claim.id))) == 0
    assert owner.upload(NEW, [bill()]).status_code == 302, "a smaller one is taken"


def test_a_file_over_its_own_limit_is_named_and_the_others_are_taken(world: World, owner: Visitor) -> None:
    response = owner.upload(NEW, [("lourd.pdf", b"%PDF-1.7\n" + bytes(11_000_000)), bill(number="F-77")])
    assert response.status_code == 422
    assert "lourd.pdf" in words(response)
    assert "10 Mo" in words(response)
    assert "F-77" in words(response)
    assert "Les autres sont bien dans le dossier." in words(response)


def test_a_form_with_too_many_parts_or_too_long_a_text(world: World, owner: Visitor) -> None:
    dossier = draft(world)
    address = f"/entreprise/dossiers/{dossier.reference}/lignes"
    for data in (
        {f"lines-{rank}-solution": "x" for rank in range(3_000)},
        {"lines-0-solution": "x" * 3_000_000},
    ):
        response = owner.post_files(address, "files", [], data)
        assert response.status_code == 413
        assert document(response).get("lang") == "fr"


# ---------------------------------------------------------------- content, not name


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("facture.pdf", b"Bonjour, voici ma facture de 100 euros."),
        ("facture.pdf", b""),
        ("facture.pdf", b"%PDF-1.7\n%damaged"),
        ("facture.xml", b"<html><body>facture</body></html>"),
        ("facture.xml", b"<?xml version='1.0'?><Invoice"),
        ("facture.pdf", b"MZ\x90\x00" + bytes(200)),
        ("facture.pdf", b"PK\x03\x04" + bytes(200)),
        ("facture.xml", b"\xff\xfe\x00\x00"),
    ],
    ids=["text", "empty", "damaged", "html", "cut xml", "program", "archive", "noise"],
)
def test_what_is_no_invoice_is_named_with_its_reason(
    world: World, owner: Visitor, name: str, content: bytes
) -> None:
    response = owner.upload(NEW, [(name, content)])
    assert response.status_code == 422
    assert "Un fichier n’a pas pu être pris" in words(response)
    (said,) = refusals(response.text)
    assert re.fullmatch(rf"{re.escape(name)}</strong> : .{{10,}}\.", said), said
    with world.app.app_context():
        assert db.session.scalar(select(func.count(Document.id))) == 0
    assert not list(stored(world)), "nothing of it is kept"


def test_a_good_invoice_is_taken_whatever_its_name(world: World, owner: Visitor) -> None:
    pdf, xml = demo_files(ON)[0][1], demo_files(ON)[2][1]
    response = owner.upload(NEW, [("photo.jpg", pdf), ("sans-extension", xml)])
    assert response.status_code == 302
    with world.app.app_context():
        kinds = dict(db.session.execute(select(Document.original_name, Document.media_type)).all())
    assert kinds == {"photo.jpg": "application/pdf", "sans-extension": "application/xml"}


def test_nothing_chosen_is_said(owner: Visitor, world: World) -> None:
    response = owner.post(NEW, {})
    assert response.status_code == 422
    assert "Choisissez au moins une facture." in words(response)
    with world.app.app_context():
        assert db.session.scalar(select(func.count(Claim.id))) == 0, "no empty draft is left"


# ---------------------------------------------------------------- where it is kept


def stored(world: World) -> list[Path]:
    return [
        path for path in (Path(world.app.config["DATA_FOLDER"]) / "documents").rglob("*") if path.is_file()
    ]


@pytest.mark.parametrize(
    "name",
    [
        "../../../../tmp/piege.pdf",
        "..\\..\\piege.pdf",
        "/etc/passwd",
        "C:\\windows\\system32\\x.pdf",
        "a/b/c.pdf",
        "..",
        "x" * 400,
    ],
)
def test_a_name_leads_nowhere(world: World, owner: Visitor, name: str) -> None:
    file = bill()
    assert owner.upload(NEW, [(name, file[1])]).status_code == 302
    (path,) = stored(world)
    assert re.fullmatch(r"[0-9a-f]{64}", path.name)
    assert path.read_bytes() == file[1]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with world.app.app_context():
        kept = db.session.scalars(select(Document.original_name)).one()
    assert not re.search(r"[/\\]", kept)
    assert 0 < len(kept) <= 255
    static = Path(world.app.static_folder or "")
    assert not path.is_relative_to(static)
    assert owner.get(f"/static/{path.name}").status_code == 404
    assert owner.get(f"/documents/{path.parent.name}/{path.name}").status_code == 404


def test_the_same_bytes_twice_have_two_names(world: World, owner: Visitor) -> None:
    file = bill()
    for _ in range(2):
        assert owner.upload(NEW, [file]).status_code == 302
    assert len({path.name for path in stored(world)}) == 2


# ---------------------------------------------------------------- shown and given back harmless


def hostile_file() -> File:
    seller = type(SELLER)(
        HOSTILE, SELLER.siren, SELLER.siret, SELLER.vat_number, HOSTILE, SELLER.postcode, HOSTILE
    )
    return bill(Item(10_000_00, name=HOSTILE, reference=HOSTILE), number=f"F-{SCRIPT}", seller=seller)


def assert_harmless(page: str) -> None:
    assert SCRIPT not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "49" not in re.findall(r"onerror=alert\(1\)&gt;(\S{1,7})", page), (
        "no template runs in what people write"
    )
    assert "{{7*7}}" in page


def test_what_an_invoice_says_is_only_text(world: World, owner: Visitor) -> None:
    response = owner.upload(NEW, [(f"{SCRIPT}.xml", hostile_file()[1])])
    assert response.status_code == 302
    with world.app.app_context():
        claim = db.session.scalars(select(Claim)).one()
        reference = claim.reference
    address = f"/entreprise/dossiers/{reference}"
    for page in ("/factures", "/lignes", "/depot"):
        assert_harmless(owner.get(f"{address}{page}").text)
    number = owner.post(f"{address}/depot", DECLARED).headers["Location"].rsplit("/", 1)[1]
    assert_harmless(owner.get(f"/entreprise/dossiers/{number}").text)
    assert owner.get(f"/entreprise/dossiers/{number}/accuse-de-reception.pdf").data.startswith(b"%PDF-")
    reviewer = signed_in(world.app, world.reviewer.email)
    assert_harmless(reviewer.get(f"/agent/dossiers/{number}").text)
    administrator = signed_in(world.app, world.administrator.email)
    assert SCRIPT not in administrator.get("/agent/journal").text


def test_the_name_of_a_refused_file_is_only_text(owner: Visitor) -> None:
    response = owner.upload(
        NEW, [("<script>alert(1)<br>{{7*7}}<img src=x onerror=alert(1)>.pdf", b"nothing")]
    )
    assert response.status_code == 422
    assert_harmless(response.text)


@pytest.mark.parametrize(
    "name",
    [
        "facture été.pdf",
        'a"b.pdf',
        "a;b=c.pdf",
        "a%0d%0aX-Evil: 1.pdf",
        "a\r\nX-Evil: 1.pdf",
        "\u202efdp.exe",
        "日本.pdf",
    ],
)
def test_a_document_is_given_back_as_a_file_to_keep(world: World, name: str) -> None:
    content = bill()[1]
    dossier = filed(world, draft(world, [(name, content)]))
    with world.app.app_context():
        reference = db.session.scalars(select(Document.reference)).one()
    response = signed_in(world.app, world.reviewer.email).get(
        f"/agent/dossiers/{dossier.number}/documents/{reference}"
    )
    assert response.status_code == 200
    assert response.data == content
    assert response.mimetype == "application/xml"
    assert response.headers["Content-Disposition"].startswith("attachment; filename")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "no-store" in response.headers["Cache-Control"]
    assert "X-Evil" not in response.headers


def test_what_a_person_types_is_only_text(world: World) -> None:
    dossier = filed(world)
    reviewer = signed_in(world.app, world.reviewer.email)
    response = reviewer.post(
        f"/agent/dossiers/{dossier.number}/proposition",
        {"outcome": "refuse", "ground": "not_paid", "reasons": HOSTILE},
    )
    assert response.status_code == 302
    assert_harmless(reviewer.follow(response).text)
    officer = signed_in(world.app, world.officer.email)
    officer.post(
        f"/agent/dossiers/{dossier.number}/decision",
        {"outcome": "refuse", "ground": "not_paid", "reasons": HOSTILE},
    )
    assert_harmless(
        signed_in(world.app, world.owner.email).get(f"/entreprise/dossiers/{dossier.number}").text
    )
    assert_harmless(signed_in(world.app, world.administrator.email).get("/agent/journal").text)


def test_numbers_of_invoices_are_compared_and_not_run(world: World, owner: Visitor) -> None:
    assert owner.upload(NEW, [bill(number="x'; DROP TABLE claims; --")]).status_code == 302
    with world.app.app_context():
        assert db.session.scalars(select(Invoice.number)).one() == "x'; DROP TABLE claims; --"


def test_the_page_reaches_a_browser_that_is_still_sending(make_app: AppMaker) -> None:
    """Over a real connection: a server that hung up at once would leave an error of the browser's own."""
    app = make_app(MAX_CONTENT_LENGTH=1024 * 1024)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        with closing(HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
            connection.request(
                "POST",
                "/connexion",
                bytes(8 * 1024 * 1024),
                {"Content-Type": "multipart/form-data; boundary=x"},
            )
            response = connection.getresponse()
            page = response.read().decode()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert response.status == 413
    assert "Un envoi ne peut pas dépasser 1" in page
