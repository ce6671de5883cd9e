"""Rows of v1.json into rows and keys, in slices: each row is a JSON text of its own (spec: sats-json.md section 3)."""

from __future__ import annotations

from functools import cached_property

from ...errors import DecodeError, SchemaMismatchError
from ...sats.json.decoding import JsonDecoder, json_decoder, parse_json
from ...slices import READ_TEXTS, Slices
from ..outcomes import TableRows
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

    def changes(self, deletes: list[str] | None, inserts: list[str] | None) -> Slices[TableRows]:
        """What leaves and what comes; yields between slices. SchemaMismatchError where it does not fit.

        A row may be written in more ways than one, so any that comes may be one that leaves; and a text has to be parsed whole for
        its key alone.
        """
        gone = yield from self._read(deletes or [])
        come = yield from self._read(inserts or [])
        come.gone = gone.keys
        come.may_repeat = bool(deletes and inserts)
        return come

    def _read(self, texts: list[str]) -> Slices[TableRows]:
        decode, keys_of = self._decode, self._reader.keys_of
        whole = TableRows(self._reader.table)
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
