"""Rule sets: which there are, one for each file in `game/rules/sets/`, and which of them a kept world has.

They are named without being imported. The name of a kept world's rules is written beside its data.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from pkgutil import iter_modules

import game.rules.sets
from game.language import gettext
from game.launcher.errors import LauncherError
from game.launcher.files import write_atomically
from spacetimedb_sdk.system.file_names import file_stem

__all__ = ["DEFAULT_RULES", "OFFICIAL_RULES", "rule_module", "rule_sets", "rules_for"]

DEFAULT_RULES = "arcade"
OFFICIAL_RULES = "official"


@cache
def rule_sets() -> tuple[str, ...]:
    """Their names: the default first."""
    names = sorted(each.name for each in iter_modules(game.rules.sets.__path__) if not each.ispkg)
    return tuple(sorted(names, key=lambda name: name != DEFAULT_RULES))


def rule_module(name: str) -> str:
    """The Python module that serves a world of these rules."""
    return f"game.rules.sets.{name}"


def rules_for(data_dir: Path, database: str, asked: str | None) -> str:
    """The rules for a world that is kept in a folder: those that were asked for, its own, or, for a new one, the default.

    Raises:
        LauncherError: the world that is there has other rules than those asked for, or rules that there are not.
    """
    name = file_stem(database)
    file = data_dir / f"{name}.rules"
    if not (data_dir / f"{name}.sqlite").exists():
        rules = asked or DEFAULT_RULES
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(file, f"{rules}\n")
        return rules
    try:
        kept = file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        # It was begun before there were others.
        kept = OFFICIAL_RULES
    except (OSError, UnicodeDecodeError) as error:
        raise LauncherError(
            gettext("cannot read which rules the world has: {file}: {reason}").format(file=file, reason=error)
        ) from error
    if kept not in rule_sets():
        raise LauncherError(
            gettext(
                "the world in {folder} has the rules {kept!r}, which this game does not have: it has {known} "
                "(another --data-dir begins a new world)"
            ).format(folder=data_dir, kept=kept, known=", ".join(rule_sets()))
        )
    if asked not in (None, kept):
        raise LauncherError(
            gettext(
                "the world in {folder} has the rules {kept!r} and keeps them: start it without --rules {asked}, or "
                "begin a new one with another --data-dir"
            ).format(folder=data_dir, kept=kept, asked=asked)
        )
    return kept
