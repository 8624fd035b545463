"""A bank's XML, element after element, in bounded time and memory, whatever it holds.

Unlike an invoice, which a stranger sends as a PDF, such a file is XML and nothing else, brought by an agent or by the
bank's channel: libxml2 alone opens it, with its own limits (depth, names, text), no entity, no DTD and no network.
What was read is let go at once, so that a file of 100,000 entries costs its items and not its tree.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from bonus.errors import InvalidInput
from bonus.regulation.wording import french

MAX_BYTES = 60_000_000
MAX_ITEMS = 200_000
MAX_DEPTH = 40
MAX_HELD = 400_000
"""Elements and attributes in memory at once: a real file has a few thousand."""
KINDS = ("pain.002", "camt.054", "camt.053", "pacs.004")
_ENCODINGS = {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252"}
_DECLARED = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_LONG_TAG = re.compile(rb"<[^<>]{8000}")  # thousands of attributes on one element
# urn:iso:std:iso:20022:tech:xsd:pain.002.001.10, urn:swift:xsd:$pain.002.001.02, and what a bank makes of them.
_NAMESPACE = re.compile(r"[:$/{]([a-z]{4}\.\d{3}\.\d{3}\.\d{2})(?:$|[^0-9A-Za-z])")

_SENTENCES = {
    "empty": "Ce fichier est vide.",
    "too_large": "Ce fichier est trop grand : 60 Mo au plus. Demandez à la banque des relevés plus courts.",
    "not_xml": "Ce fichier n’est pas un message de la banque en XML, ou il est abîmé : demandez-le de nouveau.",
    "encoding": "L’encodage de ce fichier n’est pas reconnu : la banque doit l’envoyer en UTF-8.",
    "entities": "Ce fichier déclare des entités (DOCTYPE) : un message de la banque n’en a pas. Il n’est pas ouvert.",
    "hurtful": "Ce fichier est abîmé, ou construit pour nuire : il n’est pas ouvert. Demandez-le de nouveau.",
    "too_many": "Ce fichier compte trop d’opérations : 200 000 au plus. Demandez à la banque des relevés plus courts.",
    "several": "Ce fichier contient plusieurs messages : déposez-les un par un.",
    "ours": "C’est un fichier de virements, que nous envoyons à la banque : déposez ici ce que la banque répond.",
    "other_kind": "Ce message n’est pas de ceux que le service lit : pain.002, camt.054, camt.053 ou pacs.004.",
    "incomplete": "Ce message de la banque est incomplet : son identifiant ou sa date y manque.",
    "date": "Une date de ce message est illisible : demandez de nouveau le fichier à la banque.",
}


def refused(why: str) -> InvalidInput:
    """The refusal of a file, under the key of its sentence."""
    return InvalidInput(f"bank_file.{why}", french(_SENTENCES[why]), field="file")


@dataclass(frozen=True)
class Part:
    """An element that was just closed, with its parents still open; ``kind`` and ``version`` of its message."""

    kind: str
    version: str
    name: str
    node: Any


def parts(data: bytes, names: frozenset[str]) -> Iterator[Part]:
    """The elements of those local names, each as it closes; what it held is let go when the next is asked for.

    Raises InvalidInput for a file that is not one message of the four kinds, or that is made to hurt.
    """
    _check_bytes(data)
    walk = _Walk()
    events = etree.iterparse(
        io.BytesIO(data),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for event, node in events:
            if event == "start":
                walk.enter(node)
                continue
            name = node.tag.rpartition("}")[2]
            if walk.version and name in names:
                yield Part(walk.version[:8], walk.version, name, node)
                node.clear(keep_tail=False)
                walk.leave(let_go=True)
            else:
                walk.leave(let_go=False)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise refused("not_xml") from error
    if not walk.version:
        raise refused("other_kind")


class _Walk:
    """Where the reading is: what is open, how much is held in memory, and the message's version once it is known."""

    def __init__(self) -> None:
        self.version = ""
        self._held = 0
        self._before: list[int] = []

    def enter(self, node: Any) -> None:
        self._before.append(self._held)
        self._held += 1 + len(node.attrib)
        if len(self._before) > MAX_DEPTH or self._held > MAX_HELD:
            raise refused("hurtful")
        found = _version(node.tag)
        if found and self.version:
            raise refused("several")
        self.version = found or self.version

    def leave(self, *, let_go: bool) -> None:
        before = self._before.pop()
        if let_go:
            self._held = before + 1


def _check_bytes(data: bytes) -> None:
    """Refuse, before any parser, an unknown encoding and what declares entities."""
    if not data.strip():
        raise refused("empty")
    if len(data) > MAX_BYTES:
        raise refused("too_large")
    text = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    declared = _DECLARED.match(text[:200])
    if b"\x00" in data[:8] or (declared and declared[1].decode("ascii").lower() not in _ENCODINGS):
        raise refused("encoding")
    if not text.startswith(b"<"):
        raise refused("not_xml")
    if _LONG_TAG.search(text):
        raise refused("hurtful")
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise refused("entities")


def _version(tag: str) -> str:
    """The version of the message that an element opens; "" when it opens none. Raises InvalidInput for another kind."""
    namespace, _, name = tag.rpartition("}")
    if name != "Document":
        return ""
    found = _NAMESPACE.search(namespace)
    if found is None:
        raise refused("other_kind")
    if found[1].startswith("pain.001"):
        raise refused("ours")
    if found[1][:8] not in KINDS:
        raise refused("other_kind")
    return found[1]
