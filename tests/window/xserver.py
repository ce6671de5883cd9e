"""An X server without a monitor, whose picture can be read and whose keys and mouse can be used."""

from __future__ import annotations

import os
import select
import struct
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

import pygame

__all__ = ["XServer"]

_START_SECONDS = 20.0
_XDOTOOL_SECONDS = 20.0
# The header of an XWD file: 25 numbers of 32 bits, of which these are used; the colour map lies before the pixels.
_HEADER = struct.Struct(">25I")
_HEADER_SIZE, _WIDTH, _HEIGHT, _LINE_BYTES, _RED, _GREEN, _BLUE, _COLOURS = 0, 4, 5, 12, 14, 15, 16, 19
_COLOUR_BYTES = 12


class XServer:
    """Xvfb on a free display; xdotool's events come through the XTEST extension, as if from a keyboard and a mouse.

    `picture` reads the memory that the server draws into, which it keeps as a file: no client of it takes part.
    """

    def __init__(self, folder: Path, size: tuple[int, int]) -> None:
        self._frame = folder / "Xvfb_screen0"
        ready, told = os.pipe()
        with (folder / "xvfb.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    "Xvfb", "-displayfd", str(told), "-screen", "0", f"{size[0]}x{size[1]}x24",
                    "-fbdir", str(folder), "-nolisten", "tcp", "-noreset",
                ],
                pass_fds=(told,), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        os.close(told)
        with os.fdopen(ready, "rb") as pipe:
            is_ready, _, _ = select.select([pipe], [], [], _START_SECONDS)
            number = pipe.readline().decode().strip() if is_ready else ""
        if not number:
            self.close()
            raise AssertionError(f"Xvfb did not start: {(folder / 'xvfb.log').read_text(errors='replace')}")
        self.display = f":{number}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the server."""
        self._process.terminate()
        self._process.wait()

    def picture(self) -> pygame.Surface:
        """What is on the screen now. A frame that is being drawn may be half of it."""
        data = self._frame.read_bytes()
        header = _HEADER.unpack_from(data)
        begin = header[_HEADER_SIZE] + header[_COLOURS] * _COLOUR_BYTES
        surface = pygame.Surface(
            (header[_WIDTH], header[_HEIGHT]),
            depth=32,
            masks=(header[_RED], header[_GREEN], header[_BLUE], 0),
        )
        surface.get_buffer().write(data[begin : begin + header[_LINE_BYTES] * header[_HEIGHT]])
        return surface

    def windows(self, pid: int) -> list[str]:
        """The visible windows of a process."""
        found = self._xdotool("search", "--onlyvisible", "--pid", str(pid), check=False)
        return found.split()

    def focus(self, window: str) -> bool:
        """Let the keys go to that window; without a window manager nobody else does. False where it is gone."""
        try:
            self._xdotool("windowfocus", "--sync", window)
        except AssertionError:
            if self._xdotool("getwindowgeometry", window, check=False):
                raise
            return False
        return True

    def keys(self, *names: str) -> None:
        """Press and let go of keys, by their X names, one after the other."""
        self._xdotool("key", *names)

    def hold(self, name: str) -> None:
        """Press a key and keep it down."""
        self._xdotool("keydown", name)

    def let_go(self, name: str) -> None:
        """Let go of a key that is held."""
        self._xdotool("keyup", name)

    def resize(self, window: str, size: tuple[int, int]) -> None:
        """Give a window another size, as somebody does who draws at its corner."""
        self._xdotool("windowsize", window, str(size[0]), str(size[1]))

    def type(self, text: str) -> None:
        """Type a text."""
        self._xdotool("type", text)

    def point(self, x: float, y: float) -> None:
        """Move the pointer."""
        self._xdotool("mousemove", str(round(x)), str(round(y)))

    def click(self, x: float, y: float) -> None:
        """Move the pointer, and press and let go of its left button there."""
        self._xdotool("mousemove", str(round(x)), str(round(y)), "click", "1")

    def _xdotool(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(
            ["xdotool", *words],
            env={**os.environ, "DISPLAY": self.display},
            capture_output=True,
            text=True,
            timeout=_XDOTOOL_SECONDS,
            check=False,
        )
        assert not check or done.returncode == 0, f"xdotool {' '.join(words)}: {done.stderr}"
        return done.stdout
