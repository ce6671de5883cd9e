"""Worlds on the local network: one is announced, and those of others are found, by multicast DNS (zeroconf).

What others announce is theirs to write: it is bounded, shortened and checked before anything is done with it.
"""

from __future__ import annotations

import ipaddress
import socket
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING

from game.language import gettext
from game.launcher.invitation import DATABASE_NAME
from game.launcher.terminal import notice
from game.match.launcher_ports import NearbyWorld
from spacetimedb_sdk.system.requirements import is_installed, pip_line

if TYPE_CHECKING:
    from zeroconf import ServiceInfo, Zeroconf

__all__ = ["MISSING", "SERVICE_TYPE", "Announcement", "LanLobby", "can_announce", "found_world", "offered"]

SERVICE_TYPE = "_blackholio._tcp.local."
MISSING = f"Worlds on your network are found with one more package: {pip_line('lan')}"
# The instance of a service has 63 bytes, of which what tells equal names apart takes eight.
_NAME_BYTES = 54
_NAME_LETTERS, _RULES_LETTERS = 40, 20
_DATABASE_LETTERS = 64
_MOST_PLAYERS = 9_999
# Whatever a network is full of: so many are looked at, and so many shown.
_MOST_KNOWN, _MOST_SHOWN = 256, 32
# Of one machine: whoever announces hundreds does not crowd out the others.
_MOST_OF_ONE = 4
# How long one service may keep the others waiting for its address, and how often who has none yet is asked.
_ASK_MILLISECONDS, _ASK_AGAIN_SECONDS = 400, 3.0
# The network is told of players who come and go no oftener.
_UPDATE_SECONDS = 3.0
_END_SECONDS = 3.0


def can_announce() -> bool:
    """Whether zeroconf is installed."""
    return is_installed("zeroconf")


