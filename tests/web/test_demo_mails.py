"""The mails of a demonstration, on its pages; elsewhere there are none."""

from __future__ import annotations

from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest

from bonus.extensions import db
from bonus.mail import NewMail, post_mail
from tests.conftest import AppMaker
from tests.support.world import NOW, World, build_world, filed, run_jobs
from tests.web.visitor import Visitor, document, words

PAGE = "/demonstration/courriels"


@pytest.fixture
def demo(make_app: AppMaker) -> World:
    world = build_world(make_app(DEMO=True))
    world.app.config["DEMO"] = True
    return world


def test_what_was_written_is_listed_read_and_kept(demo: World) -> None:
    visitor = Visitor(demo.app)
    assert "Aucun courriel pour le moment" in words(visitor.get(PAGE))
    filed(demo)
    run_jobs(demo)
    page = visitor.get(PAGE)
    assert (
        "Bonus Souveraineté : votre dossier est reçu (dossier BS-2026-000001) entreprise@demo.example"
        in words(page)
    )
    assert document(page).xpath(f'//*[@role="region"]//a[@href="{PAGE}"]'), (
        "every page of a demonstration leads there"
    )
    (one,) = document(page).xpath("//main//tbody//th/a/@href")
    shown = visitor.get(one)
    assert "Vous recevez ce message parce que vous êtes responsable" in words(shown)
    (link,) = document(shown).xpath('//main//a[contains(@href, "/entreprise/avis/")]/@href')
    assert link == "http://localhost/entreprise/avis/1"
    (file,) = document(shown).xpath("//main//a[@download]/@href")
    kept = visitor.get(file)
    assert kept.mimetype == "message/rfc822"
    assert kept.headers["Content-Disposition"].startswith("attachment; filename=courriel-")
    message = BytesParser(policy=policy.default).parsebytes(kept.data)
    assert message["To"] == "entreprise@demo.example"
    folder = Path(demo.app.config["DATA_FOLDER"]) / "mail" / "new"
    assert [path.suffix for path in folder.iterdir()] == [".eml"]


def test_many_have_pages_and_what_is_written_is_text(demo: World) -> None:
    with demo.app.app_context():
        for number in range(31):
            text = f"<b>Gras {number}</b>\n\njavascript:alert(1)\n\nhttp://ailleurs.example/x"
            post_mail(
                NewMail(f"k{number}", "a@demo.example", f"<i>Objet {number}</i>", text, "Parce que."), NOW
            )
        db.session.commit()
    run_jobs(demo)
    visitor = Visitor(demo.app)
    pages = [visitor.get(f"{PAGE}?page={page}") for page in (1, 2)]
    assert [len(document(page).xpath("//tbody/tr")) for page in pages] == [30, 1]
    for strange in ("0", "-1", "abc", "9" * 30):
        assert visitor.get(f"{PAGE}?page={strange}").status_code == 200
    shown = visitor.get(document(pages[0]).xpath("//tbody//th/a/@href")[0])
    assert not document(shown).xpath("//main//b | //main//i")
    assert not document(shown).xpath(
        '//main//a[contains(@href, "ailleurs") or contains(@href, "javascript")]'
    )


@pytest.mark.parametrize("name", ["0" * 40, "..", "x", "0" * 39 + "*", "0" * 40 + ".eml", "%2e%2e%2fsecret"])
def test_no_other_file_is_read(demo: World, name: str) -> None:
    visitor = Visitor(demo.app)
    for address in (f"{PAGE}/{name}", f"{PAGE}/{name}/courriel.eml"):
        assert visitor.get(address).status_code == 404


def test_a_read_letter_moved_by_a_mail_reader_is_still_there(demo: World) -> None:
    filed(demo)
    run_jobs(demo)
    folder = Path(demo.app.config["DATA_FOLDER"]) / "mail"
    (letter,) = (folder / "new").iterdir()
    letter.rename(folder / "cur" / f"{letter.name}:2,S")
    visitor = Visitor(demo.app)
    (one,) = document(visitor.get(PAGE)).xpath("//main//tbody//th/a/@href")
    assert visitor.get(one).status_code == 200


def test_elsewhere_there_is_no_such_page(world: World) -> None:
    filed(world)
    run_jobs(world)
    visitor = Visitor(world.app)
    (name,) = (path.stem for path in (Path(world.app.config["DATA_FOLDER"]) / "mail" / "new").iterdir())
    for address in (PAGE, f"{PAGE}/{name}", f"{PAGE}/{name}/courriel.eml"):
        assert visitor.get(address).status_code == 404
    assert PAGE not in visitor.get("/").text
