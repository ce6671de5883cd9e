"""Tokens on this machine, by server and database: what makes a user the same identity the next time.

They lie in `tokens.json` in the folder `.spacetime_python_sdk` of the home directory, readable by their owner only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import AuthenticationError, ConfigError
from ..system.parsing import parsed_json
from ..system.token_claims import token_claims
from ..system.whole_files import write_whole
from ..types import Identity

__all__ = ["StoredToken", "TokenStore", "identity_in", "served_by_dev"]


@dataclass(frozen=True, slots=True)
class StoredToken:
    """`database` is empty for the token that serves wherever a database has none of its own."""

    server: str
    database: str
    identity: str
    token: str = field(repr=False)


class TokenStore:
    """The file: it is read once, and replaced in one step at each change."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or Path.home() / ".spacetime_python_sdk" / "tokens.json"
        self._tokens = self._read()

    def all(self) -> list[StoredToken]:
        """By server, then database."""
        return [stored for _, stored in sorted(self._tokens.items(), key=lambda item: item[0])]

    def find(self, server: str, database: str = "") -> StoredToken | None:
        """The token for a database; where it has none, the one for the server."""
        return self._tokens.get((server, database)) or self._tokens.get((server, ""))

    def kept(self, server: str, database: str) -> StoredToken | None:
        """The very token that is kept for a database, or with an empty name for the server."""
        return self._tokens.get((server, database))

    def add(self, stored: StoredToken) -> None:
        """Keep a token; one for the same server and database gives way."""
        self._tokens[stored.server, stored.database] = stored
        self._write()

    def remove(self, stored: StoredToken) -> None:
        self._tokens.pop((stored.server, stored.database), None)
        self._write()

    def _read(self) -> dict[tuple[str, str], StoredToken]:
        try:
            entries = parsed_json(self.path.read_bytes())
            stored = [StoredToken(**entry) for entry in entries]
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise ConfigError(f"cannot read the tokens {self.path}: {error.strerror or error}") from error
        except (ValueError, TypeError) as error:
            raise ConfigError(
                f"the tokens {self.path} cannot be read ({error}): move the file away and log in again"
            ) from error
        return {(item.server, item.database): item for item in stored}

    def _write(self) -> None:
        entries = [
            {
                "server": item.server,
                "database": item.database,
                "identity": item.identity,
                "token": item.token,
            }
            for item in self.all()
        ]
        try:
            write_whole(self.path, json.dumps(entries, indent=2), private=True)
        except OSError as error:
            raise ConfigError(f"cannot write the tokens {self.path}: {error.strerror or error}") from error


def served_by_dev() -> TokenStore:
    """The tokens of the owners of what `dev` serves now, for the commands that are for owners: `logs`, `sql`, `inspect`."""
    return TokenStore(Path.home() / ".spacetime_python_sdk" / "dev_tokens.json")


def identity_in(token: str) -> Identity:
    """What the token says of itself; the server is asked whether it is true."""
    try:
        return Identity.from_string(token_claims(token)["hex_identity"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise AuthenticationError(
            "the server", "the text is no token of a SpacetimeDB: copy the whole of it"
        ) from None
