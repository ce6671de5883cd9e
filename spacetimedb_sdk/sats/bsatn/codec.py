"""BSATN codecs, compiled once per type (spec: bsatn.md).

A `CodecSpace` ties a typespace to the Python classes of its slots; its codecs turn bytes into instances of them:
products into the class bound to their slot (unbound: a tuple), plain enums into `enum.Enum` members whose values are the
tags, other sums into their variant classes (unbound: `(tag, payload)`), options into the value or None, arrays into
lists, arrays of U8 into bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeAlias

from ...errors import DecodeError, EncodeError
from ..algebraic_type import AlgebraicType, ProductType, Ref, Typespace
from ..generated_code import functions_of
from .accelerated import accelerated
from .call_frame import CallFrameWriter, write_call_frame
from .columns import Column, made_column, plain_column
from .decoding import DecoderWriter, decoder_environment
from .encoding import EncoderWriter, encoder_environment
from .explain import explain
from .layout import Layout, fields_of
from .packer import write_packer
from .reading_plan import reading_plan

if TYPE_CHECKING:
    from .accelerated import Accelerator

__all__ = ["BAD_BYTES", "BAD_VALUE", "Codec", "CodecSpace", "LazyCodec", "RowCodec"]

# What a generated decoder raises for bytes that are no value of the type.
BAD_BYTES = (struct.error, ValueError, IndexError, OverflowError, MemoryError, RecursionError)
# What an encoder raises for a value that does not fit.
BAD_VALUE = (
    struct.error,
    AttributeError,
    TypeError,
    ValueError,
    OverflowError,
    KeyError,
    IndexError,
    RecursionError,
)


# The functions that are generated for a type: they append a value's bytes, read the value at a position and say where it
# ends, read the rows back to back between two positions, the second None for the end of the bytes, and say what of a value
# does not fit.
Encode: TypeAlias = Callable[[bytearray, Any], None]
Decode: TypeAlias = Callable[[bytes, int], tuple[Any, int]]
DecodeRows: TypeAlias = Callable[[bytes, int, int | None], list[Any]]
Explain: TypeAlias = Callable[[Any], str | None]


class Codec:
    """Encodes and decodes values of one type. `size` is the width in bytes where all values have the same."""

    __slots__ = ("_decode", "_encode", "_explain", "name", "size")

    def __init__(
        self, name: str, size: int | None, encode: Encode, decode: Decode, explain_value: Explain
    ) -> None:
        self.name = name
        self.size = size
        self._encode = encode
        self._decode = decode
        self._explain = explain_value

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.name}>"

    def encode(self, value: object) -> bytes:
        """BSATN of `value`. EncodeError names the part of it that does not fit."""
        out = bytearray()
        self.encode_into(out, value)
        return bytes(out)

    def encode_into(self, out: bytearray, value: object) -> None:
        """Append the BSATN of `value`; on EncodeError `out` may have grown."""
        try:
            self._encode(out, value)
        except BAD_VALUE as error:
            raise EncodeError(f"{self.name}: {self._explain(value) or error}") from error

    def decode(self, data: bytes, start: int = 0) -> Any:
        """The value that is exactly `data`, from `start` on. DecodeError when bytes are wrong, missing or left over."""
        try:
            value, end = self._decode(data, start)
        except BAD_BYTES as error:
            raise DecodeError(f"{self.name}: {error}") from error
        if end != len(data):
            raise self._wrong_end(data, end)
        return value

    def decode_from(self, data: bytes, position: int) -> tuple[Any, int]:
        """The value that begins at `position`, and the position after it."""
        try:
            value, end = self._decode(data, position)
        except BAD_BYTES as error:
            raise DecodeError(f"{self.name}: {error}") from error
        if end > len(data):
            raise self._wrong_end(data, end)
        return value, end

    def _wrong_end(self, data: bytes, end: int) -> DecodeError:
        left = len(data) - end
        if left < 0:
            return DecodeError(f"{self.name}: {-left} bytes are missing")
        return DecodeError(f"{self.name}: {left} bytes left over after {end}")


class LazyCodec(Codec):
    """A codec of which each half is written when it is first used: that takes milliseconds, and a program that sends a
    message seldom reads it.
    """

    __slots__ = ()

    def __init__(self, space: CodecSpace, type_: AlgebraicType, name: str) -> None:
        def encode(out: bytearray, value: object) -> None:
            self._encode, self._explain = space.encoder(type_)
            self._encode(out, value)

        def decode(data: bytes, position: int) -> tuple[Any, int]:
            self._decode = space.decoder(type_, name)
            return self._decode(data, position)

        super().__init__(name, None, encode, decode, lambda value: None)


class RowCodec(Codec):
    """A codec of rows that decodes many of them at once. The rows are what `space` binds to `type_`."""

    __slots__ = ("_decode_rows", "_pack", "plan", "space", "type_")

    def __init__(
        self,
        name: str,
        size: int | None,
        encode: Encode,
        decode: Decode,
        explain_value: Explain,
        *,
        decode_rows: DecodeRows,
        plan: Callable[[Accelerator], object],
        space: CodecSpace,
        type_: Ref,
    ) -> None:
        super().__init__(name, size, encode, decode, explain_value)
        self._decode_rows = decode_rows
        # The plan of a row, compiled: the same at each call.
        self.plan = plan
        self._pack: Callable[[Any], bytes] = self._first_pack
        self.space = space
        self.type_ = type_

    def encode(self, value: object) -> bytes:
        """As of any codec; what is flat by one call of C, without a buffer."""
        try:
            return self._pack(value)
        except BAD_VALUE as error:
            raise EncodeError(f"{self.name}: {self._explain(value) or error}") from error

    def _first_pack(self, value: Any) -> bytes:
        """Has the packer written when the first row is encoded: most tables of a client never encode any."""
        return self.written_pack()(value)

    def written_pack(self) -> Callable[[Any], bytes]:
        """The packer, written now: the quickest function from a row to its BSATN. It raises BAD_VALUE."""
        self._pack = self.space.packer(self.type_)
        return self._pack

    @property
    def row_reader(self) -> Decode:
        """What `decode_from` calls, for the row at a position. It raises BAD_BYTES."""
        return self._decode

    @property
    def rows_reader(self) -> DecodeRows:
        """What `decode_rows` calls. It raises BAD_BYTES or DecodeError."""
        return self._decode_rows

    def decode_rows(self, data: bytes, start: int = 0, end: int | None = None) -> list[Any]:
        """The rows that lie back to back in `data`, from `start` to `end`, where they are read: what is around them may be large.
        They must not have a width of zero."""
        try:
            rows = self._decode_rows(data, start, end)
        except BAD_BYTES as error:
            raise DecodeError(f"{self.name}: {error}") from error
        return rows

    def key_column(self, field: str) -> Column | None:
        """How one field alone is read from rows back to back; None where only whole rows can be read.

        A row that leaves is known by its key: to decode the rest of it would be for nothing.
        """
        return self.space.column(self.type_, field)


class CodecSpace:
    """The codecs of one typespace; `classes` binds Python classes to its slots."""

    def __init__(self, typespace: Typespace, classes: Mapping[int, Any]) -> None:
        self.typespace = typespace
        self.layout = Layout(typespace, classes)
        self._decoders = decoder_environment()
        self._encoders = encoder_environment()
        self._codecs: dict[tuple[AlgebraicType, str], Codec] = {}
        self._row_codecs: dict[tuple[int, object, str], RowCodec] = {}
        self._encoded: set[int] = set()
        self._decoded: set[int] = set()
        # Codecs are asked for by the program and by the thread that receives.
        # And by a signal's handler, in the midst of either.
        self._lock = RLock()

    @property
    def classes(self) -> Mapping[int, Any]:
        return self.layout.classes

    def codec(self, type_: AlgebraicType, name: str = "") -> Codec:
        """The codec of any type of the space, made at the first call; errors call it `name`.

        SchemaError for a type that cannot be.
        """
        made = self._codecs.get((type_, name))
        if made is None:
            shown = name or self._name_of(type_)
            encoder, explainer = self.encoder(type_)
            made = Codec(shown, self.layout.width(type_), encoder, self.decoder(type_, shown), explainer)
            self._codecs[type_, name] = made
        return made

    def encoder(self, type_: AlgebraicType) -> tuple[Encode, Explain]:
        """The function that encodes, and the one that says what of a value does not fit."""
        with self._lock:
            self.layout.check(type_)
            return self._encoder(type_, "encode"), lambda value: explain(self.layout, type_, value)

    def decoder(self, type_: AlgebraicType, name: str) -> Decode:
        """The function that decodes; errors call the type `name`."""
        with self._lock:
            self.layout.check(type_)
            return self._decoder(type_, "decode", name)

    def call_frame(
        self, params: ProductType, before: Sequence[bytes | None], after: Sequence[bytes | None]
    ) -> CallFrameWriter:
        """The function that writes a message around arguments; see `write_call_frame`. It raises BAD_VALUE."""
        with self._lock:
            self.layout.check(params)
            text, called = write_call_frame(self.layout, self._encoders, params, before, after)
            self._write_encoders(called)
            write: CallFrameWriter = functions_of(text, self._encoders, "bsatn write_call")["write_call"]
            return write

    def packer(self, type_: AlgebraicType, before: bytes = b"") -> Callable[[Any], bytes]:
        """The quickest function from a value to `before` and its BSATN. It raises BAD_VALUE, and does not say for what."""
        with self._lock:
            self.layout.check(type_)
            text, called = write_packer(self.layout, self._encoders, type_, before)
            self._write_encoders(called)
            pack: Callable[[Any], bytes] = functions_of(text, self._encoders, "bsatn pack")["pack"]
            return pack

    def reading_plan(self, type_: AlgebraicType) -> Any | None:
        """See `reading_plan.reading_plan`."""
        return reading_plan(self.layout, type_, self._decoders)

    def row_codec(self, ref: int, cls: object, name: str = "") -> RowCodec:
        """The codec of rows of the product in slot `ref`, built as `cls` whatever class the slot is bound to; made at the first
        call, which all clients of a bindings package share.
        """
        made = self._row_codecs.get((ref, cls, name))
        if made is None:
            made = self._row_codecs[ref, cls, name] = self._made_row_codec(ref, cls, name)
        return made

    def _made_row_codec(self, ref: int, cls: object, name: str) -> RowCodec:
        type_ = self.typespace.resolve(Ref(ref))
        assert isinstance(type_, ProductType)
        name = name or getattr(cls, "__name__", "row")
        space = CodecSpace(self.typespace, {**self.classes, ref: cls})
        encoder, explainer = space.encoder(Ref(ref))
        decoder = space.decoder(Ref(ref), name)
        width = self.layout.width(type_)
        made: list[object] = []

        def plan(compiled: Accelerator) -> object:
            if not made:
                made.append(compiled.Plan(space._row_plan(cls, type_, name)))
            return made[0]

        rows: DecodeRows = _no_rows
        if width != 0:
            plain = space._rows_function(cls, type_, name)
            rows = accelerated(lambda compiled: compiled.RowsReader(plan(compiled), plain), plain)
        return RowCodec(
            name, width, encoder, decoder, explainer, decode_rows=rows, plan=plan, space=space, type_=Ref(ref)
        )

    def fields_of(self, ref: Ref) -> tuple[str, ...]:
        """The attributes that instances of what is bound to `ref` have their columns in."""
        type_ = self.typespace.resolve(ref)
        assert isinstance(type_, ProductType)
        return fields_of(self.classes.get(ref.index), type_)

    def column(self, ref: Ref, field: str) -> Column | None:
        """See `RowCodec.key_column`: for rows of one width whose `field` is a leaf."""
        type_ = self.typespace.resolve(ref)
        assert isinstance(type_, ProductType)
        fields = self.fields_of(ref)
        wanted = type_.elements[fields.index(field)].type
        leaf = self.layout.leaf(wanted)
        widths = [self.layout.width(element.type) for element in type_.elements]
        if leaf is None or None in widths:
            return None
        row_width = sum(w or 0 for w in widths)
        start = sum(w or 0 for w in widths[: fields.index(field)])
        decode = self.codec(wanted).decode
        if leaf.decode != "{}":
            return made_column(decode, leaf.width, start, row_width)
        return plain_column(leaf, start, row_width)

    def _name_of(self, type_: AlgebraicType) -> str:
        if isinstance(type_, Ref):
            return getattr(self.classes.get(type_.index), "__name__", f"type {type_.index}")
        return type(type_).__name__ if isinstance(type_, ProductType) else repr(type_)[:60]

    def _encoder(self, type_: AlgebraicType, function: str) -> Encode:
        writer = EncoderWriter(self.layout, self._encoders)
        whole_slot = isinstance(type_, Ref) and not self.layout.leaf(type_)
        (writer.slot if whole_slot else writer.put)(type_, "v")  # type: ignore[arg-type]
        writer.flush()
        self._write_encoders(writer.called)
        encode: Encode = functions_of(writer.function(function), self._encoders, f"bsatn {function}")[
            function
        ]
        return encode

    def _decoder(self, type_: AlgebraicType, function: str, name: str) -> Decode:
        writer = DecoderWriter(self.layout, self._decoders, name)
        whole_slot = isinstance(type_, Ref) and not self.layout.leaf(type_)
        value = (writer.slot if whole_slot else writer.value)(type_)  # type: ignore[arg-type]
        writer.flush()
        writer.line(f"return {value}, pos")
        self._write_decoders(writer.called)
        decode: Decode = functions_of(writer.function(function), self._decoders, f"bsatn {function}")[
            function
        ]
        return decode

    def _write_encoders(self, slots: set[int]) -> None:
        for slot in slots - self._encoded:
            self._encoded.add(slot)
            self._encoders[f"encode_{slot}"] = self._encoder(Ref(slot), f"encode_{slot}")

    def _write_decoders(self, slots: set[int]) -> None:
        for slot in slots - self._decoded:
            self._decoded.add(slot)
            function = f"decode_{slot}"
            self._decoders[function] = self._decoder(Ref(slot), function, self._name_of(Ref(slot)))

    def _row_plan(self, cls: object, type_: ProductType, name: str) -> object:
        from .row_plan import RowPlanWriter  # only where something reads by it

        writer = RowPlanWriter(self.layout, self._decoders, lambda part: self.decoder(part, name))
        return writer.made(cls, type_)

    def _rows_function(self, cls: object, type_: ProductType, name: str) -> DecodeRows:
        writer = DecoderWriter(self.layout, self._decoders, name)
        writer.indent = 2
        if type_.elements and all(self.layout.is_flat(element.type) for element in type_.elements):
            lines = self._flat_rows(writer, cls, type_)
        else:
            row = writer.made(cls, type_, [writer.value(element.type) for element in type_.elements])
            writer.flush()
            self._write_decoders(writer.called)
            lines = ["    if end is None: end = len(buf)", "    rows = []", "    while pos < end:"]
            lines += [*writer.lines, f"        rows.append({row})"]
            lines += [f"    if pos != end: raise too_long(pos - end, {name!r})"]
        text = "\n".join(["def decode_rows(buf, pos, end):", *lines, "    return rows"])
        read: DecodeRows = functions_of(text, self._decoders, "bsatn decode_rows")["decode_rows"]
        return read

    def _flat_rows(self, writer: DecoderWriter, cls: object, type_: ProductType) -> list[str]:
        """One struct call for all rows, which takes nothing but them: those of a slice, mostly, or what is cut out already."""
        row = writer.made(cls, type_, [writer.value(element.type) for element in type_.elements])
        packed, variables = writer.take_run()
        writer.flush()
        self._decoders["row_struct"] = packed
        loop = f"    for {', '.join(variables)}, in row_struct.iter_unpack(buf):"
        return [
            "    buf = buf[pos:end]",  # all of it is no copy
            "    rows = []",
            loop,
            *writer.lines,
            f"        rows.append({row})",
        ]


def _no_rows(data: bytes, start: int, end: int | None) -> list[Any]:
    """Rows of no width cannot be told from their bytes: who has them knows how many there are."""
    if data[start:end]:
        raise ValueError(f"{len(data[start:end])} bytes where rows have no width")
    return []
