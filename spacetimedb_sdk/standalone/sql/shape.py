"""The shape of an SQL text: what bounds the work of the general parser, read off its tokens in one pass.

sqlglot knows all of Postgres and tries readings one after the other: joins without conditions, brackets behind names,
CASE, types and set operations each double its work for each time they are nested. Texts of SpacetimeDB's own SQL are
read in one go, whatever their length. So a text that is nothing but that may be long; any other must be small, and is
refused here where it is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import Token, TokenType, exp

from ..errors import QueryError

__all__ = ["MAX_JOINS", "check_shape", "sql_text"]

# As many tables as a statement can reasonably need: the order of joining them is found in quadratic time.
MAX_JOINS = 16
# SpacetimeDB's own parser goes as deep as this.
_MAX_DEPTH = 50
# Longer than any number of 256 bits, or any float written out.
_MAX_DIGITS = 400
# Python compiles a condition of this many comparisons in some milliseconds, without giving way.
_MAX_COMPARISONS = 2_000
# Each join without a condition doubles the work.
_MAX_BARE_JOINS = 4
# For texts with words that SpacetimeDB has not: what is small enough to be tried in a few milliseconds.
_ODD_TOKENS = 80
_ODD_DEPTH = 4
_ODD_REPEATS = 3

_T = TokenType
_COMPARISONS = frozenset({_T.EQ, _T.NEQ, _T.LT, _T.LTE, _T.GT, _T.GTE})
_NAMES = frozenset({_T.VAR, _T.IDENTIFIER})
_LITERALS = frozenset({_T.STRING, _T.NUMBER, _T.HEX_STRING, _T.TRUE, _T.FALSE, _T.NULL})
# What may come any number of times, in any order, without the parser ever having to go back.
_PLAIN = (
    _COMPARISONS
    | _NAMES
    | _LITERALS
    | {_T.FROM, _T.WHERE, _T.INNER, _T.ON, _T.ALIAS, _T.AND, _T.OR, _T.DOT, _T.COMMA, _T.STAR, _T.LIMIT}
    | {_T.L_PAREN, _T.R_PAREN, _T.COLON, _T.DASH, _T.PLUS, _T.JOIN, _T.SEMICOLON}
    | {_T.INSERT, _T.INTO, _T.VALUES, _T.UPDATE, _T.SET, _T.DELETE, _T.SELECT}
)
_SIGNS = frozenset({_T.DASH, _T.PLUS, _T.NOT, _T.TILDE})
# Each of these begins something that can be nested.
_REPEATABLE = frozenset(
    {_T.SELECT, _T.CASE, _T.WITH, _T.UNION, _T.EXCEPT, _T.INTERSECT, _T.LATERAL, _T.VALUES}
)
_OPENING = frozenset({_T.L_PAREN, _T.L_BRACKET, _T.L_BRACE})
_CLOSING = frozenset({_T.R_PAREN, _T.R_BRACKET, _T.R_BRACE})


def check_shape(tokens: Sequence[Token]) -> None:
    """QueryError where the general parser could take long over `tokens`."""
    kinds = [token.token_type for token in tokens]
    depth = _depth(kinds)
    if max(depth, _longest_run(kinds), _longest_path(kinds)) > _MAX_DEPTH:
        raise QueryError("sql parser error: recursion limit exceeded")
    if any(
        kind is _T.NUMBER and len(token.text) > _MAX_DIGITS for kind, token in zip(kinds, tokens, strict=True)
    ):
        raise QueryError(f"A number of more than {_MAX_DIGITS} digits cannot be parsed as any type")
    _check_joins(kinds)
    if sum(kind in _COMPARISONS for kind in kinds) > _MAX_COMPARISONS:
        raise _too_complex(f"it compares more than {_MAX_COMPARISONS} times: ask several queries")
    if len(kinds) <= _ODD_TOKENS and depth <= _ODD_DEPTH and _most_repeated(kinds) <= _ODD_REPEATS:
        return
    odd = _first_odd(kinds)
    if odd is not None:
        text = tokens[odd].text[:80]
        raise _too_complex(f"it is too long or nested too deeply for one that has `{text}` in it: shorten it")


def _too_complex(why: str) -> QueryError:
    return QueryError(f"Unsupported: the statement is too complex, {why}")


def _depth(kinds: Sequence[TokenType]) -> int:
    """How deep brackets are nested, closed or not."""
    depth = deepest = 0
    for kind in kinds:
        if kind in _OPENING:
            depth += 1
            deepest = max(deepest, depth)
        elif kind in _CLOSING:
            depth -= 1
    return deepest


def _longest_run(kinds: Sequence[TokenType]) -> int:
    """The most signs one after the other: each is a level of the tree."""
    run = longest = 0
    for kind in kinds:
        run = run + 1 if kind in _SIGNS else 0
        longest = max(longest, run)
    return longest


def _longest_path(kinds: Sequence[TokenType]) -> int:
    """The most parts of one name, `a.b.c`: each is a level of the tree."""
    run = longest = 0
    for number, kind in enumerate(kinds):
        if kind is _T.DOT:
            run += 1
            longest = max(longest, run)
        elif kinds[number - 1 : number] != [_T.DOT]:
            run = 0
    return longest


def _check_joins(kinds: Sequence[TokenType]) -> None:
    joins = kinds.count(_T.JOIN) + kinds.count(_T.STRAIGHT_JOIN)
    if joins > MAX_JOINS:
        raise _too_complex(f"it has more than {MAX_JOINS} joins")
    bare = 0
    for number, kind in enumerate(kinds):
        if kind is _T.JOIN and not _has_condition(kinds, number + 1):
            bare += 1
    if bare > _MAX_BARE_JOINS:
        raise _too_complex(
            f"it has more than {_MAX_BARE_JOINS} joins without ON: say what the tables are joined by"
        )


def _has_condition(kinds: Sequence[TokenType], start: int) -> bool:
    """Whether a table's name, its alias and ON follow: at most `a.b AS c ON`."""
    for kind in kinds[start : start + 6]:
        if kind is _T.ON:
            return True
        if kind not in _NAMES and kind not in (_T.DOT, _T.ALIAS):
            return False
    return False


