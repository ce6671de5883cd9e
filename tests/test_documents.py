"""Documents: what code, tests and pages cite is there, and nothing names a place outside the repository."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.places import DOCS, ROOT

SPEC = DOCS / "spec"
PAGES = sorted(page.name for page in SPEC.glob("*.md"))
TEXTS = {".py", ".md", ".toml", ".yml", ".sh", ".mjs", ".rs", ".txt", ""}

# `websocket.md`, `websocket.md section 3`, `websocket.md sections 4.5, 4.6 and 5.4`; a line may break anywhere.
NUMBERS = r"\d+(?:\.\d+)*"
CITATION = re.compile(
    rf"(?P<page>[\w.-]+\.md)(?:\s+sections?\s+(?P<sections>{NUMBERS}(?:(?:,\s+|\s+and\s+|\s+to\s+){NUMBERS})*))?"
)
RULING = re.compile(r"ruling (\d+)")
MACHINE_PATH = re.compile(r"(?<![\w./])/(?:work|home|root|Users)/[\w.-]+")
CLIMBING_PATH = re.compile(r"(?<![\w.*])(?:\.\./)+\.?\w[\w./-]*")


@cache
def tracked() -> list[Path]:
    """The text files of the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    names = listed.stdout.splitlines() if listed.returncode == 0 else []
    paths = [ROOT / name for name in names] or [path for path in ROOT.rglob("*") if ".venv" not in path.parts]
    return [path for path in paths if path.suffix in TEXTS and path.is_file()]


def without_comment_marks(text: str) -> str:
    """A citation may go on in the next line of a comment."""
    return re.sub(r"\n\s*#\s*", " ", text)


def citations() -> Iterator[tuple[str, str, str]]:
    """File, page and section; a page cited whole has an empty section."""
    for path in tracked():
        if path.suffix not in {".py", ".md"}:
            continue
        text = without_comment_marks(path.read_text(encoding="utf-8"))
        for found in CITATION.finditer(text):
            if found["page"] not in PAGES and not re.search(r"\(spec:\s+$", text[: found.start()]):
                continue
            for section in re.findall(NUMBERS, found["sections"] or "") or [""]:
                yield str(path.relative_to(ROOT)), found["page"], section


@cache
def sections_of(page: str) -> set[str]:
    text = (SPEC / page).read_text(encoding="utf-8")
    return {"", *re.findall(rf"^#+ ({NUMBERS})\.? ", text, re.MULTILINE)}


def test_every_cited_page_and_section_of_the_specification_is_there() -> None:
    cited = set(citations())
    missing = [found for found in cited if found[1] not in PAGES or found[2] not in sections_of(found[1])]
    assert missing == []
    # The search itself works: the code cites most pages, and sections of them.
    assert len({page for _, page, _ in cited}) >= len(PAGES) - 1
    assert sum(section != "" for _, _, section in cited) > 50


def test_every_cited_ruling_is_there() -> None:
    rows = re.findall(r"^\| (\d+) \|", (DOCS / "compatibility.md").read_text(encoding="utf-8"), re.MULTILINE)
    cited = [
        number
        for path in tracked()
        if path.suffix == ".py" and "compatibility.md" in (text := path.read_text(encoding="utf-8"))
        for number in RULING.findall(text)
    ]
    assert cited
    assert set(cited) <= set(rows)


def links(page: Path) -> list[str]:
    found = re.findall(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)", page.read_text(encoding="utf-8"))
    return [link for link in found if not re.match(r"[a-z]+:", link)]


@pytest.mark.parametrize(
    "page", [path for path in tracked() if path.suffix == ".md"], ids=lambda path: path.name
)
def test_links_of_pages_lead_to_files(page: Path) -> None:
    assert [link for link in links(page) if not (page.parent / link).exists()] == []


def test_nothing_names_a_place_outside_the_repository() -> None:
    outside = []
    for path in tracked():
        text = path.read_text(encoding="utf-8", errors="replace")
        outside += [f"{path.relative_to(ROOT)}: {found}" for found in MACHINE_PATH.findall(text)]
        for climbing in CLIMBING_PATH.findall(text):
            if ROOT not in (path.parent / climbing).resolve().parents:
                outside.append(f"{path.relative_to(ROOT)}: {climbing}")
    assert outside == []


ARCHITECTURE = DOCS / "architecture.md"
# `client/turn.py`, and `client/turn.py` `Turn.take`; a line may break between the two.
FILE_AND_NAME = re.compile(r"`(?P<file>[\w/.]+\.(?:py|md|toml))`(?:\s+`(?P<name>[A-Za-z_][\w.]*)`)?")
FOLDER = re.compile(r"`([\w/]+/)`")
ROOTS = ("", "spacetimedb_sdk", "spacetimedb_sdk/standalone")


def place_of(name: str) -> Path | None:
    return next((ROOT / root / name for root in ROOTS if (ROOT / root / name).exists()), None)


def defined_in(path: Path) -> set[str]:
    """Classes, functions and constants of a module, and the methods and attributes of its classes."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
            names |= {f"{node.name}.{getattr(item, 'name', '')}" for item in getattr(node, "body", ())}
    return names


def test_files_and_names_of_the_page_on_architecture_are_there() -> None:
    text = ARCHITECTURE.read_text(encoding="utf-8")
    named = [(found["file"], found["name"]) for found in FILE_AND_NAME.finditer(text)]
    assert len(named) > 80
    missing = []
    for file, name in named:
        path = place_of(file)
        if path is None or (name and path.suffix == ".py" and name not in defined_in(path)):
            missing.append((file, name))
    missing += [(folder, None) for folder in FOLDER.findall(text) if place_of(folder) is None]
    assert missing == []


def test_the_page_on_architecture_has_every_room_of_the_sdk() -> None:
    text = ARCHITECTURE.read_text(encoding="utf-8").partition("\n## Floors")[0]
    rooms = [path for path in (ROOT / "spacetimedb_sdk").iterdir() if not path.name.startswith(("__", "py."))]
    assert len(rooms) > 20
    names = [f"`{path.name}/`" if path.is_dir() else f"`{path.name}`" for path in rooms]
    assert [name for name in names if name not in text] == []


def test_every_page_is_in_the_index() -> None:
    listed = {(DOCS / link).resolve() for link in links(DOCS / "index.md")}
    pages = {page for page in DOCS.glob("*.md") if page.name != "index.md"}
    assert pages - listed == set()


def test_the_site_has_every_page() -> None:
    nav = (ROOT / ".ci" / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    pages = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}
    assert set(re.findall(r"[\w./-]+\.md", nav)) - {"api.md"} == pages
