"""Accounts that are changed by numbered calls, so that one that is lost, made up or run twice shows."""

from __future__ import annotations

from spacetimedb_sdk.module import Module, ReducerContext, ReducerError, Row, column, i64, u32, u64

__all__ = ["Account", "amount_of", "module"]

module = Module("books", style="2.x")


@module.table(public=True)
class Account(Row):
    client: u32 = column(primary_key=True)
    entries: u64
    balance: i64


def amount_of(client: int, number: int) -> int:
    """What a client books with its call of that number."""
    return (number * 7919 + client) % 1_000 - 400


@module.reducer
def book(ctx: ReducerContext, client: u32, number: u64, amount: i64) -> None:
    account = ctx.db[Account].get(client) or Account(client, 0, 0)
    if number != account.entries + 1:
        raise ReducerError(f"{number} comes after {account.entries}")
    changed = Account(client, number, account.balance + amount)
    if number == 1:
        ctx.db[Account].insert(changed)
    else:
        ctx.db[Account].update(changed)
