"""The JSON Schema of policy files, for editors: what the models ask, said by their docstrings."""

from __future__ import annotations

import inspect
import re
from typing import Any

from pydantic import BaseModel

from dlp.policy.conditions import Condition, Destination, Found, Window
from dlp.policy.fields import Bounds, SizeBounds
from dlp.policy.hold import Hold
from dlp.policy.model import Policy, Rule, TestData
from dlp.policy.trust import Trust

__all__ = ["policy_schema"]

_MODELS: tuple[type[BaseModel], ...] = (
    Condition, Destination, Found, Window, Bounds, SizeBounds, Rule, TestData, Trust, Hold,
)  # fmt: skip
_ATTRIBUTE = re.compile(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", re.MULTILINE)


def policy_schema() -> dict[str, Any]:
    """Return the JSON Schema of policy.yaml."""
    schema = Policy.model_json_schema()
    _describe(schema, Policy)
    for model in _MODELS:
        _describe(schema["$defs"][model.__name__], model)
    _tidy(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _describe(node: dict[str, Any], model: type[BaseModel]) -> None:
    """Move what the docstring says of attributes to where editors show it."""
    about, _, attributes = inspect.cleandoc(model.__doc__ or "").partition("Attributes:\n")
    node["description"] = " ".join(about.split())
    said = {name: " ".join(text.split()) for name, text in _ATTRIBUTE.findall(attributes)}
    for name, field in model.model_fields.items():
        node["properties"][field.alias or name]["description"] = said[name]


def _tidy(node: Any) -> None:
    """Take out what says nothing to a person: titles, and null for what may be left out."""
    if isinstance(node, list):
        for one in node:
            _tidy(one)
    elif isinstance(node, dict):
        if isinstance(node.get("title"), str):
            del node["title"]
        if node.get("default", ...) in (None, [], ()):
            del node["default"]
        choices = node.get("anyOf")
        if choices:
            choices[:] = [choice for choice in choices if choice != {"type": "null"}]
            if len(choices) == 1:
                node.update(node.pop("anyOf")[0])
        for one in node.values():
            _tidy(one)
