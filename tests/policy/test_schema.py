"""The published schema is the models', and editors find it agreeing with what is accepted."""

from __future__ import annotations

import json
from pathlib import Path

from dlp.policy.schema import policy_schema

FILE = Path(__file__).parents[2] / "docs" / "policy.schema.json"


def test_the_committed_schema_is_the_models() -> None:
    committed = json.loads(FILE.read_text("utf-8"))
    assert committed == policy_schema(), "run: dlp policy schema > docs/policy.schema.json"


def test_every_field_says_what_it_is_for() -> None:
    schema = policy_schema()
    for node in (schema, *schema["$defs"].values()):
        for name, field in node.get("properties", {}).items():
            assert field["description"], name
