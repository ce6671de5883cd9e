"""Text that fits."""

from __future__ import annotations

from pathlib import Path

import pygame
import pytest

from game.client.ui import text as text_module
from game.client.ui.fonts import lacks, system_fonts
from game.client.ui.text import TextCache, TextStyle, grouped, printable

pytestmark = pytest.mark.usefixtures("screen")

LONG = "An extraordinarily long name that never comes to an end"


@pytest.mark.parametrize("width", [40, 90, 200])
@pytest.mark.parametrize("style", list(TextStyle))
def test_a_long_text_is_made_to_fit(width: int, style: TextStyle) -> None:
    assert TextCache().fit(LONG, 24, width, style=style).get_width() <= width


def test_a_text_is_cut_only_where_no_size_fits_it() -> None:
    texts = TextCache()
    whole = [texts.render(LONG, size) for size in range(15, 25)]
    for width in range(whole[0].get_width(), whole[-1].get_width() + 10):
        fitted = texts.fit(LONG, 24, width, smallest=15 / 24)
        assert fitted in whole
        assert fitted.get_width() <= width


def test_a_short_text_keeps_its_size() -> None:
    texts = TextCache()
    assert texts.fit("Io", 24, 200) is texts.render("Io", 24)


def test_without_shrinking_the_text_is_cut_in_its_own_size() -> None:
    texts = TextCache()
    cut = texts.fit(LONG, 24, 150, smallest=1.0)
    assert cut.get_width() <= 150
    assert cut.get_height() == texts.render("Io", 24).get_height()


def test_a_surface_is_rendered_once() -> None:
    texts = TextCache()
    assert texts.render("Nova", 20) is texts.render("Nova", 20)
    assert texts.render("Nova", 20) is not texts.render("Nova", 22)


@pytest.mark.parametrize(
    "text",
    ["", "\x00nul", "tab\tand\nline", "\ud800", "漢字 Ж Ω é", "a\u202eb", "\u0301", "i", ".", "\u200b"],
)
def test_any_name_can_be_drawn(text: str) -> None:
    surface = TextCache().render(text, 20)
    assert isinstance(surface, pygame.Surface)
    assert surface.get_height() > 0


def test_what_a_font_cannot_draw_becomes_a_space() -> None:
    assert printable("a\x00b\nc\ud800d") == "a b c d"


def test_marks_upon_a_letter_make_no_tower() -> None:
    """A name is as high as another: it covers nobody else's."""
    assert printable("Viê\u0323t u\u0308\u0301") == "Viê\u0323t u\u0308\u0301"
    assert (
        printable("Z" + "\u0351" * 30 + "al\u0301" + "\u0301" * 30 + "go") == "Z\u0351\u0351al\u0301\u0301go"
    )
    texts = TextCache()
    tower = texts.render("Z" + "\u0351" * 30, 20)
    assert tower.get_height() < 2 * texts.render("Z", 20).get_height()


def test_large_numbers_are_grouped() -> None:
    assert [grouped(number) for number in (0, 999, 1_484, 1_234_567)] == ["0", "999", "1 484", "1 234 567"]


def test_letters_that_the_own_font_lacks_come_from_the_system(
    screen: pygame.Surface, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = TextCache()
    name = "\ue001\ue002"
    default = texts.font(20)
    assert lacks(default, name)
    assert not lacks(default, "Ünïçödé Привет")
    # The system has none, or only files that cannot be read: it is drawn all the same.
    for files in ((), (str(screen),)):
        monkeypatch.setattr(text_module, "system_fonts", lambda files=files: files)
        assert texts.font_for(name, 20) is default
        assert texts.render(name, 20).get_width() > 0
    # And where one has them, it is the one that is used.
    other = str(Path(pygame.font.__file__).with_name(pygame.font.get_default_font()))
    monkeypatch.setattr(text_module, "system_fonts", lambda: (other,))
    monkeypatch.setattr(text_module, "lacks", lambda font, text: font is default)
    chosen = texts.font_for(name, 20)
    assert chosen is not default
    assert texts.font_for(name, 20) is chosen
    assert texts.font_for("Ada", 20) is default


def test_the_fonts_of_the_system_are_files() -> None:
    assert all(Path(file).is_file() for file in system_fonts())


@pytest.mark.parametrize("size", [20, 120])
def test_a_line_is_as_high_as_its_letters_reach(size: int) -> None:
    """What is below it would raise what is centred, and newer libraries of fonts write a gap there."""

    def height(text: str) -> int:
        return TextCache().render(text, size, style=TextStyle.PLAIN).get_height()

    least = pygame.font.Font(None, 2 * size).get_height() // 2
    assert height("EAT") == least
    assert least <= height("Play") <= least * 1.1
    assert height("Pla\u0323\u0323y") >= least
