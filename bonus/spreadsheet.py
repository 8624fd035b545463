"""What a spreadsheet would compute, whoever wrote it, is never exported as it is (CSV injection)."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_text(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe stands before what would begin one."""
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_FORMULA) else text


def plain_text(text: str) -> str:
    """The text that ``safe_text`` made safe, as it was."""
    return text[1:] if text.startswith("'") and safe_text(text[1:]) == text else text


def safe_cell(value: object) -> object:
    """A value as it is exported: a text made safe, a number as it is, an empty cell for None."""
    if value is None:
        return ""
    return safe_text(value) if isinstance(value, str) else value
