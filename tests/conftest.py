"""Options of the test run: real servers, the long form, a real window, and what it takes to run the npm package."""

from __future__ import annotations

import gc
import os
import shutil
import signal
from pathlib import Path

import pytest
from hypothesis import settings

from spacetimedb_sdk.publishing.interpreter import RuntimeMissingError, find_interpreter
from spacetimedb_sdk.sats.bsatn import accelerated
from tests.inspector.pages import browser_lacks
from tests.places import ROOT

NPM_PACKAGE = ROOT / "benchmarks" / ".peers" / "npm" / "node_modules" / "spacetimedb"

pytest_plugins = [
    "spacetimedb_sdk.testing.pytest_plugin",
    "tests.plugins.conformance_clients",
    "tests.plugins.open_clients",
    "tests.plugins.row_decoders",
    "tests.plugins.worker_reports",
]

X11_PROGRAMS = ("Xvfb", "xdotool")

# Where most tests start programs.
BEGUN_FIRST = tuple(
    f"tests/{room}/"
    for room in (
        "benchmarks",
        "cli",
        "e2e",
        "game/bots",
        "game/launcher",
        "packaging",
        "standalone/storage",
        "system",
    )
)


def npm_lacks() -> str | None:
    """What is missing to run the tests marked npm."""
    if shutil.which("node") is None:
        return "node"
    return None if NPM_PACKAGE.exists() else "the package, which `make npm-client` installs"


def blackholio_lacks() -> bool:
    """Whether the official module, which the tests marked blackholio_wasm publish, is not named."""
    return not os.environ.get("BLACKHOLIO_WASM")


def runtime_lacks() -> bool:
    """Whether the interpreter that modules run in inside a database, which the tests marked runtime use, is not built."""
    try:
        find_interpreter()
    except RuntimeMissingError:
        return True
    return False


def pytest_report_header(config: pytest.Config) -> list[str]:
    lines = []
    if (lacking := npm_lacks()) is not None:
        lines.append(f"tests marked npm are left out, for want of {lacking}")
    if config.getoption("--page") and (lacking := browser_lacks()) is not None:
        lines.append(f"tests marked browser are left out, for want of {lacking}")
    if runtime_lacks():
        lines.append("tests marked runtime are left out: `make runtime` builds the interpreter they need")
    if accelerated.is_used():
        lines.append("rows are read by the accelerator")
    else:
        lines.append("tests marked accelerator are left out: `make accelerator` installs it")
    if config.getoption("--real-server") and blackholio_lacks():
        lines.append("tests marked blackholio_wasm are left out: BLACKHOLIO_WASM=FILE names the module")
    return lines


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """`-n auto`: one process more than there are cores, since a quarter of the tests' time is waiting for programs and
    sockets. None: as the variable says."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + 1


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--real-server",
        metavar="URL",
        default=os.environ.get("SPACETIMEDB_REAL_SERVER") or None,
        help="run the tests marked real_server against the SpacetimeDB at URL, which has the conformance module "
        "published as `conformance` (default: $SPACETIMEDB_REAL_SERVER)",
    )
    parser.addoption("--page", action="store_true", help="run the tests marked browser, one after the other")
    parser.addoption("--rust", action="store_true", help="run the tests marked rust")
    parser.addoption("--soak", action="store_true", help="run the tests marked soak")
    parser.addoption(
        "--window", action="store_true", help="run the tests marked x11, in an X server of their own"
    )
    parser.addoption(
        "--album",
        metavar="FOLDER",
        type=Path,
        help="with --window: keep the picture of every screen there, in each language and under each rule set",
    )


def pytest_configure(config: pytest.Config) -> None:
    # A shell's background jobs ignore Ctrl-C, and so would the programs that the tests end by it.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # What every change must pass draws the same examples each time; the long form looks for others.
    # A deadline would find slow machines, not mistakes.
    settings.register_profile("short", derandomize=True, deadline=None)
    settings.register_profile("long", deadline=None)
    settings.load_profile("long" if config.getoption("--soak") else "short")
    wanted = config.option.markexpr.replace("not real_server", "")
    if "real_server" in wanted and not config.getoption("--real-server"):
        raise pytest.UsageError(
            "tests marked real_server need a server: give --real-server http://127.0.0.1:3000 (`make real-server` "
            "starts one)"
        )
    if config.getoption("--rust") and shutil.which("cargo") is None:
        raise pytest.UsageError(
            "tests marked rust need cargo: install Rust from https://rustup.rs, then `rustup target add "
            "wasm32-unknown-unknown`"
        )
    lacking = [program for program in X11_PROGRAMS if shutil.which(program) is None]
    if config.getoption("--window") and lacking:
        raise pytest.UsageError(
            f"tests marked x11 need {' and '.join(lacking)}: on Debian or Ubuntu `apt-get install xvfb xdotool` puts "
            "them there"
        )


def pytest_collection_finish(session: pytest.Session) -> None:
    # Thousands of tests are a heap that lasts: a collection of garbage, which some tests ask for again and again, need
    # not look through it each time.
    gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = {
        name
        for name, option in (
            ("real_server", "--real-server"),
            ("soak", "--soak"),
            ("x11", "--window"),
            ("browser", "--page"),
            ("rust", "--rust"),
        )
        if not config.getoption(option)
    }
    left_out |= {"browser"} if browser_lacks() else set()
    left_out |= {"npm"} if npm_lacks() else set()
    left_out |= {"runtime"} if runtime_lacks() else set()
    left_out |= set() if accelerated.is_used() else {"accelerator"}
    left_out |= {"blackholio_wasm"} if blackholio_lacks() else set()
    deselected = [item for item in items if any(item.get_closest_marker(name) for name in left_out)]
    if deselected:
        left_out_items = set(deselected)
        items[:] = [item for item in items if item not in left_out_items]
        config.hook.pytest_deselected(items=deselected)
    # A file whose programs take half a minute must not be the last that one process still has to do.
    items.sort(key=lambda item: not item.nodeid.startswith(BEGUN_FIRST))


@pytest.fixture
def real_server(request: pytest.FixtureRequest) -> str:
    """The URL of the real server."""
    url = request.config.getoption("--real-server")
    assert isinstance(url, str), "mark the test real_server"
    return url
