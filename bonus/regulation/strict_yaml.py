"""YAML without its surprises: a date stays text until it is checked, ``on`` is a word, ``010`` is not 8.

A key written twice is a fault: plain YAML would silently keep the last one, and a rate would change unseen.
"""

from __future__ import annotations

import re
from typing import Any

import yaml


class YamlError(Exception):
    """The file is not usable YAML; ``key`` is where, ``reason`` why (French)."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key} : {reason}" if key else reason)
        self.key = key
        self.reason = reason


class _Loader(yaml.SafeLoader):
    """Only text, true/false, null, whole numbers and floats (kept so that they can be refused by name)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise YamlError(f"ligne {key.start_mark.line + 1}", "une clé doit être un texte simple")
            if key.value in seen:
                raise YamlError(key.value, f"clé écrite deux fois (ligne {key.start_mark.line + 1})")
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", r"[-+]?(?:0|[1-9][0-9]*(?:_[0-9]{3})*)", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:(?:[0-9][0-9_]*\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.(?:inf|nan))",
        "-+.0123456789",
    ),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))


def read_yaml(content: bytes) -> Any:
    """Read one YAML document into plain data. Raises YamlError with the line and the reason."""
    try:
        loader = _Loader(content.decode("utf-8"))
        try:
            return loader.get_single_data()
        finally:
            loader.dispose()
    except UnicodeDecodeError as error:
        raise YamlError("", "le fichier n’est pas en UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 0
        raise YamlError(f"ligne {line}", f"YAML illisible : {error.problem}") from error
    except yaml.YAMLError as error:
        raise YamlError("", f"YAML illisible : {error}") from error
