"""A text adventure on the async client. Type a direction, `say TEXT`, `look`, `recall` or `quit`.

python adventure_client.py --name NAME [--server localhost:3000] [--database adventure]
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from importlib.util import find_spec
from threading import Thread

if find_spec("spacetimedb_sdk") is None:
    raise SystemExit('The SDK is not installed: `pip install "../..[server]"` in this folder installs it.')

import module_bindings
import module_bindings.go_reducer as go_reducer
import module_bindings.join_reducer as join_reducer
import module_bindings.say_reducer as say_reducer
from module_bindings.exit import Exit
from module_bindings.player import Player
from module_bindings.room import Room
from module_bindings.room_chat import RoomChat
from spacetimedb_sdk import SpacetimeDBException
from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient
from spacetimedb_sdk.spacetimedb_client import Identity, ReducerEvent, TransactionUpdateMessage

# The whole world is small; a large one would subscribe to the rooms nearby and call subscribe() again on the way.
QUERIES = [f"SELECT * FROM {table}" for table in ("room", "exit", "player", "room_chat")]


class Adventure:
    """One player's view of the world."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.async_client = SpacetimeDBAsyncClient(module_bindings)
        # `.client` is the basic client inside: what the async one has no method for is asked there.
        self.async_client.register_on_subscription_applied(self.on_subscription_applied)
        self.async_client.register_on_event(self.on_event)
        Player.register_row_update(self.on_player_row_update)
        RoomChat.register_row_update(self.on_room_chat_row_update)

    @property
    def me(self) -> Player | None:
        identity = self.async_client.identity
        return Player.filter_by_identity(identity) if identity is not None else None

    # What the server sends

    def on_connect(self, auth_token: str, identity: Identity) -> None:
        show(f"Welcome, {self.name}.")

    def on_subscription_applied(self) -> None:
        join_reducer.join(self.name)

    def on_player_row_update(
        self, row_op: str, old: Player | None, new: Player | None, reducer_event: ReducerEvent | None
    ) -> None:
        me = self.me
        if new is None or me is None or reducer_event is None:
            return
        came = old is None or old.room_id != new.room_id or (new.online and not old.online)
        if new.identity == me.identity:
            if came:
                self.look(me)
        elif new.room_id == me.room_id:
            if came:
                show(f"{new.name} arrives.")
            elif not new.online:
                show(f"{new.name} falls asleep.")
        elif old is not None and old.room_id == me.room_id:
            show(f"{new.name} leaves.")

    def on_room_chat_row_update(
        self, row_op: str, old: RoomChat | None, new: RoomChat | None, reducer_event: ReducerEvent | None
    ) -> None:
        me = self.me
        if row_op == "insert" and reducer_event is not None and new is not None and me is not None:
            if new.room_id == me.room_id:
                show(f"{new.speaker} says: {new.text}")

    def on_event(self, transaction: TransactionUpdateMessage) -> None:
        # Calls of our own that failed come here too; they changed nothing.
        if transaction.status != "committed":
            show(f"You cannot: {transaction.message}.")

    # What the player does

    def look(self, me: Player) -> None:
        room = Room.filter_by_room_id(me.room_id)
        assert room is not None
        ways = sorted(Exit.filter_by_room_id(room.room_id), key=lambda way: way.direction)
        others = [player.name for player in Player.filter_by_room_id(room.room_id) if player != me]
        show(f"{room.name}. {room.description}")
        show(f"Ways: {', '.join(way.direction for way in ways)}.")
        if others:
            show(f"Here: {', '.join(sorted(others))}.")

    def recall(self, me: Player) -> None:
        for chat in sorted(RoomChat.iter(), key=lambda chat: chat.chat_id):
            show(f"{chat.speaker} said: {chat.text}")

    def command(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        me = self.me
        if verb == "quit":
            self.async_client.force_close()
        elif me is None:
            show("You are not there yet.")
        elif verb == "look":
            self.look(me)
        elif verb == "recall":
            self.recall(me)
        elif verb == "say":
            say_reducer.say(rest)
        elif verb:
            go_reducer.go(verb)

    async def run(self, server: str, database: str) -> None:
        """Play until `quit` or the end of the input."""
        loop = asyncio.get_running_loop()

        def read() -> None:
            for line in sys.stdin:
                loop.call_soon_threadsafe(self.command, line.strip())
                if line.strip() == "quit":
                    return
            loop.call_soon_threadsafe(self.command, "quit")

        # Reading waits, so a thread of its own does it; it ends with the program.
        Thread(target=read, daemon=True).start()
        await self.async_client.run(None, server, database, False, self.on_connect, QUERIES)


def show(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="A text adventure.")
    parser.add_argument("--name", required=True)
    parser.add_argument("--server", default="localhost:3000")
    parser.add_argument("--database", default="adventure")
    options = parser.parse_args()
    try:
        asyncio.run(Adventure(options.name).run(options.server, options.database))
    except SpacetimeDBException as error:
        print(f"adventure_client.py: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
