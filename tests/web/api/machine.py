"""A certifier's machine: a key, and what it sends."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from json import dumps
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from bonus.audit.models import AuditEntry
from bonus.extensions import db
from bonus.outbox import OutboxMessage
from bonus.registry.keys import SCOPES, make_key
from bonus.registry.labels import certifier_named
from bonus.registry.models import (
    Certification,
    CertificationFact,
    RegistryChange,
    RegistryHead,
    Solution,
    SolutionAlias,
    Supplier,
)
from tests.support.world import NOW, World

UNTIL = date(2027, 6, 30)

BODY: dict[str, Any] = {
    "label": "NFG",
    "supplier": {"identifier": "900600008", "name": "Archives Fictives SA"},
    "solution": {"name": "Coffre-fort Fictif", "product_reference": "CFF-01", "axis": "cloud"},
    "valid_from": "2026-03-01",
    "valid_until": "2029-02-28",
    "audit": {"criteria": [True, True, True], "audited_on": "2026-02-10", "evidence": "RA-2026-118"},
}
EVENT: dict[str, Any] = {
    "type": "suspended",
    "on": "2026-10-05",
    "reason": "Audit de surveillance non conforme",
}


def body(**changes: Any) -> dict[str, Any]:
    """A certification that is good; ``solution__axis="data"`` changes a field inside, None takes a field out."""
    return _changed(BODY, changes)


def event(**changes: Any) -> dict[str, Any]:
    """An event that is good, with these changes."""
    return _changed(EVENT, changes)


def _changed(content: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    made = deepcopy(dict(content))
    for path, value in changes.items():
        *within, name = path.split("__")
        inside = made
        for step in within:
            inside = inside[step]
        if value is None:
            del inside[name]
        else:
            inside[name] = value
    return made


def key_for(
    world: World, certifier: str = "bureau-veritas", *scopes: str, name: str = "", until: date = UNTIL
) -> str:
    """A new key, as presented."""
    with world.app.app_context():
        wanted = scopes or tuple(SCOPES)
        made = make_key(
            certifier_named(certifier),
            name or f"Clé de {certifier} {' '.join(wanted)}",
            wanted,
            until,
            world.registry_keeper,
            NOW,
        )
        return made.presented


class Machine:
    """Who calls the API with a key, from an address of its own."""

    def __init__(self, app: Flask, key: str | None, address: str = "198.51.100.4") -> None:
        self.client = app.test_client(use_cookies=False)
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._base: dict[str, Any] = {"environ_base": {"REMOTE_ADDR": address}, "buffered": True}

    def get(self, path: str, **more: Any) -> TestResponse:
        """Read ``/api/v1`` + path."""
        return self.client.get(f"/api/v1{path}", headers=self._headers, **self._base, **more)

    def put(self, path: str, json: Any) -> TestResponse:
        """Send JSON to ``/api/v1`` + path, in ASCII: what no UTF-8 can write is sent as its escape."""
        return self.send(path, dumps(json).encode("ascii"))

    def send(
        self, path: str, data: bytes, content_type: str = "application/json", **headers: str
    ) -> TestResponse:
        """Send these very bytes."""
        sent = {**self._headers, "Content-Type": content_type, **headers}
        return self.client.put(f"/api/v1{path}", data=data, headers=sent, **self._base)


def refusal(response: TestResponse) -> tuple[int, str]:
    """The status and the code of an error, whose form is checked."""
    assert response.mimetype == "application/json", response.text
    told = response.json
    assert isinstance(told, dict)
    assert set(told) == {"code", "message", "errors"}, told
    assert all(sentence for sentences in told["errors"].values() for sentence in sentences)
    assert told["message"]
    return response.status_code, told["code"]


def sentence_at(response: TestResponse, field: str) -> str:
    """The one sentence of a field."""
    assert isinstance(response.json, dict)
    (sentence,) = response.json["errors"][field]
    return str(sentence)


def written(world: World) -> dict[str, int]:
    """How many rows of each kind the registry has, and how many writes it counted."""
    tables = (
        Supplier,
        Solution,
        SolutionAlias,
        Certification,
        CertificationFact,
        RegistryChange,
        OutboxMessage,
        AuditEntry,
    )
    with world.app.app_context():
        counts = {
            table.__tablename__: db.session.scalar(select(func.count()).select_from(table)) or 0
            for table in tables
        }
        counts["version"] = db.session.scalars(select(RegistryHead.version)).one()
        db.session.rollback()
        return counts
