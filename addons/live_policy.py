"""The policies in force, followed as their files change: whole ones only, or the old one stays."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from dlp import logs
from dlp.logs import unnumbered
from dlp.policy.load import PRESETS, PolicyError, open_policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from dlp.metrics import Metrics
    from dlp.policy.model import Policy
    from dlp.types import FlowInfo, Result

__all__ = ["LivePolicy", "Shadow"]

# Files are looked at rather than watched: that works on every file system, and when a whole folder
# is exchanged, as Kubernetes does with its volumes.
INTERVAL_SECONDS = 0.5

type _Signature = tuple[int, ...] | None


class LivePolicy:
    """One policy, live or shadow, that follows its file.

    Args:
        role: `live` or `shadow`; a label of metrics and logs.
        name: A file, or the name of a built-in policy, which never changes.
        policy: What that says now.
        adopt: Puts a policy in force, at once and for all messages that come after.
        metrics: What is counted.
    """

    def __init__(
        self,
        role: str,
        name: str,
        policy: Policy,
        adopt: Callable[[Policy], None],
        metrics: Metrics,
    ) -> None:
        self._role = role
        self._name = name
        self._policy = policy
        self._adopt = adopt
        self._metrics = metrics
        self._asked = asyncio.Event()
        self._log = logs.get()
        self._metrics.policy_refused.labels(role).set(0)
        self._tell()

    def reload(self) -> None:
        """Read the file again soon, whether it has changed or not; what SIGHUP asks."""
        self._asked.set()

    async def run(self) -> None:
        """Follow the file until cancelled."""
        seen = self._signature()
        # It may have changed between being read at the start and being followed from here on.
        await self._load(silent=True)
        while True:
            try:
                await asyncio.wait_for(self._asked.wait(), INTERVAL_SECONDS)
            except TimeoutError:
                now = self._signature()
                if now == seen or not await self._settled(now):
                    continue
                seen = now
                await self._load(silent=False)
            else:
                self._asked.clear()
                seen = self._signature()
                await self._load(silent=False)

    async def _settled(self, signature: _Signature) -> bool:
        """Tell whether nobody writes to the file any more; a part of it may be a policy too."""
        await asyncio.sleep(INTERVAL_SECONDS)
        return self._signature() == signature

    def _signature(self) -> _Signature:
        if self._name in PRESETS:
            return None
        try:
            stat = Path(self._name).stat()
        except OSError:
            return ()
        return (stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size)

    async def _load(self, *, silent: bool) -> None:
        try:
            # A policy of a thousand rules takes a second to read.
            policy = await asyncio.to_thread(_read, self._name)
        except PolicyError as error:
            self._refused(str(error))
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the old policy stays in force
            self._refused(type(error).__name__)
            return
        self._metrics.policy_refused.labels(self._role).set(0)
        changed = policy.version != self._policy.version or policy.name != self._policy.name
        if changed:
            before, self._policy = self._policy, policy
            self._adopt(policy)
            self._tell()
            self._log.warning(
                "policy.applied",
                role=self._role,
                policy=policy.name,
                version=policy.version,
                before=f"{before.name} {before.version}",
            )
        elif not silent:
            self._log.info(
                "policy.unchanged", role=self._role, policy=policy.name, version=policy.version
            )
        if changed or not silent:
            result = "applied" if changed else "unchanged"
            self._metrics.policy_reloads.labels(self._role, result).inc()

    def _refused(self, reason: str) -> None:
        self._metrics.policy_refused.labels(self._role).set(1)
        self._metrics.policy_reloads.labels(self._role, "refused").inc()
        self._log.error(
            "policy.refused",
            role=self._role,
            error=reason,
            in_force=f"{self._policy.name} {self._policy.version}",
        )

    def _tell(self) -> None:
        self._metrics.policy_is(self._role, self._policy.name, self._policy.version)


class Shadow:
    """Another policy beside the one in force: says where it would decide otherwise.

    It sees the evidence that the policy in force saw, so its own `test_data` has no effect.

    Args:
        policy: The policy.
        metrics: What is counted.
    """

    def __init__(self, policy: Policy, metrics: Metrics) -> None:
        self._policy = policy
        self._metrics = metrics
        self._log = logs.get()

    def adopt(self, policy: Policy) -> None:
        """Compare with this policy from now on."""
        self._policy = policy

    def compare(self, flow: FlowInfo, result: Result) -> None:
        """Count and log a message on which it decides otherwise; that changes nothing."""
        other, live = self._policy.decide(result.evidence, flow), result.verdict
        if other.action is live.action:
            return
        self._metrics.shadow.labels(live.action.value, other.action.value).inc()
        self._log.info(
            "policy.differs",
            channel=flow.channel.value,
            client=flow.client,
            destination=unnumbered(flow.destination),
            action=live.action.value,
            rule=live.rule,
            shadow_action=other.action.value,
            shadow_rule=other.rule,
            shadow_policy=other.policy,
        )


def _read(name: str) -> Policy:
    policy = open_policy(name)
    # Compiled here, and not while the first message waits.
    policy.matcher  # noqa: B018
    return policy
