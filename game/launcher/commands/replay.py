"""`run_game.py replay`."""

from __future__ import annotations

import argparse

from game.launcher.commands.play import in_window
from game.launcher.errors import LauncherError
from game.launcher.files import require_parent_folder
from game.launcher.preferences import PreferencesFile
from game.match.launcher_ports import OpenWorld
from game.match.replays.match_replay import MatchReplay
from game.match.settings import PlaySettings

__all__ = ["replay"]


def replay(options: argparse.Namespace) -> int:
    """Show a recorded match; the exit code. LauncherError, after all that is whole was shown, for a broken file."""
    if options.screenshot is not None:
        require_parent_folder(options.screenshot, "--screenshot")
    try:
        match = MatchReplay(options.file)
    except OSError as error:
        raise LauncherError(f"{options.file}: {error.strerror}") from error
    except ValueError as error:
        raise LauncherError(
            f"{options.file} is no recorded match: `play --record` writes one ({error})"
        ) from error
    settings = PlaySettings.without_server(
        watch=True, headless=options.headless, seconds=options.seconds, screenshot=options.screenshot
    )
    store = None if options.headless else PreferencesFile()
    in_window(OpenWorld(settings=settings, title=str(options.file)), replay=match, store=store)
    if match.damage is not None:
        raise LauncherError(match.damage)
    return 0
