"""The schema of policy.yaml and the decision it makes."""

from __future__ import annotations

import hashlib
import re
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dlp.detect.entries import load_catalog

# Pydantic resolves these annotations at run time.
from dlp.types import Action, Uninspectable, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dlp.types import Evidence, FlowInfo

__all__ = ["Condition", "Policy", "Rule", "TestData"]

_STRICT = ConfigDict(extra="forbid", frozen=True)
_Least = Annotated[int, Field(ge=1)]
_Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]


class Condition(BaseModel):
    """What must hold for a rule to decide; all that is given must hold.

    Attributes:
        subjects: At least so many distinct persons.
        announced: At least so many persons whose identifier is announced as one.
        beside_health: At least so many persons whose record also holds health context.
        patients: At least so many persons told apart by their record, which also says something
            medical about them.
        uninspectable: The message could not be read for one of these reasons.
    """

    model_config = _STRICT

    subjects: _Least | None = None
    announced: _Least | None = None
    beside_health: _Least | None = None
    patients: _Least | None = None
    uninspectable: tuple[Uninspectable, ...] | None = None

    def holds(self, evidence: Evidence) -> bool:
        """Tell whether `evidence` meets every condition given."""
        return all(held for _, _, held in self.tests(evidence))

    def tests(self, evidence: Evidence) -> Iterator[tuple[str, str, bool]]:
        """Yield (what is asked, what the message has, whether it is met) for every condition."""
        for name in ("subjects", "announced", "beside_health", "patients"):
            least, has = getattr(self, name), getattr(evidence, name)
            if least is not None:
                yield f"{name} >= {least}", str(has), has >= least
        if self.uninspectable is not None:
            reason = evidence.uninspectable
            asked = ", ".join(self.uninspectable)
            yield f"uninspectable: {asked}", reason or "no", reason in self.uninspectable


class Rule(BaseModel):
    """One rule: its name stands on incidents and metrics, its description on pages."""

    model_config = _STRICT

    name: _Name
    description: Annotated[str, Field(max_length=200)] = ""
    action: Action
    when: Condition


class TestData(BaseModel):
    """Values that the house declares to be nobody's: its training patients, its test bench.

    Attributes:
        detector: Whose values, as `fr_nir`.
        values: Expression that matches the whole value, written without separators.
    """

    __test__ = False  # for pytest, which takes the name for a test's
    model_config = _STRICT

    detector: str
    values: Annotated[str, Field(max_length=500)]

    @field_validator("detector")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in {entry.id for entry in load_catalog()}:
            raise ValueError(f"unknown detector {value!r}")
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
    """

    model_config = _STRICT

    name: _Name
    rules: tuple[Rule, ...]
    test_data: tuple[TestData, ...] = ()

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

    def decide(self, evidence: Evidence, flow: FlowInfo) -> Verdict:
        """Return the verdict on a message with this evidence, sent so."""
        del flow  # no condition of this version asks for it
        policy = f"{self.name} {self.version}"
        for rule in self.rules:
            if rule.when.holds(evidence):
                return Verdict(
                    action=rule.action,
                    rule=rule.name,
                    reasons=(rule.description,) if rule.description else (),
                    policy=policy,
                )
        return Verdict(action=Action.ALLOW, rule="none", policy=policy)
