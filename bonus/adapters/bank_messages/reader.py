"""One reader for the four kinds of messages: its header, then what each of its parts says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from .entries import EntryReader
from .model import BankItem, BankMessage, Statement
from .returns import ReturnReader
from .status_report import StatusReader
from .stream import MAX_ITEMS, Part, parts, refused
from .values import identifier, moment, text

_READERS: dict[str, Callable[[], Any]] = {
    "pain.002": StatusReader,
    "camt.054": EntryReader,
    "camt.053": EntryReader,
    "pacs.004": ReturnReader,
}
_HEADER = "GrpHdr"
_NAMES = frozenset({_HEADER}) | StatusReader.NAMES | EntryReader.NAMES | ReturnReader.NAMES


def read_bank_message(data: bytes) -> BankMessage:
    """What a file of the bank says. Raises InvalidInput (French sentence, field ``file``) for what is no such file."""
    try:
        return _read(data)
    except (ValueError, OverflowError) as error:  # of dates alone: amounts that are none are said as such
        raise refused("date") from error


def _read(data: bytes) -> BankMessage:
    header: tuple[str, datetime] | None = None
    version = ""
    reader: Any = None
    items: list[BankItem] = []
    for part in parts(data, _NAMES):
        if reader is None:
            version, reader = part.version, _READERS[part.kind]()
        if part.name == _HEADER:
            header = header or _header(part)
            continue
        items += reader.read(part)
        if len(items) > MAX_ITEMS:
            raise refused("too_many")
    if header is None:
        raise refused("incomplete")
    items += reader.close()
    statements: tuple[Statement, ...] = tuple(getattr(reader, "statements", ()))
    return BankMessage(
        kind=version[:8],
        version=version,
        message_id=header[0],
        created_at=header[1],
        original_message_id=reader.original_message_id,
        items=tuple(items),
        statements=statements,
    )


def _header(part: Part) -> tuple[str, datetime]:
    """The identifier and the time the bank gave. Raises InvalidInput when one is absent."""
    message_id = identifier(part.node, "MsgId")
    created = text(part.node, "CreDtTm")
    if not message_id or not created:
        raise refused("incomplete")
    return message_id, moment(created)
