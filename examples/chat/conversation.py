"""What both chat clients show, and what they do with a line that was typed. It knows the bindings, and no client."""

from __future__ import annotations

from queue import SimpleQueue
from sys import stdin
from threading import Thread

import module_bindings.send_message_reducer as send_message_reducer
import module_bindings.set_name_reducer as set_name_reducer
from module_bindings.message import Message
from module_bindings.user import User
from spacetimedb_sdk.spacetimedb_client import Address, Identity, ReducerEvent

__all__ = ["QUERIES", "TypedLines", "on_subscription_applied", "register_callbacks", "run_command"]

QUERIES = ["SELECT * FROM user", "SELECT * FROM message"]


def register_callbacks() -> None:
    """Registers a callback for every change, which may be done before there is any client."""
    User.register_row_update(on_user_row_update)
    Message.register_row_update(on_message_row_update)
    set_name_reducer.register_on_set_name(on_set_name)
    send_message_reducer.register_on_send_message(on_send_message)


def on_subscription_applied() -> None:
    """The rows have come: show what was said before, oldest first, then who is here."""
    for message in sorted(Message.iter(), key=lambda message: message.sent):
        show_message(message)
    names = sorted(shown_name(user) for user in User.iter() if user.online)
    show(f"Online: {', '.join(names)}")


def on_user_row_update(
    row_op: str, old: User | None, new: User | None, reducer_event: ReducerEvent | None
) -> None:
    # Without a reducer event the row came with a subscription: it is no news.
    if reducer_event is None or new is None:
        return
    if old is None or (new.online and not old.online):
        show(f"{shown_name(new)} came online.")
    elif old.online and not new.online:
        show(f"{shown_name(new)} left.")
    elif old.name != new.name:
        show(f"{shown_name(old)} is now called {shown_name(new)}.")


def on_message_row_update(
    row_op: str, old: Message | None, new: Message | None, reducer_event: ReducerEvent | None
) -> None:
    if reducer_event is not None and new is not None:
        show_message(new)


def on_set_name(caller: Identity, address: Address | None, status: str, message: str, name: str) -> None:
    if status == "failed":
        show(f"Could not change your name to {name!r}: {message}")


def on_send_message(caller: Identity, address: Address | None, status: str, message: str, text: str) -> None:
    if status == "failed":
        show(f"Could not send {text!r}: {message}")


def show_message(message: Message) -> None:
    user = User.filter_by_identity(message.sender)
    show(f"{shown_name(user) if user else 'unknown'}: {message.text}")


def shown_name(user: User) -> str:
    return user.name or str(user.identity)[:8]


def show(text: str) -> None:
    print(text, flush=True)


def run_command(line: str) -> None:
    """`/name NAME` changes the name; everything else is said."""
    if line.startswith("/name "):
        set_name_reducer.set_name(line.removeprefix("/name "))
    else:
        send_message_reducer.send_message(line)


class TypedLines:
    """Lines typed on the terminal. Reading waits, so a thread of its own does it; the client's loop takes them."""

    def __init__(self) -> None:
        self.ended = False
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in stdin:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def take(self) -> list[str]:
        """What was typed since the last time; `ended` is set at the end of the input or after `/quit`."""
        taken: list[str] = []
        while not self._lines.empty():
            line = self._lines.get()
            if line is None or line == "/quit":
                self.ended = True
                break
            taken.append(line)
        return taken
