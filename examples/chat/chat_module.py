"""The server side of the chat: two tables, and the reducers that change them.

Start it with `python -m spacetimedb_sdk start --module chat_module` in this folder.
"""

from __future__ import annotations

from spacetimedb_sdk.module import Identity, Module, ReducerContext, ReducerError, Row, Timestamp, column

__all__ = ["Message", "User", "module"]

module = Module("chat")


@module.table(public=True)
class User(Row):
    identity: Identity = column(primary_key=True)
    name: str | None
    online: bool


@module.table(public=True)
class Message(Row):
    sender: Identity
    sent: Timestamp
    text: str


@module.client_connected
def connected(ctx: ReducerContext) -> None:
    user = ctx.db[User].get(ctx.sender)
    if user is None:
        ctx.db[User].insert(User(identity=ctx.sender, name=None, online=True))
    else:
        ctx.db[User].update(user.replace(online=True))


@module.client_disconnected
def disconnected(ctx: ReducerContext) -> None:
    user = ctx.db[User].get(ctx.sender)
    if user is not None:
        ctx.db[User].update(user.replace(online=False))


@module.reducer
def set_name(ctx: ReducerContext, name: str) -> None:
    user = ctx.db[User].get(ctx.sender)
    if user is None:
        raise ReducerError("Only a user can have a name")
    if not name.strip():
        raise ReducerError("Names must not be empty")
    ctx.db[User].update(user.replace(name=name.strip()))


@module.reducer
def send_message(ctx: ReducerContext, text: str) -> None:
    if not text.strip():
        raise ReducerError("Messages must not be empty")
    ctx.db[Message].insert(Message(sender=ctx.sender, sent=ctx.timestamp, text=text))
