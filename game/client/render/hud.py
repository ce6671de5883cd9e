"""HUD: what lies over the arena while playing, the leaderboard, the own mass, what the keys do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pygame

from game.language import N_, current, gettext, ngettext
from game.match.observation import SPLIT_MASS
from game.match.settings import DEFAULT_KEYS, Action
from game.presentation.leaderboard import LeaderboardRow
from game.presentation.palette import ACCENT, CROWN, DIMMED, GRID, INK, INK_SOFT, STANDARD, WARNING, Colour
from game.presentation.words.key_names import button_name, key_name

from ..ui.panel import READABLE, draw_ground, rounded_panel
from ..ui.text import TextCache, grouped

__all__ = ["Hud", "beside_board", "board_place", "status_place", "ui_unit"]

_KEYS = (
    (Action.SPLIT, N_("split")),
    (Action.EJECT, N_("eject")),
    (Action.HOLD, N_("hold course")),
    (Action.END_RUN, N_("hold: end this run")),
    (Action.PAUSE, N_("menu")),
)
_LACKING = {Action.SPLIT: N_("split from {mass}"), Action.EJECT: N_("eject from {mass}")}


# What is left to go of the bar of one's best run.
_LEFT: Colour = (44, 48, 82)

# Lines of the leaderboard that are written anew in a frame: all of them would take as long as the rest of it.
_LINES_A_FRAME = 2


def ui_unit(size: tuple[int, int]) -> float:
    """Pixels per unit of layout: 1 in a window 720 pixels high, never too small to read."""
    return min(max(min(size[1] / 720, size[0] / 1100), 0.78), 2.5)


def board_place(window: tuple[int, int], rows: int) -> pygame.Rect:
    """Where a leaderboard of so many rows is, in pixels of a window of that size."""
    unit = ui_unit(window)
    margin, width = round(16 * unit), round(250 * unit)
    height = round(44 * unit) + round(25 * unit) * rows + round(16 * unit)
    return pygame.Rect(window[0] - width - margin, margin, width, height)


def beside_board(window: tuple[int, int]) -> tuple[int, int]:
    """Where what is written over the arena does not lie on the leaderboard: the pixels of its left end, and of its width.

    That is around the middle, or in narrow windows all that the leaderboard leaves.
    """
    margin = round(16 * ui_unit(window))
    end = board_place(window, 1).left - margin
    around = 2 * end - window[0]
    return (window[0] - end, around) if around >= window[0] // 2 else (margin, end - margin)


def status_place(window: tuple[int, int]) -> pygame.Rect:
    """Where the own mass is, in pixels of a window of that size; as much of it as never changes."""
    unit = ui_unit(window)
    margin, width, height = round(16 * unit), round(150 * unit), round(86 * unit)
    return pygame.Rect(margin, window[1] - margin - height, width, height)


# The first of an action's keys, where it has any, and its button, where those of a gamepad are named.
_Bound = tuple[tuple[str, ...], int | None]


def _name_of(bound: _Bound) -> str:
    """What an action is on, as it is written."""
    keys, button = bound
    return ("/".join(map(key_name, keys)) if button is None else button_name(button)).upper()


_Key = tuple[LeaderboardRow, Colour, float]


@dataclass(slots=True)
class _Board:
    """A leaderboard, and the pictures of its lines by row, colour and unit."""

    rows: tuple[LeaderboardRow, ...]
    keys: tuple[_Key, ...]
    pictures: dict[_Key, pygame.Surface] = field(default_factory=dict)


class Hud:
    """Draws the overlay; what is written on the leaderboard, and the keys, are kept until they change."""

    def __init__(self, texts: TextCache) -> None:
        self._texts = texts
        self.palette = STANDARD
        # The leaderboard that is shown, and the next one as far as it is written.
        self._board = _Board((), ())
        self._next: _Board | None = None
        self._keys_key: object = None
        self._keys: pygame.Surface | None = None

    def draw_leaderboard(
        self, screen: pygame.Surface, rows: tuple[LeaderboardRow, ...], *, fade: float = 0.0
    ) -> None:
        """Draw the leaderboard into the upper right corner, its ground by `fade` fainter; nothing without players."""
        if not rows:
            return
        unit = ui_unit(screen.get_size())
        pad, line, head = round(16 * unit), round(25 * unit), round(44 * unit)
        place = board_place(screen.get_size(), len(rows))
        board = self._written(rows, (place.width, line), unit)
        # Until the next leaderboard is written there may be fewer rows, or more.
        rows = board.rows
        split = len(rows) > 1 and rows[-1].rank > rows[-2].rank + 1
        gap = round(10 * unit) if split else 0
        place.height = board_place(screen.get_size(), len(rows)).height + gap
        draw_ground(screen, place, radius=round(16 * unit), fade=fade)
        title = self._texts.fit(
            gettext("LEADERBOARD"), round(22 * unit), place.width - 2 * pad, colour=INK_SOFT
        )
        blits = [(title, (place.left + pad, place.top + round(15 * unit)))]
        for index, picture in enumerate(board.pictures.values()):
            shift = gap if index == len(rows) - 1 else 0
            blits.append((picture, (place.left, place.top + head + line * index + shift)))
        screen.blits(blits, False)
        if split:
            y = place.top + head + line * (len(rows) - 1) + round(4 * unit)
            pygame.draw.line(screen, GRID, (place.left + pad, y), (place.right - 1 - pad, y))

    def _written(self, rows: tuple[LeaderboardRow, ...], size: tuple[int, int], unit: float) -> _Board:
        """The leaderboard of `rows`, or the one before until all lines of that are written, a few in each frame.

        Lines of two moments side by side would show a player twice, and another not at all.
        """
        shown, coming = self._board, self._next
        if coming is None:
            keys = tuple((row, self.palette.player_colour(row.player_id), unit) for row in rows)
            if keys == shown.keys:
                return shown
            coming = _Board(rows, keys)
        # In another size, or for the first time, there is nothing to show meanwhile.
        at_once = not shown.keys or shown.keys[0][2] != unit
        if at_once and coming.keys[0][2] != unit:
            coming = _Board(rows, tuple((row, colour, unit) for row, colour, _ in coming.keys))
        made = 0
        for key in coming.keys:
            if key in coming.pictures:
                continue
            picture = shown.pictures.get(key)
            if picture is None:
                if made >= _LINES_A_FRAME and not at_once:
                    self._next = coming
                    return shown
                made += 1
                picture = self._render_line(key, size)
            coming.pictures[key] = picture
        self._board, self._next = coming, None
        return coming

    def draw_status(
        self,
        screen: pygame.Surface,
        *,
        mass: int,
        circles: int,
        rank: int | None,
        held: bool,
        muted: bool = False,
        is_protected: bool = False,
        largest: int = 0,
        best: int = 0,
        split_from: int = SPLIT_MASS,
        eject_from: int = 0,
        keys: Mapping[Action, tuple[str, ...]] | None = DEFAULT_KEYS,
        buttons: Mapping[Action, int] | None = None,
        fade: float = 0.0,
        keys_end: int | None = None,
    ) -> None:
        """Draw the own mass into the lower left corner and the keys, where given, along the lower edge (in their place a gamepad's `buttons`), up to the pixel
        `keys_end`.

        What the `largest` own circle is too light for is dimmed; where `eject_from` is 0 nothing can be ejected. Of a `best`
        run, where there was one, a bar shows the share that is reached.
        """
        unit = ui_unit(screen.get_size())
        margin = round(16 * unit)
        number = self._texts.render(grouped(mass), round(46 * unit))
        label = self._texts.render(gettext("MASS"), round(18 * unit), colour=INK_SOFT)
        notes = _notes(rank, circles, is_protected=is_protected, held=held, muted=muted)
        detail = self._texts.render("  ".join(notes), round(20 * unit), colour=ACCENT if held else INK_SOFT)
        pad = round(14 * unit)
        text_width = max(number.get_width() + label.get_width() + round(8 * unit), detail.get_width())
        # In steps, or every new digit would ask for a panel of its own.
        width = max(round(150 * unit), -(-(text_width + 2 * pad) // 30) * 30)
        height = number.get_height() + detail.get_height() + round(20 * unit)
        top = screen.get_height() - margin - height
        place = pygame.Rect(margin, top, width, height)
        draw_ground(screen, place, radius=round(14 * unit), fade=fade)
        baseline = top + round(9 * unit) + number.get_height() - label.get_height() - round(6 * unit)
        screen.blits(
            (
                (number, (margin + pad, top + round(9 * unit))),
                (label, (margin + pad + number.get_width() + round(6 * unit), baseline)),
                (detail, (margin + pad, top + height - detail.get_height() - round(9 * unit))),
            ),
            False,
        )
        if best:
            self._draw_share(screen, place, mass / best, unit)
        if keys is not None:
            needed = {Action.SPLIT: split_from, Action.EJECT: eject_from}
            # The mass that something takes and no circle has, else 0; what cannot be done at all is not there.
            lacking = {action: mass if largest < mass else 0 for action, mass in needed.items() if mass}
            end = screen.get_width() - margin if keys_end is None else keys_end
            on_pad: Mapping[Action, int] = {} if buttons is None else buttons
            bound = {action: (keys.get(action, ())[:1], on_pad.get(action)) for action, _ in _KEYS}
            self._draw_keys(screen, unit, margin + width, end, bound, lacking)

    def _draw_share(self, screen: pygame.Surface, place: pygame.Rect, share: float, unit: float) -> None:
        """Draw the share of the best run along the lower edge of the panel; it turns to gold once that is reached."""
        pad, thickness = round(14 * unit), max(round(3 * unit), 2)
        bar = pygame.Rect(place.left + pad, place.bottom - round(8 * unit), place.width - 2 * pad, thickness)
        _draw_bar(screen, bar, min(share, 1.0), CROWN if share >= 1.0 else ACCENT, ground=_LEFT)

    def draw_ending(self, screen: pygame.Surface, share: float) -> None:
        """Draw how long the key that ends the run is held already, as a share 0..1 of what it takes."""
        unit = ui_unit(screen.get_size())
        face = self._texts.render(gettext("Hold to end this run"), round(24 * unit), colour=INK)
        width, height = face.get_width() + round(48 * unit), face.get_height() + round(30 * unit)
        place = pygame.Rect(0, 0, width, height)
        place.midbottom = (screen.get_width() // 2, screen.get_height() - round(78 * unit))
        screen.blit(rounded_panel(place.size, radius=round(14 * unit), alpha=READABLE), place)
        screen.blit(face, face.get_rect(midtop=(place.centerx, place.top + round(8 * unit))))
        bar = pygame.Rect(
            place.left + round(16 * unit),
            place.bottom - round(13 * unit),
            width - round(32 * unit),
            round(5 * unit),
        )
        _draw_bar(screen, bar, share, WARNING, ground=GRID)

    def _draw_keys(
        self,
        screen: pygame.Surface,
        unit: float,
        left: int,
        end: int,
        bound: Mapping[Action, _Bound],
        lacking: Mapping[Action, int],
    ) -> None:
        begin = left + round(12 * unit)
        key = (
            current(),
            end - begin,
            unit,
            *lacking.items(),
            *bound.values(),
        )
        if self._keys is None or self._keys_key != key:
            self._keys_key, self._keys = key, self._render_keys(unit, bound, lacking, end - begin)
        bar = self._keys
        x = min(max((screen.get_width() - bar.get_width()) // 2, begin), end - bar.get_width())
        screen.blit(bar, (x, screen.get_height() - round(17 * unit) - bar.get_height()))

    def _render_keys(
        self,
        unit: float,
        bound: Mapping[Action, _Bound],
        lacking: Mapping[Action, int],
        room: int,
    ) -> pygame.Surface:
        """On one line, or on as many as it takes in so many pixels."""
        size, pad, gap = round(19 * unit), round(16 * unit), round(20 * unit)
        lines: list[list[pygame.Surface]] = [[]]
        widths = [0]
        for action, meaning in _KEYS:
            if action is Action.EJECT and action not in lacking:
                continue
            mass = lacking.get(action, 0)
            words = gettext(_LACKING[action]).format(mass=mass) if mass else gettext(meaning)
            entry = self._key_and_meaning(_name_of(bound[action]), words, size, unit, is_lacking=bool(mass))
            if lines[-1] and widths[-1] + gap + entry.get_width() > room - 2 * pad:
                lines.append([])
                widths.append(0)
            widths[-1] += entry.get_width() + (gap if lines[-1] else 0)
            lines[-1].append(entry)
        height = lines[0][0].get_height()
        place = pygame.Rect(0, 0, max(widths) + 2 * pad, height * len(lines) + round(14 * unit))
        bar = pygame.Surface(place.size, pygame.SRCALPHA)
        draw_ground(bar, place, radius=round(14 * unit))
        for index, (line, width) in enumerate(zip(lines, widths, strict=True)):
            x = (place.width - width) // 2
            for entry in line:
                bar.blit(entry, (x, round(7 * unit) + index * height))
                x += entry.get_width() + gap
        bar.set_alpha(255, pygame.RLEACCEL)
        return bar

    def _key_and_meaning(
        self, key: str, words: str, size: int, unit: float, *, is_lacking: bool
    ) -> pygame.Surface:
        name = self._texts.render(key, size, colour=DIMMED if is_lacking else INK)
        meaning = self._texts.render(words, size, colour=DIMMED if is_lacking else INK_SOFT)
        gap = round(6 * unit)
        height = max(name.get_height(), meaning.get_height())
        entry = pygame.Surface((name.get_width() + gap + meaning.get_width(), height), pygame.SRCALPHA)
        entry.blit(name, name.get_rect(midleft=(0, height // 2)))
        entry.blit(meaning, meaning.get_rect(midright=(entry.get_width(), height // 2)))
        return entry

    def _render_line(self, key: _Key, line: tuple[int, int]) -> pygame.Surface:
        row, colour, unit = key
        pad = round(16 * unit)
        board = pygame.Surface(line, pygame.SRCALPHA)
        place = pygame.Rect(pad, 0, line[0] - 2 * pad, line[1])
        if row.is_own:
            strip = rounded_panel(
                (place.width + round(16 * unit), place.height),
                radius=round(8 * unit),
                colour=colour,
                alpha=70,
                edge_alpha=0,
            )
            board.blit(strip, (place.left - round(8 * unit), place.top))
        size = round(21 * unit)
        middle = place.centery
        rank = self._texts.render(str(row.rank), size, colour=INK if row.is_own else INK_SOFT)
        board.blit(rank, (place.left + round(18 * unit) - rank.get_width(), middle - rank.get_height() // 2))
        number = self._texts.render(grouped(row.mass), size, colour=INK if row.is_own else INK_SOFT)
        board.blit(number, (place.right - number.get_width(), middle - number.get_height() // 2))
        left = place.left + round(28 * unit)
        dot = rounded_panel(
            (round(10 * unit),) * 2,
            radius=round(5 * unit),
            colour=colour,
            alpha=255,
            edge_alpha=0,
        )
        board.blit(dot, (left, middle - dot.get_height() // 2))
        left += round(16 * unit)
        room = place.right - number.get_width() - round(10 * unit) - left
        name = self._texts.fit(row.name, size, room, colour=INK, smallest=1.0)
        board.blit(name, (left, middle - name.get_height() // 2))
        board.set_alpha(255, pygame.RLEACCEL)
        return board


def _draw_bar(
    screen: pygame.Surface, bar: pygame.Rect, share: float, colour: Colour, *, ground: Colour
) -> None:
    """Draw a bar that is filled from the left, by `share` 0..1."""
    pygame.draw.rect(screen, ground, bar, border_radius=bar.height)
    filled = pygame.Rect(bar.topleft, (round(bar.width * share), bar.height))
    pygame.draw.rect(screen, colour, filled, border_radius=bar.height)


def _notes(rank: int | None, circles: int, *, is_protected: bool, held: bool, muted: bool) -> list[str]:
    """What is worth a word beside the own mass."""
    notes = [] if rank is None else [gettext("rank {rank}").format(rank=rank)]
    if circles > 1:
        notes.append(ngettext("{count} circle", "{count} circles", circles).format(count=circles))
    if is_protected:
        notes.append(gettext("protected"))
    if held:
        notes.append(gettext("course held"))
    if muted:
        notes.append(gettext("sound off"))
    return notes
