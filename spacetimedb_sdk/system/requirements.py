"""Packages: what each part of the SDK needs besides Python, by the names that pip knows.

The one place that names them: errors, commands and pages take their install line from here, and `pyproject.toml` is
compared with it by a test.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import MissingPackageError

__all__ = ["EXTRAS", "is_installed", "needs", "pip_line", "require", "requirements"]

# By extra, `client` being what every installation has: the name a program imports, and what pip is given for it.
EXTRAS: dict[str, dict[str, str]] = {
    "client": {"websocket": "websocket-client>=1.7"},
    "server": {
        "aiohttp": "aiohttp>=3.9",
        "sqlglot": "sqlglot>=29",
        "jwt": "PyJWT[crypto]>=2.8",
        "cryptography": "PyJWT[crypto]>=2.8",
        "blake3": "blake3>=0.4",
    },
    "dev-server": {"watchfiles": "watchfiles>=0.21"},
    "game": {"pygame": "pygame>=2.5"},
    "brotli": {"brotli": "brotli>=1.2"},
    "publish": {"wasmtime": "wasmtime>=20"},
    "inspect": {"nicegui": "nicegui>=3.10"},
    "lan": {"zeroconf": "zeroconf>=0.131"},
}


def requirements(*extras: str) -> tuple[str, ...]:
    """What pip is given for these extras, versions and all, each once and in order."""
    return tuple(dict.fromkeys(requirement for extra in extras for requirement in EXTRAS[extra].values()))


def pip_line(*extras: str) -> str:
    """`pip install ...` with every package of these extras. No version is named: pip takes the newest."""
    names = [requirement.partition(">=")[0] for requirement in requirements(*extras)]
    # Brackets are a pattern to some shells.
    return "pip install " + " ".join(f'"{name}"' if "[" in name else name for name in names)


def is_installed(module: str) -> bool:
    """Whether `module`, a name without dots, could be imported; it is not."""
    from importlib.util import find_spec  # what is there needs no look

    return find_spec(module) is not None


def require(purpose: str, *extras: str) -> None:
    """Raises MissingPackageError unless all packages of `extras` are installed; `purpose` begins its sentence."""
    missing = [module for extra in extras for module in EXTRAS[extra] if not is_installed(module)]
    if missing:
        raise MissingPackageError(purpose, tuple(missing), pip_line(*extras))


@contextmanager
def needs(purpose: str, *extras: str) -> Iterator[None]:
    """Around imports: a package of `extras` that is not there becomes a MissingPackageError. It costs nothing where
    all are there, which `require` does not."""
    try:
        yield
    except ModuleNotFoundError as error:
        if not any((error.name or "").partition(".")[0] in EXTRAS[extra] for extra in extras):
            raise
        require(purpose, *extras)
        raise
