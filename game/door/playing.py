"""`run_game.py play`."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from game.door.children import ROOT, Child, ServerProcess
from game.door.errors import DoorError
from game.door.files import require_parent_folder, write_report
from game.door.output import notice
from game.door.profiles import Profile, claim_profile

if TYPE_CHECKING:
    from game.world.report import PlayReport
    from game.world.settings import PlaySettings

__all__ = ["play"]

_DEFAULT_BOTS = 10
# It decides 20 times a second, once a tick, and sees what comes of it one or two ticks later.
_FORESIGHT = 2.0
# The port of the own server is another one each time, its signing key is not.
_OWN_SERVER = "own"


def play(options: argparse.Namespace) -> int:
    """Start what is missing, play, write the report; the exit code."""
    for option, path in (("--report", options.report), ("--screenshot", options.screenshot)):
        if path is not None:
            require_parent_folder(path, option)
    with ExitStack() as stack:
        profile = stack.enter_context(claim_profile(options.profile))
        address, server = options.server, options.server
        if address is None:
            own = ServerProcess(
                listen="127.0.0.1:0",
                database=options.database,
                data_dir=profile.folder / "server",
                seed=options.seed,
            )
            address, server = stack.enter_context(own).address, _OWN_SERVER
        count = options.bots if options.bots is not None else 0 if options.server else _DEFAULT_BOTS
        bots = _start_bots(stack, options, address, count) if count else None
        report = _play(options, profile, address, server).to_json()
        complaint = None
        if bots is not None:
            report["bots"], complaint = bots.end()
        if options.report is not None:
            write_report(options.report, report)
        if complaint is not None:
            raise DoorError(f"the bots failed: {complaint}")
    return 0


def _play(options: argparse.Namespace, profile: Profile, address: str, server: str) -> PlayReport:
    from game.world.settings import PlaySettings
    from spacetimedb_sdk import AuthenticationError

    token = profile.token(server, options.database)
    settings = PlaySettings(
        server=address,
        database=options.database,
        token=token,
        name=options.name,
        headless=options.headless,
        seconds=options.seconds,
        screenshot=options.screenshot,
        seed=options.seed,
        on_token=partial(profile.keep, server, options.database),
    )
    try:
        return _run(settings)
    except AuthenticationError:
        if token is None:
            raise
    profile.forget(server, options.database)
    notice("the server does not take the stored token any more: joining as somebody new")
    from dataclasses import replace

    return _run(replace(settings, token=None))


def _run(settings: PlaySettings) -> PlayReport:
    from game.bots.brain import decide
    from game.bots.personality import Personality

    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    try:
        import pygame  # noqa: F401
    except ImportError:
        raise DoorError("pygame is not installed: `pip install pygame` puts it there") from None
    from game.client.app import play as play_game

    steering = partial(decide, personality=Personality(foresight=_FORESIGHT)) if settings.headless else None
    return play_game(settings, steering=steering)


class _Bots:
    """The bots' process, and the report that it leaves behind."""

    def __init__(self, child: Child, report: Path) -> None:
        self._child = child
        self._report = report

    def end(self) -> tuple[list[object], str | None]:
        """End the bots; their records, and what they died of if they ended too early."""
        if self._child.process.poll() is not None:
            return [], self._child.complaint()
        self._child.close()
        if not self._report.exists():
            return [], "they left no report"
        records: list[object] = json.loads(self._report.read_text(encoding="utf-8"))["bots"]
        return records, None


def _start_bots(stack: ExitStack, options: argparse.Namespace, address: str, count: int) -> _Bots:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="blackholio-")))
    report = folder / "bots.json"
    arguments = [
        str(ROOT / "run_game.py"), "bots", "--server", address, "--database", options.database, "--count", str(count),
        "--seed", str(options.seed), "--report", str(report), "--parent",
    ]  # fmt: skip
    return _Bots(stack.enter_context(Child("the bots", arguments)), report)