def _most_repeated(kinds: Sequence[TokenType]) -> int:
    return max((kinds.count(kind) for kind in _REPEATABLE), default=0)


def _first_odd(kinds: Sequence[TokenType]) -> int | None:
    """The place of the first token that SpacetimeDB's SQL has no place for; None where there is none."""
    before: TokenType | None = None
    for number, kind in enumerate(kinds):
        after = kinds[number + 1] if number + 1 < len(kinds) else None
        if kind not in _PLAIN and not _is_column(before, after):
            return number
        if kind in _NAMES and after is _T.L_PAREN and not _takes_brackets(kinds, number):
            return number
        if kind is _T.SELECT and number:
            return number
        before = kind
    return None


def _is_column(before: TokenType | None, after: TokenType | None) -> bool:
    """Whether a word between these can only be a column whose name is also a word of SQL, as `date` is."""
    return before is _T.DOT or before in _COMPARISONS or after in _COMPARISONS


def _takes_brackets(kinds: Sequence[TokenType], number: int) -> bool:
    """Whether the name there may have brackets behind it: the table of an INSERT, or COUNT."""
    return kinds[number - 1 : number] == [_T.INTO] or (
        number == 1 and kinds[2:5] == [_T.L_PAREN, _T.STAR, _T.R_PAREN]
    )


def sql_text(node: exp.Expr, **settings: Any) -> str:
    """A part of a statement as the server's own parser prints it; by its kind where it is nested too deeply for that."""
    try:
        return str(node.transform(_as_printed).sql(dialect="postgres", **settings))
    except RecursionError:
        return type(node).__name__


def _as_printed(node: exp.Expr) -> exp.Expr:
    """What sqlglot would print as other drivers and dialects have it."""
    if isinstance(node, exp.Placeholder):
        return exp.Var(this="?" if node.name in ("", "?") else f":{node.name}")
    if isinstance(node, exp.HexString):
        return exp.Var(this=f"X'{node.this}'")
    if isinstance(node, exp.Boolean):
        return exp.Var(this="true" if node.this else "false")
    return node
