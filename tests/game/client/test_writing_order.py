"""Lines of several scripts: Hebrew and Arabic from right to left, and letters from whatever font has them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pygame
import pytest

from game.client.ui import text as text_module
from game.client.ui.fonts import lacks
from game.client.ui.text import TextCache, TextStyle
from game.client.ui.text_field import TextField
from game.client.ui.writing_order import visual_text
from tests.game.client.pictures import pixels

pytestmark = pytest.mark.usefixtures("screen")

SHALOM = "\u05e9\u05dc\u05d5\u05dd"
MOLASH = SHALOM[::-1]
ODD = "\u0436"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Bo", "Bo"),
        ("Zo\u00eb \u65e5\u672c", "Zo\u00eb \u65e5\u672c"),
        (SHALOM, MOLASH),
        # A sentence of the game with a name in it.
        (f"{SHALOM} ate Bo", f"{MOLASH} ate Bo"),
        (f"Bo ate {SHALOM} and 3 more", f"Bo ate {MOLASH} and 3 more"),
        # Two words change places, numbers stay as they are, also with a point.
        (f"{SHALOM} \u05d0\u05d1", f"\u05d1\u05d0 {MOLASH}"),
        (f"{SHALOM} 12.5", f"12.5 {MOLASH}"),
        # Brackets look the other way.
        (f"{SHALOM} (\u05d0)", f"(\u05d0) {MOLASH}"),
        # A mark stays behind its letter.
        ("\u05d1\u05b0\u05e8", "\u05e8\u05d1\u05b0"),
        ("\u0633\u0644\u0627\u0645", "\u0645\u0627\u0644\u0633"),
        ("", ""),
    ],
)
def test_a_line_stands_as_it_is_read(text: str, seen: str) -> None:
    assert visual_text(text) == seen


def test_a_name_from_right_to_left_is_drawn_so(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = TextCache()
    # With a font that has no Hebrew all letters look the same: those of the default font stand for them.
    monkeypatch.setattr(text_module, "visual_text", lambda text: visual_text(text).replace(MOLASH, "abcd"))
    monkeypatch.setattr(text_module, "lacks", lambda font, text: False)
    assert pixels(texts.render(SHALOM, 30)) == pixels(texts.render("abcd", 30))


@pytest.fixture
def other_font(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A font of the system's that has one letter alone, as far as the game knows, and the game's own has all but that."""
    file = tmp_path / "other.ttf"
    shutil.copyfile(Path(pygame.font.__file__).with_name(pygame.font.get_default_font()), file)
    default = TextCache.font

    def has_not(font: pygame.font.Font, text: str) -> bool:
        is_own = font in owned
        return (ODD in text) if is_own else any(letter not in ODD + " \u0301" for letter in text)

    owned: list[pygame.font.Font] = []

    def font(self: TextCache, size: int) -> pygame.font.Font:
        found = default(self, size)
        owned.append(found)
        return found

    monkeypatch.setattr(TextCache, "font", font)
    monkeypatch.setattr(text_module, "lacks", has_not)
    monkeypatch.setattr(text_module, "system_fonts", lambda: (str(file),))
    return str(file)


@pytest.mark.usefixtures("other_font")
def test_each_letter_of_a_mixed_name_is_drawn_by_a_font_that_has_it() -> None:
    texts = TextCache()
    runs = texts._runs(f"\u00e9a{ODD}\u0301{ODD} b", 40)
    assert [part for _, part in runs] == ["\u00e9a", f"{ODD}\u0301{ODD} ", "b"]
    assert runs[0][0] is runs[2][0] is not runs[1][0]
    for style in TextStyle:
        assert (
            texts.render(f"\u00e9a{ODD}{ODD}b", 40, style=style).get_width() > texts.width("\u00e9ab", 40) > 0
        )


def test_letters_that_no_font_has_are_drawn_as_boxes_beside_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(text_module, "system_fonts", lambda: ())
    texts = TextCache()
    assert lacks(texts.font(20), "\ue001")
    assert texts.width("Zo\u00eb \ue001", 20) > texts.width("Zo\u00eb", 20)


def test_the_caret_stands_at_the_left_of_what_runs_to_the_left() -> None:
    texts = TextCache()
    carets = texts.carets(SHALOM, 24)
    assert carets == sorted(carets, reverse=True)
    assert (carets[0], carets[-1]) == (texts.width(SHALOM, 24), 0)
    assert texts.carets("abc", 24) == sorted(texts.carets("abc", 24))
    # What is written from left to right behind it stands right of it.
    mixed = texts.carets(f"ab {SHALOM} cd", 24)
    assert mixed[0] == 0 < mixed[3] < mixed[7] + texts.width(SHALOM, 24) < mixed[-1]


def test_a_click_into_a_name_from_right_to_left() -> None:
    field = TextField("", SHALOM, longest=20)
    box = pygame.Rect(0, 0, 460, 50)
    field.click(1, box, extend=False)
    assert field.caret == len(SHALOM)
    field.click(459, box, extend=True)
    assert (field.caret, field.selected) == (0, SHALOM)
    screen = pygame.display.set_mode(box.size)
    screen.fill(0)
    field.draw(screen, box, TextCache(), focused=True, now=0.0)
    assert any(pixels(screen))
