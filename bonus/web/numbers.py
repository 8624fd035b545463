"""Numbers in addresses: none beyond what the database numbers its rows with, which would be a failure there."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**31 - 1
"""The last number of a row (PostgreSQL's ``integer``)."""


class RowNumber(IntegerConverter):
    """``<int:…>``: a number beyond the last is of no row, so the address is unknown."""

    def __init__(self, url_map: Map, *arguments: Any, **named: Any) -> None:
        super().__init__(url_map, *arguments, **{"max": LARGEST, **named})


def register_numbers(app: Flask) -> None:
    """Read the numbers of every address of ``app`` so: before its addresses are added."""
    app.url_map.converters["int"] = RowNumber
