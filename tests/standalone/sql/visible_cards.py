"""Cards that are not for everybody: a module with visibility filters, and a dumb model of what each client sees of it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from spacetimedb_sdk.module import Identity, Module, ReducerContext, Row, column, i32
from spacetimedb_sdk.standalone import Database
from spacetimedb_sdk.standalone.subscriptions.registry import Subscriptions

__all__ = ["FILTERS", "QUERIES", "World", "dealt"]

MINE = "SELECT * FROM card WHERE owner = :sender"
AT_MY_TABLE = "SELECT card.* FROM card JOIN seat ON card.game = seat.game WHERE seat.player = :sender AND card.shown = true"
MY_SEATS = "SELECT * FROM seat WHERE player = :sender"
FIRST_CHAT = "SELECT * FROM chat WHERE id < 3"
LAST_CHAT = "SELECT * FROM chat WHERE id = 4"
OF_MY_CARDS = "SELECT note.* FROM note JOIN card ON note.card = card.id"
FILTERS = (MINE, AT_MY_TABLE, OF_MY_CARDS, MY_SEATS, FIRST_CHAT, LAST_CHAT)


def dealt() -> Module:
    module = Module("cards")

    @module.table(public=True)
    class Card(Row):
        id: i32 = column(primary_key=True)
        game: i32 = column(index=True)
        owner: Identity
        shown: bool

    @module.table(public=True)
    class Seat(Row):
        id: i32 = column(primary_key=True)
        game: i32 = column(index=True)
        player: Identity

    @module.table(public=True)
    class Note(Row):
        id: i32 = column(primary_key=True)
        card: i32 = column(index=True)

    @module.table(public=True)
    class Talk(Row):
        id: i32 = column(primary_key=True)

    @module.table(public=True)
    class Chat(Row):
        id: i32 = column(primary_key=True)

    @module.reducer
    def put_card(ctx: ReducerContext, id: i32, game: i32, owner: Identity, shown: bool) -> None:
        ctx.db[Card].delete_by_key(id)
        ctx.db[Card].insert(Card(id, game, owner, shown))

    @module.reducer
    def put_seat(ctx: ReducerContext, id: i32, game: i32, player: Identity) -> None:
        ctx.db[Seat].delete_by_key(id)
        ctx.db[Seat].insert(Seat(id, game, player))

    @module.reducer
    def put_note(ctx: ReducerContext, id: i32, card: i32) -> None:
        ctx.db[Note].delete_by_key(id)
        ctx.db[Note].insert(Note(id, card))
        ctx.db[Talk].delete_by_key(id)
        ctx.db[Talk].insert(Talk(id))
        ctx.db[Chat].delete_by_key(id)
        ctx.db[Chat].insert(Chat(id))

    @module.reducer
    def drop(ctx: ReducerContext, id: i32) -> None:
        for table in (Card, Seat, Note, Talk, Chat):
            ctx.db[table].delete_by_key(id)

    for text in FILTERS:
        module.client_visibility_filter(text)
    return module


class Model:
    """The rows by id; `seen` is None for the owner, who sees all."""

    def __init__(self) -> None:
        self.cards: dict[int, tuple[int, int, Identity, bool]] = {}
        self.seats: dict[int, tuple[int, int, Identity]] = {}
        self.notes: dict[int, tuple[int, int]] = {}

    def seen_cards(self, who: Identity | None) -> list[tuple[int, int, Identity, bool]]:
        games = {game for _, game, player in self.seats.values() if player == who}
        return [
            card for card in self.cards.values() if who in (None, card[2]) or (card[3] and card[1] in games)
        ]

    def seen_seats(self, who: Identity | None) -> list[tuple[int, int, Identity]]:
        return [seat for seat in self.seats.values() if who in (None, seat[2])]

    def seen_chat(self, who: Identity | None) -> list[int]:
        return [number for number in self.notes if who is None or number < 3 or number == 4]

    def seen_notes(self, who: Identity | None) -> list[tuple[int, int]]:
        cards = {card[0] for card in self.seen_cards(who)}
        return [note for note in self.notes.values() if who is None or note[1] in cards]


Answer = Callable[[Model, Identity | None], tuple[str, list[Any]]]
QUERIES: dict[str, Answer] = {
    "SELECT * FROM card": lambda model, who: ("card", model.seen_cards(who)),
    "SELECT * FROM card WHERE shown = false": lambda model, who: (
        "card",
        [card for card in model.seen_cards(who) if not card[3]],
    ),
    "SELECT * FROM card WHERE id = 2": lambda model, who: (
        "card",
        [card for card in model.seen_cards(who) if card[0] == 2],
    ),
    "SELECT * FROM note": lambda model, who: ("note", model.seen_notes(who)),
    "SELECT card.* FROM card JOIN note ON card.id = note.card": lambda model, who: (
        "card",
        [card for card in model.seen_cards(who) for note in model.seen_notes(who) if note[1] == card[0]],
    ),
    "SELECT note.* FROM note JOIN card ON note.card = card.id WHERE card.game = 1": lambda model, who: (
        "note",
        [
            note
            for note in model.seen_notes(who)
            for card in model.seen_cards(who)
            if note[1] == card[0] and card[1] == 1
        ],
    ),
    "SELECT talk.* FROM talk JOIN note ON talk.id = note.id": lambda model, who: (
        "talk",
        [(note[0],) for note in model.seen_notes(who)],
    ),
    "SELECT * FROM seat": lambda model, who: ("seat", model.seen_seats(who)),
    "SELECT * FROM seat WHERE game = 1": lambda model, who: (
        "seat",
        [seat for seat in model.seen_seats(who) if seat[1] == 1],
    ),
    "SELECT chat.* FROM chat JOIN talk ON chat.id = talk.id": lambda model, who: (
        "chat",
        [(number,) for number in model.seen_chat(who)],
    ),
    "SELECT * FROM chat WHERE id > 1": lambda model, who: (
        "chat",
        [(number,) for number in model.seen_chat(who) if number > 1],
    ),
    "SELECT seat.* FROM seat JOIN card ON seat.game = card.game": lambda model, who: (
        "seat",
        [seat for seat in model.seen_seats(who) for card in model.seen_cards(who) if card[1] == seat[1]],
    ),
    "SELECT card.* FROM card JOIN seat ON seat.game = card.game WHERE seat.id <> card.id": lambda model, who: (
        "card",
        [
            card
            for seat in model.seen_seats(who)
            for card in model.seen_cards(who)
            if card[1] == seat[1] and seat[0] != card[0]
        ],
    ),
    "SELECT a.* FROM seat a JOIN seat b ON a.game = b.game": lambda model, who: (
        "seat",
        [a for a in model.seen_seats(who) for b in model.seen_seats(who) if a[1] == b[1]],
    ),
}


class World:
    def __init__(self, module: Module | None = None) -> None:
        self.database = Database(module or dealt(), clock=lambda: 1_000_000)
        self.subscriptions = Subscriptions(self.database)
        self.database.on_commit = self.subscriptions.broadcast
        self.model = Model()

    def call(self, reducer: str, *args: Any) -> None:
        self.database.call(reducer, *args, sender=self.database.owner)

    def change(self, chance: random.Random, players: list[Identity]) -> None:
        """One of the four changes, in the database and in the model."""
        model, number = self.model, chance.randrange(1, 5)
        kind = chance.randrange(4)
        if kind == 0:
            model.cards[number] = card = (
                number,
                chance.randrange(3),
                chance.choice(players),
                chance.random() < 0.5,
            )
            self.call("put_card", *card)
        elif kind == 1:
            model.seats[number] = seat = (number, chance.randrange(3), chance.choice(players))
            self.call("put_seat", *seat)
        elif kind == 2:
            model.notes[number] = note = (number, chance.randrange(1, 5))
            self.call("put_note", *note)
        else:
            for rows in (model.cards, model.seats, model.notes):
                rows.pop(number, None)
            self.call("drop", number)

    def expected(self, text: str, who: Identity) -> Counter[tuple[str, bytes]]:
        table, rows = QUERIES[text](self.model, None if who == self.database.owner else who)
        encode = self.database.datastore.stores[table].encoded
        made = self.database.datastore.stores[table].row_class
        return Counter((table, encode(made(*row))) for row in rows)
