"""Widgets and their column: focus by keys, mouse and gamepad, in every window."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pygame
import pytest

from game.client.app_context import AppContext
from game.client.scenes.controls import ControlsScene
from game.client.scenes.error import ErrorScene
from game.client.scenes.host import HostScene
from game.client.scenes.join import JoinScene
from game.client.scenes.menu import MenuScene
from game.client.scenes.pause import PauseScene
from game.client.scenes.settings import SettingsScene
from game.client.scenes.title import TitleScene
from game.client.ui.form import Form
from game.client.ui.paragraph import wrapped
from game.client.ui.text import TextCache, TextStyle
from game.client.ui.text_field import TextField
from game.client.ui.widgets import Button, Caption, Choice, Slider, Toggle
from game.match.launcher_ports import invitation
from game.match.settings import Action, Preferences, RecentServer
from game.presentation.error_texts import Explanation
from game.presentation.palette import ACCENT
from game.presentation.rule_lines import rule_lines
from tests.game.client.driver import LocalLauncher, key_down
from tests.game.client.gallery import RULES
from tests.game.client.pictures import assert_like_golden, pixels

WINDOW = (640, 360)


class Record:
    """What the widgets of a form have done."""

    def __init__(self) -> None:
        self.said: list[object] = []

    def __call__(self, value: object = "pressed") -> None:
        self.said.append(value)


@pytest.fixture
def record() -> Record:
    return Record()


@pytest.fixture
def form(record: Record, screen: pygame.Surface) -> Form:
    return Form(
        (
            Caption("words"),
            TextField("Name", "", longest=5, on_change=record, on_done=lambda: record("done")),
            Slider("Volume", 0.5, record),
            Toggle("Mute", False, record),
            Choice("Palette", (("a", "A"), ("b", "B"), ("c", "C")), "b", record),
            (Button("Left", lambda: record("left")), Button("Right", lambda: record("right"))),
        ),
        on_back=lambda: record("back"),
        above=10.0,
        below=10.0,
    )


def press(form: Form, *codes: int) -> None:
    for code in codes:
        form.handle(key_down(code), WINDOW)


def pad(form: Form, *buttons: int) -> None:
    for button in buttons:
        form.handle(pygame.event.Event(pygame.CONTROLLERBUTTONDOWN, button=button, instance_id=0), WINDOW)


def stick(form: Form, axis: int, value: int) -> None:
    form.handle(
        pygame.event.Event(pygame.CONTROLLERAXISMOTION, axis=axis, value=value, instance_id=0), WINDOW
    )


def mouse(form: Form, kind: int, place: tuple[int, int]) -> None:
    form.handle(pygame.event.Event(kind, pos=place, button=1, rel=(1, 0), buttons=(0, 0, 0)), WINDOW)


def box_of(form: Form, label: str) -> pygame.Rect:
    return next(box for each, box in form.places(WINDOW) if each.label == label)


def test_arrows_walk_round_and_pass_what_cannot_be_focused(form: Form) -> None:
    walked = []
    for _ in range(6):
        walked.append(form.focused.label)
        press(form, pygame.K_DOWN)
    assert walked == ["Name", "Volume", "Mute", "Palette", "Left", "Name"]
    press(form, pygame.K_UP, pygame.K_UP)
    assert form.focused.label == "Left"
    press(form, pygame.K_RIGHT)
    assert form.focused.label == "Right"
    press(form, pygame.K_RIGHT)
    assert form.focused.label == "Left"


def test_tab_leads_through_all_as_they_are_read(form: Form) -> None:
    walked = []
    for _ in range(7):
        walked.append(form.focused.label)
        press(form, pygame.K_TAB)
    assert walked == ["Name", "Volume", "Mute", "Palette", "Left", "Right", "Name"]
    back = pygame.event.Event(pygame.KEYDOWN, key=pygame.K_TAB, mod=pygame.KMOD_LSHIFT, unicode="")
    for expected in ("Name", "Right", "Left"):
        form.handle(back, WINDOW)
        assert form.focused.label == expected


def test_values_side_by_side_are_changed_by_left_and_right(record: Record) -> None:
    """Up and down lead through both columns, so that every value can be changed both ways without a mouse."""
    options = (("a", "A"), ("b", "B"), ("c", "C"))
    form = Form(
        (
            (Choice("One", options, "a", record), Choice("Two", options, "a", record)),
            (Toggle("Three", False, record), Toggle("Four", False, record)),
            (Button("Left", lambda: record("left")), Button("Right", lambda: record("right"))),
        )
    )
    walked = []
    for _ in range(5):
        walked.append(form.focused.label)
        press(form, pygame.K_DOWN)
    assert walked == ["One", "Two", "Three", "Four", "Left"]
    press(form, pygame.K_LEFT)
    assert (form.focused.label, record.said) == ("One", ["c"])
    press(form, pygame.K_DOWN, pygame.K_RIGHT, pygame.K_LEFT)
    assert (form.focused.label, record.said) == ("Two", ["c", "b", "a"])
    press(form, pygame.K_UP, pygame.K_UP, pygame.K_UP)
    assert form.focused.label == "Four"


def test_escape_binds_nothing_but_the_menu(screen: pygame.Surface) -> None:
    context = AppContext(window=WINDOW)
    controls = ControlsScene(context)
    before = context.preferences.keys
    for name, action in (("Split", Action.SPLIT), ("Pause", Action.PAUSE)):
        controls.form.widget(name).press()
        assert controls.waiting_for is action
        controls.handle(key_down(pygame.K_ESCAPE))
        assert controls.waiting_for is None
        assert context.preferences.keys == before
    controls.form.widget("Pause").press()
    controls.handle(key_down(pygame.K_v))
    controls.form.widget("Pause").press()
    controls.handle(key_down(pygame.K_ESCAPE))
    assert context.preferences.keys[Action.PAUSE][0] == "escape"


def test_text_goes_into_the_field_and_nowhere_else(form: Form, record: Record) -> None:
    assert form.takes_text
    press(form, pygame.K_SPACE)
    for text in ("A", "d", "a\x00", "xxxx"):
        form.handle(pygame.event.Event(pygame.TEXTINPUT, text=text), WINDOW)
    press(form, pygame.K_BACKSPACE, pygame.K_RETURN)
    assert record.said == ["A", "Ad", "Ada ", "Ada x", "Ada ", "done"]
    press(form, pygame.K_DOWN)
    before = list(record.said)
    form.handle(pygame.event.Event(pygame.TEXTINPUT, text="z"), WINDOW)
    assert record.said == before


def test_steps_change_values_within_their_bounds(form: Form, record: Record) -> None:
    press(form, pygame.K_DOWN, *[pygame.K_RIGHT] * 7)
    assert record.said == [0.6, 0.7, 0.8, 0.9, 1.0]
    record.said.clear()
    press(form, pygame.K_DOWN, pygame.K_RETURN, pygame.K_LEFT, pygame.K_SPACE)
    assert record.said == [True, False, True]
    record.said.clear()
    press(form, pygame.K_DOWN, pygame.K_RIGHT, pygame.K_RIGHT, pygame.K_LEFT)
    assert record.said == ["c", "a", "c"]


def test_the_mouse_focuses_clicks_and_drags(form: Form, record: Record) -> None:
    mouse(form, pygame.MOUSEMOTION, box_of(form, "Right").center)
    assert form.focused.label == "Right"
    mouse(form, pygame.MOUSEBUTTONDOWN, box_of(form, "Right").center)
    assert record.said == ["right"]
    record.said.clear()
    slider = box_of(form, "Volume")
    mouse(form, pygame.MOUSEBUTTONDOWN, (slider.left + round(slider.width * 0.75), slider.centery))
    mouse(form, pygame.MOUSEMOTION, (slider.right + 200, slider.centery + 90))
    mouse(form, pygame.MOUSEBUTTONUP, (slider.right, slider.centery))
    mouse(form, pygame.MOUSEMOTION, (slider.left, slider.centery))
    assert record.said[-1] == 1.0
    record.said.clear()
    mouse(form, pygame.MOUSEBUTTONDOWN, box_of(form, "Name").center)
    assert record.said == []
    assert form.takes_text


def test_a_gamepad_does_it_all(form: Form, record: Record) -> None:
    pad(form, pygame.CONTROLLER_BUTTON_DPAD_DOWN, pygame.CONTROLLER_BUTTON_DPAD_RIGHT)
    pad(form, pygame.CONTROLLER_BUTTON_DPAD_UP, pygame.CONTROLLER_BUTTON_A, pygame.CONTROLLER_BUTTON_B)
    assert record.said == [0.6, "done", "back"]


def test_a_tilted_stick_is_one_move(form: Form) -> None:
    for value in (10_000, 25_000, 32_767, 30_000):
        stick(form, pygame.CONTROLLER_AXIS_LEFTY, value)
    assert form.focused.label == "Volume"
    stick(form, pygame.CONTROLLER_AXIS_LEFTY, 0)
    stick(form, pygame.CONTROLLER_AXIS_LEFTY, 32_767)
    assert form.focused.label == "Mute"


def test_escape_goes_back(form: Form, record: Record) -> None:
    press(form, pygame.K_ESCAPE)
    assert record.said == ["back"]


def test_a_low_window_scrolls_to_the_focus(form: Form) -> None:
    low = (300, 120)
    seen: set[str] = set()
    for _ in range(6):
        shown = [each for each, _ in form.places(low)]
        assert form.focused in shown
        assert len(shown) < 7
        seen.update(each.label for each in shown)
        form.handle(key_down(pygame.K_DOWN), low)
    assert seen == {"words", "Name", "Volume", "Mute", "Palette", "Left", "Right"}
    wheel = pygame.event.Event(pygame.MOUSEWHEEL, x=0, y=-1)
    for _ in range(20):
        form.handle(wheel, low)
    assert form.places(low)[-1][0].label == "Right"


def menus(context: AppContext) -> dict[str, MenuScene]:
    launcher = LocalLauncher("127.0.0.1:1")
    world = launcher.hosted("Ada")
    told = Explanation(
        "Nobody is hosting there", "Nothing answers at " + "a.very.long.name." * 9, "Check it."
    )
    scenes = (
        TitleScene(context, launcher),
        JoinScene(context, launcher),
        SettingsScene(context),
        ControlsScene(context),
        HostScene(context, world),
        PauseScene(context, leave=lambda: None, lines=lambda: world.addresses),
        ErrorScene(context, told),
    )
    return {type(scene).__name__.removesuffix("Scene").lower(): scene for scene in scenes}


@pytest.mark.parametrize("size", [(1280, 720), (640, 360)])
def test_a_host_at_pause_sees_what_to_tell_a_friend(context: AppContext, size: tuple[int, int]) -> None:
    window = pygame.display.set_mode(size)
    world = LocalLauncher("127.0.0.1:1").hosted("Ada")
    pause = PauseScene(
        context,
        leave=lambda: None,
        players=lambda: None,
        lines=lambda: invitation(world),
        rules=lambda: rule_lines(RULES),
    )
    seen = {each.label for each, _ in pause.form.places(window.get_size())}
    assert {*world.addresses, "Resume", "Players", "Leave the world", "Quit the game"} <= seen


@pytest.fixture
def full_desk(context: AppContext) -> AppContext:
    context.preferences = Preferences(
        name="W" * 24, servers=tuple(RecentServer(f"some.host.example{n}:3000", "w" * 60) for n in range(8))
    )
    return context


@pytest.mark.parametrize("size", [(1280, 720), (640, 360), (1920, 1080), (500, 900), (320, 200), (120, 60)])
def test_every_menu_fits_every_window(size: tuple[int, int], full_desk: AppContext) -> None:
    window = pygame.display.set_mode(size)
    full_desk.window = size
    for scene in menus(full_desk).values():
        full_desk.stack.clear()
        full_desk.stack.push(scene)
        scene.update(0.1, 0.1)
        scene.draw(window)
        places = scene.form.places(size)
        assert any(each is scene.form.focused for each, _ in places)
        for (_, box), (_, lower) in pairwise(places):
            assert not box.colliderect(lower)
        if size[0] >= 500:
            assert all(window.get_rect().contains(box) for _, box in places)


def test_drawing_a_menu_changes_nothing(full_desk: AppContext, screen: pygame.Surface) -> None:
    for scene in menus(full_desk).values():
        full_desk.stack.clear()
        full_desk.stack.push(scene)
        scene.update(0.1, 0.1)
        pictures = set()
        before = full_desk.preferences, scene.form.focused, [box for _, box in scene.form.places(WINDOW)]
        for _ in range(3):
            screen.fill((0, 0, 0))
            scene.draw(screen)
            pictures.add(pixels(screen))
        after = full_desk.preferences, scene.form.focused, [box for _, box in scene.form.places(WINDOW)]
        assert len(pictures) == 1
        assert after == before


@pytest.mark.parametrize("kind", ["plain", "pair"])
def test_long_words_stay_in_their_box(kind: str, screen: pygame.Surface) -> None:
    texts = TextCache()
    box = pygame.Rect(100, 50, 200, 40)
    button = Button("W" * 80, lambda: None, value="M" * 80 if kind == "pair" else "")
    screen.fill((0, 0, 0))
    button.draw(screen, box, texts, focused=False, now=0.0)
    screen.fill((0, 0, 0), box)
    assert pygame.mask.from_threshold(screen, (0, 0, 0), (1, 1, 1)).count() == 640 * 360


def test_paragraphs_break_between_words(screen: pygame.Surface) -> None:
    texts = TextCache()
    lines = wrapped(texts, "one two three four five six seven eight", 20, 90)
    assert " ".join(lines) == "one two three four five six seven eight"
    assert len(lines) > 2
    assert all(texts.width(line, 20) <= 90 for line in lines)
    broken = wrapped(texts, "a.host.without.a.space.in.its.name ok", 20, 90)
    assert "".join(broken).replace("ok", "").strip() == "a.host.without.a.space.in.its.name"
    assert all(texts.width(line, 20) <= 90 for line in broken)


@pytest.mark.parametrize("name", ["title", "join", "settings", "host"])
def test_menus_without_their_words(
    name: str, context: AppContext, screen: pygame.Surface, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def blank(cache: TextCache, text: str, size: int, colour: object, style: TextStyle) -> pygame.Surface:
        return pygame.Surface((1, size), pygame.SRCALPHA)

    monkeypatch.setattr(TextCache, "_draw", blank)
    scene = menus(context)[name]
    screen.fill((20, 22, 40))
    scene.form.draw(screen, TextCache(), 0.0)
    assert_like_golden(screen, f"menu-{name}", tmp_path)


def test_a_pointer_that_lies_there_chooses_nothing(form: Form) -> None:
    before = form.focused
    resting = pygame.event.Event(
        pygame.MOUSEMOTION, pos=box_of(form, "Right").center, rel=(0, 0), buttons=(0, 0, 0)
    )
    form.handle(resting, WINDOW)
    assert form.focused is before
    mouse(form, pygame.MOUSEMOTION, box_of(form, "Right").center)
    assert form.focused.label == "Right"


@pytest.fixture
def field() -> TextField:
    return TextField("Name", "Ada Lovelace", longest=20)


def edit(field: TextField, key: int, mod: int = 0) -> bool:
    return field.edit(pygame.event.Event(pygame.KEYDOWN, key=key, mod=mod, unicode=""))


def test_a_caret_goes_where_keys_lead_it(field: TextField) -> None:
    edit(field, pygame.K_HOME)
    field.type("Lady ")
    assert field.value == "Lady Ada Lovelace"
    edit(field, pygame.K_RIGHT, pygame.KMOD_CTRL)
    edit(field, pygame.K_LEFT)
    edit(field, pygame.K_DELETE)
    assert field.value == "Lady AdaLovelace"
    edit(field, pygame.K_BACKSPACE, pygame.KMOD_CTRL)
    assert field.value == "Lady Lovelace"
    edit(field, pygame.K_END)
    edit(field, pygame.K_BACKSPACE)
    assert field.value == "Lady Lovelac"
    assert not edit(field, pygame.K_UP)


def test_what_is_selected_is_replaced_copied_and_pasted(field: TextField) -> None:
    pygame.display.set_mode((64, 64))
    for _ in range(8):
        edit(field, pygame.K_LEFT, pygame.KMOD_SHIFT)
    assert field.selected == "Lovelace"
    edit(field, pygame.K_x, pygame.KMOD_CTRL)
    assert field.value == "Ada "
    edit(field, pygame.K_HOME)
    edit(field, pygame.K_v, pygame.KMOD_CTRL)
    assert field.value == "LovelaceAda "
    edit(field, pygame.K_a, pygame.KMOD_CTRL)
    edit(field, pygame.K_c, pygame.KMOD_CTRL)
    field.type("x")
    assert field.value == "x"
    for _ in range(3):
        edit(field, pygame.K_v, pygame.KMOD_CTRL)
    assert len(field.value) == 20


def test_what_an_input_method_composes_is_shown_and_no_value_yet(field: TextField) -> None:
    screen = pygame.display.set_mode((460, 50))
    box, texts = screen.get_rect(), TextCache()
    pictures = set()
    for composition in ("", "にほん"):
        field.compose(composition)
        screen.fill((0, 0, 0))
        field.draw(screen, box, texts, focused=True, now=0.6)
        pictures.add(pygame.image.tobytes(screen, "RGB"))
    assert len(pictures) == 2
    assert field.value == "Ada Lovelace"
    # Return and the arrows choose among what is offered.
    assert edit(field, pygame.K_RETURN)
    field.type("日本")
    assert field.value == "Ada Lovelace日本"
    assert field.composition == ""


def test_a_click_puts_the_caret_and_a_drag_selects(field: TextField) -> None:
    pygame.display.set_mode((460, 50))
    box = pygame.Rect(0, 0, 460, 50)
    field.click(460 * 3 // 8, box, extend=False)
    assert field.caret == 0
    field.click(459, box, extend=True)
    assert field.selected == "Ada Lovelace"


def test_a_long_text_shows_its_caret() -> None:
    screen = pygame.display.set_mode((200, 50))
    field = TextField("", "W" * 60, longest=60)
    shown = []
    for key in (pygame.K_END, pygame.K_HOME):
        edit(field, key)
        screen.fill((0, 0, 0))
        field.draw(screen, screen.get_rect(), TextCache(), focused=True, now=0.0)
        columns = [x for x in range(200) if screen.get_at((x, 25))[:3] == ACCENT]
        shown.append(columns)
    assert min(shown[0]) > 150
    assert max(shown[1]) < 50
