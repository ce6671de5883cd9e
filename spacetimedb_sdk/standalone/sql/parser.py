"""From the text of a statement to sqlglot's tree of it, with SpacetimeDB's words for what is none (spec: sql.md)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress

from sqlglot import Dialect, Parser, Token, TokenType, exp
from sqlglot.errors import ParseError, TokenError

from ..errors import QueryError
from .shape import check_shape, sql_text

__all__ = ["MAX_SQL_LENGTH", "check_length", "lists_tables", "normalised", "parse_statement"]

# As SpacetimeDB bounds it.
MAX_SQL_LENGTH = 50_000
_POSTGRES = Dialect.get_or_raise("postgres")
# Possessive throughout: what was passed over is never tried again.
_FIRST_WORD = re.compile(r"(?:[\s;]|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*+(\S+)", re.DOTALL)
_SIGNS = frozenset({TokenType.PLUS, TokenType.DASH})
# What a sign or a point behind one of these belongs to.
_OPERANDS = frozenset(
    {TokenType.NUMBER, TokenType.STRING, TokenType.HEX_STRING, TokenType.VAR, TokenType.IDENTIFIER}
    | {TokenType.R_PAREN}
)
_CHANGES = frozenset({"INSERT", "UPDATE", "DELETE"})
_PARSED = _CHANGES | frozenset({"SELECT", "CREATE", "DROP", "ALTER", "WITH", "VALUES"})
# Statements SpacetimeDB's parser knows and its SQL does not.
_REFUSED = frozenset(
    {"TRUNCATE", "EXPLAIN", "MERGE", "GRANT", "REVOKE", "SET", "SHOW", "COPY", "CALL"}
    | {"BEGIN", "COMMIT", "ROLLBACK"}
)


def normalised(text: str) -> str:
    """The text by which queries are told apart."""
    return text.strip().removesuffix(";").rstrip()


def parse_statement(text: str, *, empty: str, no_change: str | None = None) -> exp.Expr:
    """The one statement of `text`. QueryError for what is none, with the text `empty` where there is nothing at all.

    With `no_change` a statement that begins as one that changes rows is refused so, unread: strangers cannot make the
    server read long ones.
    """
    check_length(text)
    first = _FIRST_WORD.match(text)
    if first is None:
        raise QueryError(empty)
    if no_change is not None and first[1].upper() in _CHANGES:
        raise QueryError(no_change)
    _check_first_word(text, first)
    try:
        tokens = _as_written(_POSTGRES.tokenize(text), text)
        check_shape(tokens)
        found = [statement for statement in _quiet_parser().parse(tokens, text) if statement is not None]
    except (ParseError, TokenError) as error:
        raise QueryError(f"sql parser error: {_reason(error)}") from None
    except RecursionError:
        raise QueryError("sql parser error: recursion limit exceeded") from None
    if not found:
        raise QueryError(empty)
    if len(found) != 1:
        raise QueryError("Multiple SQL statements are not supported")
    if not isinstance(found[0], (exp.Select, exp.Insert, exp.Update, exp.Delete)):
        raise QueryError(f"Unsupported: {sql_text(found[0])}")
    return found[0]


def _quiet_parser() -> Parser:
    """One that writes no warnings of what it does not know: anybody could fill the log with them."""
    parser = _POSTGRES.parser()
    with suppress(AttributeError):  # where sqlglot is compiled, its objects take none
        parser._warn_unsupported = lambda: None  # type: ignore[method-assign]  # noqa: SLF001 it has no other way
    return parser


def check_length(text: str) -> None:
    """QueryError for a text that is longer than any statement may be: before anything else looks at it."""
    if len(text) > MAX_SQL_LENGTH:
        raise QueryError(f'SQL query exceeds maximum allowed length: "{text[:120]}..."')


def _as_written(tokens: Sequence[Token], text: str) -> list[Token]:
    """The tokens of `text` with numbers as they are written, which count as text where they meet a text: sqlglot leaves
    out a plus and writes `0.5` for `.5`. QueryError for what SpacetimeDB's parser reads otherwise."""
    found: list[Token] = []
    for token in tokens:
        kind = token.token_type
        if kind is TokenType.NUMBER and _ends_in_unary(found, TokenType.DOT):
            token = _joined(found.pop(), token)
        if _ends_in_unary(found, TokenType.PLUS) and kind is not TokenType.DOT:
            if kind is not TokenType.NUMBER:
                raise QueryError(f"Unsupported expression: +{token.text[:80]}")
            token = _joined(found.pop(), token)
        elif kind in _SIGNS and found and found[-1].token_type in _SIGNS:
            raise QueryError(f"Unsupported expression: {found[-1].text}{token.text}")
        elif kind is TokenType.HEX_STRING and text[token.start : token.start + 2] == "0X":
            raise QueryError(f"sql parser error: Expected end of statement, found: X{token.text[:80]}")
        elif text[token.start : token.end + 1] == "0x":
            token = Token(TokenType.HEX_STRING, "", token.line, token.col, token.start, token.end)
        found.append(token)
    return found


def _ends_in_unary(tokens: Sequence[Token], kind: TokenType) -> bool:
    """Whether the last one is of that `kind`, and nothing is before it that it could be behind."""
    if not tokens or tokens[-1].token_type is not kind:
        return False
    return len(tokens) == 1 or tokens[-2].token_type not in _OPERANDS


def _joined(first: Token, number: Token) -> Token:
    text = first.text + number.text
    return Token(TokenType.NUMBER, text, number.line, number.col, first.start, number.end)


def _reason(error: ParseError | TokenError) -> str:
    """What the server's own parser would say of the same place, without a word of how ours is made."""
    details = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
    found = details.get("highlight")
    if not found:
        return "Expected an expression:, found: EOF"
    return f"Expected an expression:, found: {found[:80]} at Line: {details['line']}, Column {details['col']}"


def lists_tables(text: str) -> bool:
    """Whether a SELECT that was parsed has `FROM a, b`, which its tree does not tell from `FROM a JOIN b`."""
    kinds = [token.token_type.name for token in _POSTGRES.tokenize(text)]
    clause = kinds[kinds.index("FROM") :]
    if "WHERE" in clause:
        clause = clause[: clause.index("WHERE")]
    return "COMMA" in clause


def _check_first_word(text: str, first: re.Match[str]) -> None:
    word = first[1].rstrip(";")
    if word.upper() in _PARSED:
        return
    if word.upper() in _REFUSED:
        raise QueryError(f"Unsupported: {normalised(text)}")
    line = text.count("\n", 0, first.start(1)) + 1
    column = first.start(1) - (text.rfind("\n", 0, first.start(1)) + 1) + 1
    found = re.match(r"\w+|.", word)
    raise QueryError(
        f"sql parser error: Expected an SQL statement, found: {found[0] if found else first[1]} "
        f"at Line: {line}, Column {column}"
    )