def offered(name: str, database: str, rules: str, players: int = 0) -> NearbyWorld:
    """A world as it is announced: `server` is left to who finds it."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    return NearbyWorld(line[:_NAME_LETTERS] or database, "", database, rules, players)


class Announcement:
    """Tells the local network of a world until it is closed. What it does takes a second: it has a thread of its own.

    A network that does not take it is said once (`notice`), and the world goes on without. `addresses` are IPv4 addresses
    of this machine, `interfaces` those it is announced at: all of them unless they are named.
    """

    def __init__(
        self,
        world: NearbyWorld,
        addresses: Sequence[str],
        port: int,
        *,
        interfaces: Sequence[str] | None = None,
    ) -> None:
        self._world = world
        self._addresses = tuple(addresses)
        self._port = port
        self._interfaces = interfaces
        # Beside other programs of this machine that answer for its name.
        tag = uuid.uuid4().hex
        self._machine = f"blackholio-{tag[:12]}.local."
        # A dot would end the name.
        instance = world.name.replace(".", "·").encode()[:_NAME_BYTES].decode(errors="ignore").strip()
        self._instance = f"{instance} ({tag[-5:]}).{SERVICE_TYPE}"
        self._counts: SimpleQueue[int | None] = SimpleQueue()
        self.is_announced = Event()
        self._thread = Thread(target=self._run, name="announcing a world", daemon=True)
        self._thread.start()

    def players_changed(self, count: int) -> None:
        """So many play now."""
        self._counts.put(count)

    def close(self) -> None:
        """Take it back, for which the network has a few seconds; closing twice is fine."""
        self._counts.put(None)
        self._thread.join(_END_SECONDS)

    def _run(self) -> None:
        from zeroconf import Error, Zeroconf

        try:
            zeroconf = Zeroconf() if self._interfaces is None else Zeroconf(interfaces=[*self._interfaces])
        except OSError as error:
            notice(f"the world is not announced on the network: {error.strerror or error}")
            return
        try:
            info = self._info(self._world.players or 0)
            zeroconf.register_service(info)
            self.is_announced.set()
            self._follow(zeroconf)
            zeroconf.unregister_service(info)
        except (Error, OSError) as error:
            notice(f"the world is not announced on the network: {error or type(error).__name__}")
        finally:
            zeroconf.close()

    def _follow(self, zeroconf: Zeroconf) -> None:
        """Tell how many play, as often as the network may be told, until the end."""
        announced = self._world.players
        while (count := self._counts.get()) is not None:
            at = monotonic() + _UPDATE_SECONDS
            while True:
                try:
                    newer = self._counts.get(timeout=max(at - monotonic(), 0.0))
                except Empty:
                    break
                if newer is None:
                    return
                # Of several counts the last one is announced.
                count = newer
            if count != announced:
                announced = count
                zeroconf.update_service(self._info(count))

    def _info(self, players: int) -> ServiceInfo:
        from zeroconf import ServiceInfo

        world = self._world
        return ServiceInfo(
            SERVICE_TYPE,
            self._instance,
            addresses=[socket.inet_aton(address) for address in self._addresses],
            port=self._port,
            properties={
                "name": world.name,
                "database": world.database,
                "rules": world.rules,
                "players": str(players),
                # Which of the addresses to try first: records have no order.
                "address": self._addresses[0],
            },
            server=self._machine,
        )


class LanLobby:
    """Worlds that others announce, as they come and go, until it is closed; any thread may look.

    `notice` says in one sentence why none can be found, or is empty.
    """

    def __init__(self, *, interfaces: Sequence[str] | None = None, loopback: bool = False) -> None:
        self.notice = ""
        self._loopback = loopback
        self._interfaces = interfaces
        # zeroconf adds and removes worlds on a thread of its own, `_run` looks at them on another, the menu asks on a third.
        self._lock = Lock()
        # By the name of the service, None while its address is not known.
        self._worlds: dict[str, NearbyWorld | None] = {}
        # Those of them that have something new to say. A set: however often they say it, it is looked at once.
        self._changed: set[str] = set()
        self._wake = Event()
        self._ended = False
        self._thread: Thread | None = None
        if not can_announce():
            self.notice = gettext("Worlds on your network are found with one more package: {command}").format(
                command=pip_line("lan")
            )
            return
        # Sockets for each of the machine's networks take a while to open.
        self._thread = Thread(target=self._run, name="worlds on the network", daemon=True)
        self._thread.start()

    def worlds(self) -> tuple[NearbyWorld, ...]:
        """Those that can be joined, in an order that does not change while they stay."""
        with self._lock:
            found = {world for world in self._worlds.values() if world is not None}
        shown: list[NearbyWorld] = []
        of_one: Counter[str] = Counter()
        for world in sorted(found, key=lambda world: (world.name.casefold(), world.server, world.database)):
            machine = world.server.rpartition(":")[0]
            of_one[machine] += 1
            # On this machine all are one's own.
            if self._loopback or of_one[machine] <= _MOST_OF_ONE:
                shown.append(world)
        return tuple(shown[:_MOST_SHOWN])

    def close(self) -> None:
        """Look no more; it ends by itself, and closing twice is fine."""
        self._ended = True
        self._wake.set()

    # Called by zeroconf, on a thread of its own.

    def add_service(self, zeroconf: Zeroconf, type_: str, name: str) -> None:
        """A service is there."""
        with self._lock:
            if name not in self._worlds and len(self._worlds) >= _MOST_KNOWN:
                nowhere = next((known for known, world in self._worlds.items() if world is None), None)
                if nowhere is None:
                    return
                # One that was announced, and never said where it is, makes room.
                del self._worlds[nowhere]
                self._changed.discard(nowhere)
            self._worlds.setdefault(name, None)
            self._changed.add(name)
        self._wake.set()

    def update_service(self, zeroconf: Zeroconf, type_: str, name: str) -> None:
        """It says something else."""
        with self._lock:
            if name not in self._worlds:
                return
            self._changed.add(name)
        self._wake.set()

    def remove_service(self, zeroconf: Zeroconf, type_: str, name: str) -> None:
        """It has gone."""
        with self._lock:
            self._worlds.pop(name, None)

    def _run(self) -> None:
        from zeroconf import ServiceBrowser, Zeroconf

        try:
            zeroconf = Zeroconf() if self._interfaces is None else Zeroconf(interfaces=[*self._interfaces])
        except OSError as error:
            self.notice = gettext("Worlds on your network cannot be found: {reason}").format(
                reason=error.strerror or error
            )
            return
        try:
            ServiceBrowser(zeroconf, SERVICE_TYPE, listener=self)  # type: ignore[arg-type]  # what it is given is enough
            ask_again_at = monotonic() + _ASK_AGAIN_SECONDS
            while not self._ended:
                self._wake.wait(max(ask_again_at - monotonic(), 0.0))
                self._wake.clear()
                with self._lock:
                    changed, self._changed = self._changed, set()
                for name in changed:
                    self._look(zeroconf, name, ask=False)
                if monotonic() >= ask_again_at:
                    self._ask_those_without(zeroconf)
                    ask_again_at = monotonic() + _ASK_AGAIN_SECONDS
        finally:
            zeroconf.close()

    def _ask_those_without(self, zeroconf: Zeroconf) -> None:
        with self._lock:
            unknown = [name for name, world in self._worlds.items() if world is None]
        for name in unknown:
            if self._wake.is_set():  # there is news, or the end
                return
            self._look(zeroconf, name, ask=True)

    def _look(self, zeroconf: Zeroconf, name: str, *, ask: bool) -> None:
        """Take in what a service says of itself; `ask` the network for what has not come with its name."""
        from zeroconf import BadTypeInNameException, ServiceInfo

        try:
            info = ServiceInfo(SERVICE_TYPE, name)
        except BadTypeInNameException:
            return
        if not info.load_from_cache(zeroconf) and ask:
            info.request(zeroconf, _ASK_MILLISECONDS)
        world = found_world(
            info.decoded_properties, info.parsed_addresses(), info.port, loopback=self._loopback
        )
        with self._lock:
            if name in self._worlds:
                self._worlds[name] = world


def found_world(
    properties: Mapping[str, str | None],
    addresses: Sequence[str],
    port: int | None,
    *,
    loopback: bool = False,
) -> NearbyWorld | None:
    """The world that an announcement is of, in words fit to be shown; None where it is of none that can be joined."""
    reachable = [each for each in addresses if _is_reachable(each, loopback=loopback)]
    reachable.sort(key=lambda each: each != properties.get("address"))
    address = next(iter(reachable), None)
    database = properties.get("database") or ""
    if address is None or not port or len(database) > _DATABASE_LETTERS or not DATABASE_NAME.match(database):
        return None
    players = properties.get("players") or ""
    known = players.isascii() and players.isdigit() and len(players) <= len(str(_MOST_PLAYERS))
    rules = " ".join((properties.get("rules") or "").split())
    return NearbyWorld(
        name=offered(properties.get("name") or "", database, "").name,
        server=f"{address}:{port}",
        database=database,
        rules=rules[:_RULES_LETTERS] if rules.isprintable() else "",
        players=int(players) if known else None,
    )


def _is_reachable(text: str, *, loopback: bool) -> bool:
    """Whether it is an IPv4 address of one other machine, or of this one where `loopback` is wanted."""
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError:
        return False
    if address.is_loopback:
        return loopback
    return not (address.is_multicast or address.is_unspecified or address.is_reserved)
