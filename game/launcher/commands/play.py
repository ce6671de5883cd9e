"""`run_game.py play`, and `run_game.py` alone, which begins with the title."""

from __future__ import annotations

import argparse
import os
from contextlib import ExitStack
from dataclasses import replace
from math import inf
from typing import Any

from game.launcher.child_processes import ServerProcess
from game.launcher.errors import LauncherError
from game.launcher.files import require_parent_folder, write_report
from game.launcher.invitation import where_it_is
from game.launcher.preferences import PreferencesFile
from game.launcher.profiles import Profile, claim_profile
from game.launcher.recordings import RecordingFolder, recorded
from game.launcher.rule_sets import DEFAULT_RULES
from game.launcher.world_launcher import (
    OWN_SERVER,
    Bots,
    WorldLauncher,
    play_settings,
    start_bots,
    usual_bots,
)
from game.match.launcher_ports import OpenWorld
from game.match.report import PlayReport
from spacetimedb_sdk.system.requirements import needs

__all__ = ["in_window", "menu", "play", "require_pygame"]


def menu(options: argparse.Namespace) -> int:
    """Open the window at the title; the exit code."""
    with claim_profile(options.profile) as profile:
        _run(None, options, profile, PreferencesFile())
    return 0


def play(options: argparse.Namespace) -> int:
    """Start what is missing, play, write the report; the exit code."""
    for option, path in (
        ("--report", options.report),
        ("--screenshot", options.screenshot),
        ("--record", options.record),
    ):
        if path is not None:
            require_parent_folder(path, option)
    with ExitStack() as stack:
        if options.server is not None and options.rules is not None:
            raise LauncherError(
                "--rules is for a world of your own: the server that you join has its rules", code=2
            )
        profile = stack.enter_context(claim_profile(options.profile))
        address = options.server
        if address is not None:
            address, options.database = where_it_is(address, options.database)
        server: str = OWN_SERVER if address is None else address
        if address is None:
            own = ServerProcess(
                listen="127.0.0.1:0",
                database=options.database,
                data_dir=profile.folder / "server",
                rules=options.rules or DEFAULT_RULES,
                seed=options.seed,
            )
            address = stack.enter_context(own).address
        store = PreferencesFile()
        bots = _bots(stack, options, store, address)
        world = _world(options, profile, store, server=server, address=address)
        if options.record is not None:
            world = recorded(world, options.record, stack)
        reports: list[PlayReport] = []
        try:
            _run(world, options, profile, store, on_report=reports.append)
        finally:
            # Whatever way it ended, and what the match was until then.
            complaint = _write_report(options, reports, bots)
        if complaint is not None:
            raise LauncherError(f"the bots failed: {complaint}")
    return 0


def _write_report(options: argparse.Namespace, reports: list[PlayReport], bots: Bots | None) -> str | None:
    """End the bots, and write what there is to tell; what the bots died of, if they did."""
    report: dict[str, object] = (reports[-1] if reports else PlayReport()).to_json()
    complaint = None
    if bots is not None:
        report["bots"], complaint = bots.end(is_wanted=options.report is not None)
    if options.report is not None:
        write_report(options.report, report)
        # The end of the program need not write it any more.
        options.report = None
    return complaint


def require_pygame() -> None:
    """MissingPackageError where pygame is not installed."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    with needs("the window", "client", "game"):
        import pygame  # noqa: F401  # pyright: ignore[reportUnusedImport]


def in_window(world: OpenWorld | None, **options: Any) -> PlayReport:
    """`game.client.app.run`, whose failures are sentences. LauncherError without pygame, a screen or a place to write."""
    require_pygame()
    from game.client.app import run

    try:
        return run(world, **options)
    except OSError as error:
        raise LauncherError(str(error)) from error


def _bots(stack: ExitStack, options: argparse.Namespace, store: PreferencesFile, address: str) -> Bots | None:
    difficulty = options.difficulty or store.load().difficulty
    count = options.bots if options.bots is not None else 0 if options.server else usual_bots(difficulty)
    if not count:
        return None
    return start_bots(
        stack,
        address,
        database=options.database,
        count=count,
        seed=options.seed,
        difficulty=difficulty,
    )


def _world(
    options: argparse.Namespace, profile: Profile, store: PreferencesFile, *, server: str, address: str
) -> OpenWorld:
    name = options.name
    if name is None and not options.headless:
        name = store.load().name
    settings = play_settings(
        profile,
        server,
        address,
        database=options.database,
        name=name,
        headless=options.headless,
        seconds=options.seconds,
        screenshot=options.screenshot,
        seed=options.seed,
    )
    return OpenWorld(settings=settings, title=address, remember=options.server is not None)


def _run(
    world: OpenWorld | None,
    options: argparse.Namespace,
    profile: Profile,
    store: PreferencesFile,
    **more: Any,
) -> PlayReport:
    if world is not None and world.settings.headless:
        from game.bots.mind import Mind
        from game.bots.personality import SKILLS, Personality

        # It decides 20 times a second.
        skill = replace(SKILLS["hard"], think=(0.05, 0.05))
        return in_window(world, steering=Mind(Personality(skill=skill, largest=inf)), **more)
    launcher = WorldLauncher(
        profile,
        seed=options.seed,
        announces=options.announce,
        recordings=RecordingFolder(),
        records=lambda: store.load().record,
    )
    return in_window(world, store=store, launcher=launcher, **more)
