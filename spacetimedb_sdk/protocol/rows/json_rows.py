"""Rows of v1.json into rows and keys, in slices: each row is a JSON text of its own (spec: sats-json.md section 3)."""

from __future__ import annotations

from functools import cached_property

from ...errors import DecodeError, SchemaMismatchError
from ...sats.json.decoding import JsonDecoder, json_decoder, parse_json
from ...slices import READ_TEXTS, Slices
from ..outcomes import DecodedRows
from .decoding import TableReader

__all__ = ["JsonTableReader"]


class JsonTableReader:
    """Decodes the rows of the table that `reader` decodes from BSATN, into equal rows and keys."""

    def __init__(self, reader: TableReader) -> None:
        self._reader = reader

    @cached_property
    def _decode(self) -> JsonDecoder:
        codec = self._reader.codec
        return json_decoder(codec.space, codec.type_, null_is_nan=True)

    def read(self, texts: list[str]) -> Slices[DecodedRows]:
        """The rows of `texts`; yields between slices. SchemaMismatchError when they do not fit."""
        decode, keys_of = self._decode, self._reader.keys_of
        whole = DecodedRows([], [])
        for first in range(0, len(texts), READ_TEXTS):
            if first:
                yield
            try:
                rows = [decode(parse_json(text)) for text in texts[first : first + READ_TEXTS]]
            except DecodeError as error:
                raise SchemaMismatchError(self._reader.table, str(error)) from error
            whole.rows += rows
            whole.keys += keys_of(rows)
        return whole

    def may_share_rows(self, deletes: list[str], inserts: list[str], *, same_keys: bool) -> bool:
        """Whether there are any on both sides: a row may be written in more ways than one."""
        return bool(deletes and inserts)

    def read_keys(self, texts: list[str]) -> Slices[list[object]]:
        """The keys of rows that leave: a text has to be parsed whole all the same."""
        return (yield from self.read(texts)).keys
