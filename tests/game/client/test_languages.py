"""What a player reads is in the language of the player: every text, in its place, in windows small and large."""

from __future__ import annotations

import gettext
import re
from typing import Any

import pygame
import pytest

from game import language
from game.client.app_context import AppContext
from game.client.arena_stage import ArenaStage
from game.client.render.hud import board_place
from game.client.scenes.controls import ControlsScene
from game.client.scenes.pause import PauseScene
from game.client.scenes.settings import SettingsScene
from game.client.ui import fonts
from game.client.ui.paragraph import wrapped
from game.client.ui.text import TextCache, TextStyle
from game.client.ui.widgets import Button
from game.client.views.arena import ArenaView
from game.match.settings import Preferences
from game.presentation.palette import INK, Colour
from game.presentation.rule_lines import rule_lines
from tests.game.client.driver import MemoryStore
from tests.game.client.gallery import GALLERY, PLAYERS, SERVER, SIZES, PlayedStage

# What is the same in each language: names, keys with one letter or a number, units.
SAME = {*PLAYERS, *language.LANGUAGES.values(), "BLACKHOLIO", "blackholio", "kB", "ms", "Hz"}


class Marked(gettext.NullTranslations):
    """A language in which each text stands between marks."""

    def gettext(self, message: str) -> str:
        return f"«{message}»"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"«{msgid2}»"

    def pgettext(self, context: str, message: str) -> str:
        return f"«{message}»"


def unmarked(text: str) -> str:
    """What of it is in no catalogue."""
    before = ""
    while text != before:
        before, text = text, re.sub("«[^«»]*»", " ", text)
    words = re.findall(r"[^\W\d_]{2,}", text.replace(SERVER, ""))
    return " ".join(word for word in words if word not in SAME)


class Written:
    """Takes the place of what draws texts, and notes them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts: list[str] = []
        written = self

        def fit(cache: TextCache, text: str, size: int, width: int, **look: object) -> pygame.Surface:
            written.texts.append(text)
            return pygame.Surface((min(width, 4), size), pygame.SRCALPHA)

        def render(cache: TextCache, text: str, size: int, **look: object) -> pygame.Surface:
            written.texts.append(text)
            return pygame.Surface((4, size), pygame.SRCALPHA)

        monkeypatch.setattr(TextCache, "fit", fit)
        monkeypatch.setattr(TextCache, "render", render)
        # Names in the arena are not ours, and drawing it takes its time.
        monkeypatch.setattr(ArenaStage, "draw_world", lambda stage, screen, **how: None)


@pytest.mark.parametrize("part", sorted(GALLERY))
def test_every_text_that_is_shown_is_in_the_catalogues(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written = Written(monkeypatch)
    window = pygame.display.set_mode(SIZES[1])
    monkeypatch.setattr(language._spoken, "catalogue", Marked())
    monkeypatch.setattr(AppContext, "apply_language", lambda context: None)
    for name, draw in GALLERY[part](SIZES[1]):
        written.texts.clear()
        draw(window)
        assert written.texts, name
        # A paragraph is drawn line by line.
        assert unmarked(" ".join(written.texts)) == "", name


class Watched(pygame.Surface):
    """A window that notes what is drawn beyond its edges."""

    outside: list[pygame.Rect]

    def blit(self, source: pygame.Surface, dest: Any, *how: Any, **more: Any) -> pygame.Rect:
        at = pygame.Rect(dest[:2], source.get_size())
        # The outermost line of a shadow or a halo may be cut off.
        if not self.get_rect().contains(at.inflate(-4, -4)):
            self.outside.append(at)
        return super().blit(source, dest, *how, **more)

    def blits(self, sequence: Any, doreturn: Any = True) -> None:
        for source, dest in sequence:
            self.blit(source, dest)


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Texts that were cut because their place had no room for them."""
    texts: list[str] = []
    whole = TextCache.fit

    def fit(
        cache: TextCache,
        text: str,
        size: int,
        width: int,
        *,
        colour: Colour = INK,
        style: TextStyle = TextStyle.SHADOW,
        smallest: float = 0.7,
    ) -> pygame.Surface:
        face = whole(cache, text, size, width, colour=colour, style=style, smallest=smallest)
        if rendered[-1] != text or face.get_width() > width:
            texts.append(text)
        return face

    def noting(cache: TextCache, text: str, size: int, **look: Any) -> pygame.Surface:
        rendered.append(text)
        return render(cache, text, size, **look)

    rendered: list[str] = []
    render = TextCache.render
    monkeypatch.setattr(TextCache, "render", noting)
    monkeypatch.setattr(TextCache, "fit", fit)
    monkeypatch.setattr(ArenaStage, "draw_world", lambda stage, screen, **how: None)
    return texts


