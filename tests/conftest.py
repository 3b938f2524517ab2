"""What all tests share."""

from __future__ import annotations

import asyncio
import faulthandler
import inspect
import os
import shutil
import signal
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from _pytest.faulthandler import fault_handler_stderr_fd_key
from hypothesis import settings

import bench.proxy
from dlp.inspection import Core
from dlp.parsers.pool import ParserPool
from dlp.policy.load import preset
from tests.copies import Copies

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

# Seconds; far above what any coroutine takes, so that only a hang reaches it.
LIMIT = 60

# Folders, and a file, whose tests start processes.
LONG = {"e2e", "ops", "evidence", "test_setup.py"}

# A busy machine is no failure.
settings.register_profile("unhurried", settings(), deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("DLP_") and name != "DLP_CI":
            monkeypatch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def _start_sooner() -> Iterator[None]:
    with closing(Copies()) as copies, pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench.proxy, "launch", copies.launch)
        yield


@pytest.fixture(scope="session")
def parsers() -> Iterator[ParserPool]:
    """The parsers of documents, as the proxy has them."""
    with closing(ParserPool()) as pool:
        yield pool


@pytest.fixture(scope="session")
def core(parsers: ParserPool) -> Core:
    """The core as it is shipped, with a fixed key."""
    return Core.build(policy=preset("balanced"), key=b"0123456789abcdef" * 2, parsers=parsers)


@pytest.fixture(scope="session")
def require_command() -> Callable[[str, str], str]:
    """Return a command's path, or skip with the package that brings it."""

    def require(command: str, package: str) -> str:
        path = shutil.which(command)
        if path is None:
            pytest.skip(f"needs the package {package}")
        return path

    return require


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Have processes that wait for each other say where, when `.ci/run` has waited enough."""
    faulthandler.register(signal.SIGUSR1, file=config.stash[fault_handler_stderr_fd_key])


def pytest_unconfigure() -> None:
    """Undo what was done when this began."""
    faulthandler.unregister(signal.SIGUSR1)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name no test by a file's content: what holds the time of day differs between processes."""
    is_content = isinstance(val, bytes) and (len(val) > 64 or not val.isascii())
    return argname if is_content else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where processes share the files out, begin with what takes long."""
    if config.getoption("dist", "no") != "no" or hasattr(config, "workerinput"):
        items.sort(key=lambda item: not LONG.intersection(item.path.parts))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is a coroutine; one that waits for ever fails."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {
        name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters
    }
    asyncio.run(asyncio.wait_for(pyfuncitem.obj(**arguments), LIMIT))
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything is installed, a test that skips is a test that does not run."""
    return _refuse_skips((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """As for one test: a whole module can skip itself."""
    return _refuse_skips((yield))


def _refuse_skips[Report: (pytest.TestReport, pytest.CollectReport)](report: Report) -> Report:
    if report.skipped and os.environ.get("DLP_CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} skipped in CI: {report.longrepr}"
    return report
