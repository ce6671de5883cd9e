"""The databases of one server, by name and by identity; who owns them may publish and delete (spec: http-api.md section 3)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Literal

from ...module import Module
from ...types import Identity
from ..engine.database import Database
from ..errors import ModuleChangeRefused, PublishError
from ..identity import identity_from_claims
from ..sql.visibility import check_filters
from .credentials import ISSUER
from .host import DatabaseHost

__all__ = ["Databases"]

# What strangers can make a server hold at most.
_MAX_DATABASES = 16
_MAX_NAMES = 64


class Databases:
    """`first` is the database the server was started with. Others run a module out of `modules`, by importable name,
    in memory: those are the only programs that can be published."""

    def __init__(self, first: DatabaseHost, modules: Mapping[str, Module] | None = None) -> None:
        self.tokens = first.tokens
        self.clock: Callable[[], int] = first.clock
        self._steady_clock = first.database.steady_clock
        self.compatibility = first.database.compatibility
        self._first = first
        self._modules = dict(modules or {})
        self._hosts = {first.database.identity: first}
        self._names = {first.name: first.database.identity}

    @property
    def hosts(self) -> tuple[DatabaseHost, ...]:
        return tuple(self._hosts.values())

    def is_name(self, name: str) -> bool:
        """Whether a database has, or had, this name."""
        return name in self._names

    def by_name(self, name: str) -> DatabaseHost | None:
        identity = self._names.get(name)
        return None if identity is None else self._hosts.get(identity)

    def by_identity(self, identity: Identity) -> DatabaseHost | None:
        return self._hosts.get(identity)

    def names_of(self, identity: Identity) -> list[str]:
        """The names of that database, the oldest first."""
        return [name for name, named in self._names.items() if named == identity]

    def owned_by(self, owner: Identity) -> list[Identity]:
        return [identity for identity, host in self._hosts.items() if host.database.owner == owner]

    def add_name(self, host: DatabaseHost, name: str) -> bool:
        """One more name; False where another database has it. PublishError where there are too many."""
        known = self.by_name(name)
        if known is not None:
            return known is host
        self._make_room(1)
        self._names[name] = host.database.identity
        return True

    def _make_room(self, count: int) -> None:
        """For so many more names; those of databases that are gone give way, the oldest first. PublishError where none can."""
        gone = [name for name, identity in self._names.items() if identity not in self._hosts]
        too_many = len(self._names) + count - _MAX_NAMES
        if too_many > len(gone):
            raise PublishError(f"this server holds no more than {_MAX_NAMES} names")
        for name in gone[: max(too_many, 0)]:
            del self._names[name]

    def set_names(self, host: DatabaseHost, names: list[str]) -> str | None:
        """Replaces all its names; returns the first that another database has, and changes nothing then."""
        for name in names:
            if self.by_name(name) not in (None, host):
                return name
        self._make_room(len(names) - len(self.names_of(host.database.identity)))
        kept = {
            name: identity for name, identity in self._names.items() if identity != host.database.identity
        }
        self._names = kept | dict.fromkeys(names, host.database.identity)
        return None

    def _module(self, program: bytes) -> Module:
        try:
            name = program[:256].decode().strip()
        except UnicodeDecodeError:
            name = ""
        module = self._modules.get(name)
        if module is None:
            raise PublishError(
                "failed to load the module: this server publishes by name those Python modules alone that its host allows"
            )
        return module

    def create(self, name: str | None, program: bytes, owner: Identity) -> DatabaseHost:
        """A new database of the module that `program` names. PublishError where there is no such module, or no room;
        what the init reducer raises goes on."""
        module = self._module(program)
        if len(self._hosts) >= _MAX_DATABASES:
            raise PublishError(f"this server holds no more than {_MAX_DATABASES} databases")
        if name is not None:
            self._make_room(1)
        identity = identity_from_claims(ISSUER, str(uuid.uuid4()))
        host = self._made(name or str(identity), module, identity, owner)
        self._start(host)
        if name is not None:
            self._names[name] = identity
        return host

    def _made(self, name: str, module: Module, identity: Identity, owner: Identity) -> DatabaseHost:
        """Its init reducer has run: what that raises goes on."""
        check_filters(module)
        version: Literal["1.2", "2.8"] | None = self.compatibility.version
        database = Database(
            module,
            clock=self.clock,
            steady_clock=self._steady_clock,
            time_limit=self._first.database.time_limit,
            identity=identity,
            owner=owner,
            compatibility=version,
        )
        return DatabaseHost(name, database, self.tokens, self.clock, self._first.alarms)

    def _start(self, host: DatabaseHost) -> None:
        self._hosts[host.database.identity] = host
        host.start()

    async def update(self, host: DatabaseHost, program: bytes, *, clear: bool) -> None:
        """Publishes over a database: its rows go over to the module, or stay as they are; with `clear` it begins anew.
        PublishError where they cannot, and for the database that the server was started with; what a new one's init reducer raises
        goes on, and the one that was there runs on.
        """
        module = self._module(program)
        # Another may have taken its place since it was asked for.
        host = self._hosts.get(host.database.identity, host)
        database = host.database
        if clear and host is not self._first:
            # Known before the old one ends, which takes a while: who publishes meanwhile ends this one.
            self._start(self._made(host.name, module, database.identity, database.owner))
            await host.stop()
        elif clear or (module is not database.module and host is self._first):
            raise PublishError(
                "Database update rejected: the server's own database is changed by its host alone", 400
            )
        elif module is not database.module:
            try:
                host.change_module(module)
            except ModuleChangeRefused as error:
                raise PublishError(f"Database update rejected: {error}", 400) from error

    async def delete(self, host: DatabaseHost) -> None:
        """Closes a database and forgets it. What the host's disk holds of it is the host's."""
        del self._hosts[host.database.identity]
        await host.stop()

    async def stop(self) -> None:
        """Closes every database that was published here; the first one is the server's own to close."""
        for host in self.hosts:
            if host is not self._first:
                await host.stop()
