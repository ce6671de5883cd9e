"""`run_game.py play`, and `run_game.py` alone, which begins with the title."""

from __future__ import annotations

import argparse
import os
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from math import inf
from typing import Any

from game.launcher.child_processes import ServerProcess
from game.launcher.errors import LauncherError
from game.launcher.files import require_parent_folder, write_report
from game.launcher.invitation import where_it_is
from game.launcher.preferences import PreferencesFile
from game.launcher.profiles import Profile, claim_profile
from game.launcher.recordings import RecordingFolder, recorded
from game.launcher.rule_sets import DEFAULT_RULES, rule_sets
from game.launcher.world_launcher import (
    OWN_SERVER,
    Bots,
    ExpectedBots,
    WorldLauncher,
    hold,
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
        store = PreferencesFile()
        # What ends with the world, which may be left for the title.
        opened = stack.enter_context(ExitStack())
        own: ServerProcess | None = None
        if address is None:
            own = ServerProcess(
                listen="127.0.0.1:0",
                database=options.database,
                data_dir=profile.folder / "server",
                rules=_rules(options, store),
                seed=options.seed,
            )
            address = opened.enter_context(own).address
        bots = _bots(options, store, address)
        opened.callback(bots.end, is_wanted=options.report is not None)
        world = replace(
            _world(options, profile, store, server=server, address=address),
            players_changed=bots.players_changed,
            close=opened.close,
            hold=None if own is None else partial(hold, own, bots),
            difficulty=None if own is None else options.difficulty or store.load().difficulty,
        )
        if options.headless:
            bots.players_changed(1)
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


def _write_report(options: argparse.Namespace, reports: list[PlayReport], bots: ExpectedBots) -> str | None:
    """End the bots, and write what there is to tell; what the bots died of, if they did."""
    report: dict[str, object] = (reports[-1] if reports else PlayReport()).to_json()
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


def _bots(options: argparse.Namespace, store: PreferencesFile, address: str) -> ExpectedBots:
    """The bots that are asked for, else those of the last world; on a server none unless they are asked for."""
    last = store.load()
    difficulty = options.difficulty or last.difficulty
    count = options.bots
    if count is None:
        chosen = last.bots if difficulty == last.difficulty and not options.headless else None
        count = 0 if options.server else usual_bots(difficulty) if chosen is None else chosen

    def start(stack: ExitStack) -> Bots:
        return start_bots(
            stack,
            address,
            database=options.database,
            count=count,
            seed=options.seed,
            difficulty=difficulty,
        )

    return ExpectedBots(start if count else None)


def _rules(options: argparse.Namespace, store: PreferencesFile) -> str:
    """What a world of one's own is played by: as asked, or, in a window, by those of the last world."""
    last = store.load().rules
    return options.rules or (last if last in rule_sets() and not options.headless else DEFAULT_RULES)


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
