"""The schema of policy.yaml and the decision it makes."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field, field_validator

from dlp.detect.entries import load_catalog

# Pydantic resolves these annotations at run time.
from dlp.policy.conditions import Condition
from dlp.policy.facts import facts
from dlp.policy.fields import STRICT, Name
from dlp.policy.hold import Hold
from dlp.policy.matching import Matcher
from dlp.policy.names import closest
from dlp.policy.trust import Trust
from dlp.types import Action, Verdict

if TYPE_CHECKING:
    from dlp.types import Evidence, FlowInfo

__all__ = ["NO_RULE", "Policy", "Rule", "TestData", "Traced"]

# Stands for the rule where none held.
NO_RULE = "none"


class Rule(BaseModel):
    """One rule.

    Attributes:
        name: Stands on incidents, logs and metrics.
        description: Shown to the person who is stopped.
        action: What is done with a message for which it is the first that holds.
        when: What must hold; nothing at all always does.
    """

    model_config = STRICT

    name: Name
    description: Annotated[str, Field(max_length=200)] = ""
    action: Action
    when: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A rule beside one message.

    Attributes:
        rule: The rule.
        tests: (What is asked, what the message has, whether it is met) for every condition.
    """

    rule: Rule
    tests: tuple[tuple[str, str, bool], ...]

    @property
    def holds(self) -> bool:
        """Whether every condition is met."""
        return all(met for _, _, met in self.tests)


class TestData(BaseModel):
    """Values that the house declares to be nobody's: its training patients, its test bench.

    Attributes:
        detector: Whose values, as `fr_nir`.
        values: Expression that matches the whole value, written without separators.
    """

    __test__ = False  # for pytest, which takes the name for a test's
    model_config = STRICT

    detector: str
    values: Annotated[str, Field(max_length=500)]

    @field_validator("detector")
    @classmethod
    def _known(cls, value: str) -> str:
        known = [entry.id for entry in load_catalog()]
        if value not in known:
            raise ValueError(f"unknown detector {value!r}{closest(value, known)}")
        return value

    @field_validator("values")
    @classmethod
    def _expression(cls, value: str) -> str:
        try:
            pattern = re.compile(value)
        except re.error as error:
            raise ValueError(f"not an expression: {error}") from None
        if pattern.fullmatch(""):
            raise ValueError("matches the empty value")
        return value


class Policy(BaseModel):
    """Ordered rules; the first that holds decides, and what no rule decides is allowed.

    Attributes:
        name: Stands on incidents.
        rules: In the order in which they are tried.
        test_data: Identifiers that don't count.
        trust: Destinations whose traffic may pass unread where nobody can read it.
        hold: How much of a body is held for its verdict, by where it goes.
    """

    model_config = STRICT

    name: Name
    rules: Annotated[tuple[Rule, ...], Field(json_schema_extra={"minItems": 1})]
    test_data: tuple[TestData, ...] = ()
    trust: tuple[Trust, ...] = ()
    hold: tuple[Hold, ...] = ()

    @field_validator("rules")
    @classmethod
    def _told_apart(cls, value: tuple[Rule, ...]) -> tuple[Rule, ...]:
        if not value:
            raise ValueError("no rule: nothing would be stopped")
        twice = [name for name, n in Counter(rule.name for rule in value).items() if n > 1]
        if twice:
            raise ValueError(f"two rules are named {twice[0]!r}")
        if NO_RULE in {rule.name for rule in value}:
            raise ValueError(f"{NO_RULE!r} stands for no rule at all")
        return value

    def tests(self) -> dict[str, re.Pattern[str]]:
        """Return what is declared to be nobody's, by detector."""
        declared: dict[str, list[str]] = {}
        for one in self.test_data:
            declared.setdefault(one.detector, []).append(f"(?:{one.values})")
        return {detector: re.compile("|".join(values)) for detector, values in declared.items()}

    @cached_property
    def version(self) -> str:
        """Hash of what the policy says, whatever its layout and comments: 12 hexadecimal digits."""
        said = self.model_dump_json(exclude_unset=True)
        return hashlib.sha256(said.encode("utf-8")).hexdigest()[:12]

    @cached_property
    def matcher(self) -> Matcher:
        """The rules, compiled."""
        return Matcher(rule.when for rule in self.rules)

    @cached_property
    def _passes(self) -> Verdict:
        """The verdict on what no rule holds of."""
        return Verdict(action=Action.ALLOW, rule=NO_RULE, policy=f"{self.name} {self.version}")

    def decide(self, evidence: Evidence, flow: FlowInfo) -> Verdict:
        """Return the verdict on a message with this evidence, sent so."""
        number = self.matcher.first(evidence, flow)
        if number is None:
            return self._passes
        rule = self.rules[number]
        return Verdict(
            action=rule.action,
            rule=rule.name,
            reasons=(rule.description,) if rule.description else (),
            policy=f"{self.name} {self.version}",
        )

    def hold_limit(self, flow: FlowInfo) -> int | None:
        """Return how much of a body sent so is held for its verdict, if the policy says."""
        if not self.hold:
            return None
        seen = facts(flow)
        return next((one.limit for one in self.hold if one.holds(seen)), None)

    def trace(self, evidence: Evidence, flow: FlowInfo) -> tuple[Traced, ...]:
        """Return what every rule asks of a message and whether it holds, for people who ask why."""
        seen = facts(flow)
        return tuple(
            Traced(rule=rule, tests=tuple(rule.when.tests(evidence, seen))) for rule in self.rules
        )
