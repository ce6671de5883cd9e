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
# Everything but pictures, sounds, recordings and the like.
TEXTS = {
    ".c", ".cfg", ".css", ".csproj", ".conf", ".cs", ".html", ".in", ".js", ".json", ".lock", ".md", ".mjs", ".po", ".py", ".rs",
    ".service", ".sh", ".tmpl", ".toml", ".ts", ".txt", ".yaml", ".yml", "",
}  # fmt: skip

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


def links(page: Path) -> list[tuple[str, str]]:
    """File and heading of each link to a place in the repository; either may be empty."""
    found = re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", page.read_text(encoding="utf-8"))
    return [(file, heading) for file, heading in found if not re.match(r"[a-z]+:", file)]


@cache
def headings(page: Path) -> set[str]:
    """What links call the headings of a page, as GitHub and the site make it."""
    lines = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).strip().replace(" ", "-") for line in lines}


@pytest.mark.parametrize(
    "page", [path for path in tracked() if path.suffix == ".md"], ids=lambda path: path.name
)
def test_links_of_pages_lead_to_files_and_headings(page: Path) -> None:
    targets = [(page.parent / file if file else page, heading) for file, heading in links(page)]
    assert [target for target, _ in targets if not target.exists()] == []
    assert [(target.name, name) for target, name in targets if name and name not in headings(target)] == []


def test_pages_that_code_names_are_there() -> None:
    """`docs/clients.md` in an error, a comment or a docstring."""
    named = {
        (str(path.relative_to(ROOT)), name)
        for path in tracked()
        if path.suffix in {".py", ".tmpl", ".toml", ""}
        for name in re.findall(r"\bdocs/[\w./-]+\.md\b", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 10
    assert [found for found in named if not (ROOT / found[1]).exists()] == []


def test_nothing_names_a_place_outside_the_repository() -> None:
    outside = []
    for path in tracked():
        text = path.read_text(encoding="utf-8", errors="replace")
        outside += [f"{path.relative_to(ROOT)}: {found}" for found in MACHINE_PATH.findall(text)]
        for climbing in CLIMBING_PATH.findall(text):
            if ROOT not in (path.parent / climbing).resolve().parents:
                outside.append(f"{path.relative_to(ROOT)}: {climbing}")
    assert outside == []


REGISTRY = re.compile(
    r"pypi\.(?:org|python\.org)|pythonhosted\.org|npmjs\.(?:org|com)|yarnpkg\.com|crates\.io/|anaconda\.org|proxy\.golang"
)


def test_nothing_names_the_host_of_a_package_registry() -> None:
    """Where packages come from is settled by whoever installs them."""
    naming = [
        f"{path.relative_to(ROOT)}: {found}"
        for path in tracked()
        if path.name != Path(__file__).name
        for found in REGISTRY.findall(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert naming == []


ARCHITECTURE = DOCS / "architecture.md"
# `client/turn.py`, and `client/turn.py` `Turn.take`; a line may break between the two.
FILE_AND_NAME = re.compile(r"`(?P<file>[\w/.]+\.(?:py|md|toml))`(?:\s+`(?P<name>[A-Za-z_][\w.]*)`)?")
# `Turn.take`, `TABLE`, `_PLAIN`: a name by itself is defined in a file that the page names.
NAME = re.compile(r"`([A-Z_][A-Za-z_]*(?:\.\w+)?)`")
FOLDER = re.compile(r"`([\w/]+/)`")
ROOTS = ("", "spacetimedb_sdk", "spacetimedb_sdk/standalone")


def place_of(name: str) -> Path | None:
    return next((ROOT / root / name for root in ROOTS if (ROOT / root / name).exists()), None)


@cache
def defined_in(path: Path) -> set[str]:
    """Classes, functions and constants of a module, and the methods and attributes of its classes."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            names |= {target.id for target in targets_of(node) if isinstance(target, ast.Name)}
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
            names |= {f"{node.name}.{getattr(item, 'name', '')}" for item in node.body}
            names |= {
                f"{node.name}.{target.attr}"
                for item in ast.walk(node)
                if isinstance(item, ast.Assign | ast.AnnAssign)
                for target in targets_of(item)
                if isinstance(target, ast.Attribute)
            }
    return names


def targets_of(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


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
    files = {place_of(file) for file, _ in named if file.endswith(".py")}
    defined = set().union(*(defined_in(path) for path in files if path is not None))
    alone = set(NAME.findall(text))
    assert len(alone) > 60
    assert alone - defined == set()


def test_the_page_on_architecture_has_every_room_of_the_sdk() -> None:
    text = ARCHITECTURE.read_text(encoding="utf-8").partition("\n## Floors")[0]
    rooms = [path for path in (ROOT / "spacetimedb_sdk").iterdir() if not path.name.startswith(("__", "py."))]
    assert len(rooms) > 20
    names = [f"`{path.name}/`" if path.is_dir() else f"`{path.name}`" for path in rooms]
    assert [name for name in names if name not in text] == []


@pytest.mark.parametrize("folder", [DOCS, SPEC], ids=["docs", "spec"])
def test_every_page_is_in_the_index(folder: Path) -> None:
    listed = {(folder / file).resolve() for file, _ in links(folder / "index.md")}
    pages = {page for page in folder.glob("*.md") if page.name != "index.md"}
    assert len(pages) > 5
    assert pages - listed == set()


def test_the_site_has_every_page() -> None:
    nav = (ROOT / ".ci" / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    pages = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}
    assert set(re.findall(r"[\w./-]+\.md", nav)) - {"api.md"} == pages
