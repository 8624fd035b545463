"""What the page's script is told of each file it sends, one at a time."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from bonus.claims.models import Claim
from bonus.extensions import db
from tests.adapters.einvoice_samples import MINIMUM
from tests.support.bills import File, bill
from tests.support.papers import scan
from tests.support.world import World, draft, filed
from tests.web.visitor import Visitor

NEW = "/entreprise/dossiers/nouveau"


def sent(visitor: Visitor, url: str, file: File) -> TestResponse:
    """One file, as uploads.js sends it."""
    name, content = file
    form: MultiDict[str, Any] = MultiDict({"csrf_token": visitor.token()})
    form.add("files", FileStorage(BytesIO(content), filename=name))
    boundary, body = encode_multipart(form)
    return visitor.client.post(
        url,
        data=body,
        content_type=f'multipart/form-data; boundary="{boundary}"',
        headers={"Accept": "application/json"},
        base_url="http://localhost",
        environ_base={"REMOTE_ADDR": "203.0.113.9"},
        buffered=True,
    )


def test_the_first_file_opens_a_draft_and_the_next_ones_join_it(world: World, owner: Visitor) -> None:
    first = sent(owner, NEW, bill(number="F-1")).get_json()
    assert re.fullmatch(r"/entreprise/dossiers/[\w-]{22}/factures", first["action"])
    assert first == {
        "name": "F-1.xml",
        "state": "read",
        "sentence": None,
        "asks": False,
        "action": first["action"],
        "next": first["action"].replace("/factures", "/lignes"),
    }
    found = [
        sent(owner, first["action"], file).get_json()
        for file in (scan(), ("minimum.xml", MINIMUM), ("notes.txt", b"Bonjour"))
    ]
    assert [(one["state"], one["asks"]) for one in found] == [
        ("to_enter", True),
        ("read", True),
        ("refused", False),
    ]
    assert found[0]["next"] == first["action"], "what must be typed is asked for first"
    assert "n’est ni un PDF ni un fichier XML" in found[2]["sentence"]
    with world.app.app_context():
        assert db.session.scalar(select(func.count(Claim.id))) == 1


def test_a_form_of_a_browser_is_answered_with_a_page(world: World, owner: Visitor) -> None:
    assert owner.upload(NEW, [bill()]).status_code == 302


def test_once_filed_the_answer_is_a_page(world: World, owner: Visitor) -> None:
    """What the script does not understand, it leaves to the browser."""
    dossier = filed(world, draft(world))
    response = sent(owner, f"/entreprise/dossiers/{dossier.reference}/factures", bill())
    assert response.status_code == 302
