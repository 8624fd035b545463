"""What the tests of a company's pages share: its addresses, and a form as it stands."""

from __future__ import annotations

from werkzeug.test import TestResponse

from bonus.claims.filing import DECLARATIONS
from tests.support.world import Dossier
from tests.web.visitor import document

DECLARED = dict.fromkeys(DECLARATIONS, "y")
"""Every declaration of honour ticked."""


def address(dossier: Dossier) -> str:
    return f"/entreprise/dossiers/{dossier.reference}"


def filled(page: TestResponse, form: str = '//form[@id="lignes"]') -> dict[str, str]:
    """What a form would send as it stands: what is typed, ticked and chosen in it."""
    (found,) = document(page).xpath(form)
    sent: dict[str, str] = {}
    for control in found.xpath(".//input[@name]"):
        if control.get("type") in ("checkbox", "radio") and control.get("checked") is None:
            continue
        sent[control.get("name")] = control.get("value", "")
    for control in found.xpath(".//select"):
        sent[control.get("name")] = control.xpath("string(.//option[@selected]/@value)")
    for control in found.xpath(".//textarea"):
        sent[control.get("name")] = control.text_content().lstrip("\r\n")
    sent.pop("csrf_token")
    return sent