@pytest.mark.parametrize("part", sorted(GALLERY))
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", sorted(language.LANGUAGES))
def test_no_text_overflows_its_place(
    name: str, size: tuple[int, int], part: str, cut: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pygame.display.set_mode(size)
    monkeypatch.setattr(AppContext, "apply_language", lambda context: None)
    language.use(name)
    screen = Watched(size)
    for screen_name, draw in GALLERY[part](size):
        cut.clear()
        screen.outside = []
        draw(screen)
        assert cut == [], screen_name
        assert screen.outside == [], screen_name


def words_of(settings: SettingsScene, monkeypatch: pytest.MonkeyPatch) -> str:
    with monkeypatch.context() as patch:
        written = Written(patch)
        settings.draw(pygame.display.get_surface())
    return " ".join(written.texts)


def test_the_system_chooses_and_the_settings_change_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "de_AT:en")
    window = pygame.display.set_mode(SIZES[1])
    store = MemoryStore()
    settings = SettingsScene(AppContext(window=window.get_size(), store=store))
    assert language.current() == "de"
    assert "Lautstärke" in words_of(settings, monkeypatch)
    choice = settings.form.widget("Language")
    choice.step(1)
    assert store.kept.language == language.current() == "en"
    assert "Volume" in words_of(settings, monkeypatch)
    choice.step(1)
    assert store.kept.language == language.current() == "de"
    assert "Lautstärke" in words_of(settings, monkeypatch)


def test_japanese_without_its_letters_is_not_offered_and_the_settings_say_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fonts, "system_fonts", tuple)
    fonts.can_write.cache_clear()
    window = pygame.display.set_mode(SIZES[1])
    context = AppContext(window=window.get_size(), store=MemoryStore(Preferences(language="ja")))
    settings = SettingsScene(context)
    assert language.current() == "en"
    words = words_of(settings, monkeypatch)
    assert "For Japanese, install a font" in words
    choice = settings.form.widget("Language")
    shown = set()
    for _ in range(6):
        choice.step(1)
        shown.add(context.preferences.language)
    assert shown == {"auto", "en", "de"}
    fonts.can_write.cache_clear()


def test_a_long_sentence_of_japanese_is_broken_anywhere_but_before_its_marks() -> None:
    texts = TextCache()
    sentence = "同じネットワークにつながっていますか？　" * 4 + "ホストに聞いてください。"
    for width in range(60, 200, 7):
        lines = wrapped(texts, sentence.replace("　", ""), 20, width)
        assert "".join(lines) == sentence.replace("　", "")
        assert all(texts.width(line, 20) <= width for line in lines)
        assert not any(line[0] in "？。" for line in lines)


def test_a_pause_speaks_the_language_that_was_chosen_in_its_settings() -> None:
    pygame.display.set_mode(SIZES[1])
    context = AppContext(window=SIZES[1])
    pause = PauseScene(context, leave=lambda: None, rules=lambda: rule_lines(None))
    context.stack.push(pause)
    context.stack.push(SettingsScene(context, is_overlay=True))
    context.change(language="de")
    context.stack.pop(context.stack.top or pause)
    assert [pause.form.widget(text) for text in rule_lines(None)]
    assert rule_lines(None)[0] == "Regeln: Offiziell"


@pytest.mark.parametrize("name", sorted(language.LANGUAGES))
def test_all_settings_are_seen_at_once_in_a_usual_window(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pygame.display.set_mode(SIZES[1])
    monkeypatch.setattr(AppContext, "apply_language", lambda context: None)
    language.use(name)
    form = SettingsScene(AppContext(window=SIZES[1])).form
    seen = [each.label for each, _ in form.places(SIZES[1])]
    assert (seen[0], seen[-1]) == ("Name", "Back")


def test_a_letter_of_a_gamepad_is_no_key() -> None:
    pygame.display.set_mode(SIZES[1])
    form = ControlsScene(AppContext(window=SIZES[1])).form
    buttons = {each.label: each.value for each, _ in form.places(SIZES[1]) if isinstance(each, Button)}
    assert buttons["Left"] == "A or Left"
    assert buttons["Split"] == "Space or pad A"
    assert buttons["Pause"] == "Escape or P or Start"


def test_hints_leave_the_place_to_the_network_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    pygame.display.set_mode(SIZES[0])
    played = PlayedStage(SIZES[0])
    view = ArenaView(played.context, played.stage)
    view.update(2.0, 0.1)
    written = Written(monkeypatch)

    def has_hint() -> bool:
        written.texts.clear()
        view.draw(pygame.display.get_surface())
        return any("Steer with" in text for text in written.texts)

    assert has_hint()
    played.stage.net_hud_shown = True
    assert not has_hint()
    for _ in range(400):
        view.update(2.0, 0.1)
    assert not played.context.preferences.seen_hints
    played.stage.net_hud_shown = False
    assert has_hint()


@pytest.mark.parametrize("name", sorted(language.LANGUAGES))
@pytest.mark.parametrize("size", SIZES)
def test_hints_do_not_lie_on_the_leaderboard(
    name: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    pygame.display.set_mode(size)
    monkeypatch.setattr(AppContext, "apply_language", lambda context: None)
    language.use(name)
    board = board_place(size, 6)
    hints = [draw for screen_name, draw in GALLERY["arena"](size) if screen_name.startswith("hint")]
    assert len(hints) == 6
    for stage_part in ("draw_world", "draw_playing"):
        monkeypatch.setattr(ArenaStage, stage_part, lambda stage, screen, **how: None)
    for draw in hints:
        screen = pygame.Surface(size)
        draw(screen)
        words = pygame.mask.from_threshold(screen, (0, 0, 0), (1, 1, 1))
        words.invert()
        assert words.count() > 0
        assert words.overlap_area(pygame.Mask(board.size, fill=True), board.topleft) == 0
