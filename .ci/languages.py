"""The catalogues of the game's languages: `python .ci/languages.py` brings them up to date, `--check` says what is missing.

The sources are `game/locale/*/LC_MESSAGES/blackholio.po`, to be translated with any editor of gettext's; the `.mo` beside each
is what the game reads.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
DOMAIN = "blackholio"
# The functions whose arguments are texts: how many of the first are the context, and how many the text has forms.
# What widgets are labelled with is drawn in the language of the moment.
KEYWORDS = {
    **dict.fromkeys(
        ("gettext", "N_", "Button", "Caption", "Choice", "Slider", "TextField", "Toggle"), (0, 1)
    ),
    "ngettext": (0, 2),
    "pgettext": (1, 1),
}


def calls(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """The name and the first literal arguments of each call; Babel's own extraction passes over calls within calls."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            literals: list[str] = []
            for argument in node.args:
                if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
                    break
                literals.append(argument.value)
            yield node.func.id, literals


def texts() -> Catalog:
    """Every text of the game that is to be translated."""
    template = Catalog(domain=DOMAIN, fuzzy=False)
    for path in sorted((ROOT / "game").rglob("*.py")):
        for name, literals in calls(ast.parse(path.read_text(encoding="utf-8"))):
            contexts, forms = KEYWORDS.get(name, (0, 0))
            words = literals[contexts : contexts + forms]
            if forms and len(words) == forms and all(words):
                template.add(
                    words[0] if forms == 1 else tuple(words),
                    locations=[(path.relative_to(ROOT).as_posix(), 0)],
                    context=literals[0] if contexts else None,
                )
    return template


def sources() -> list[Path]:
    """The catalogues."""
    return sorted((ROOT / "game" / "locale").glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def read(path: Path) -> Catalog:
    """One of them."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parents[1].name, domain=DOMAIN)


def compiled(catalogue: Catalog) -> bytes:
    """What the game reads."""
    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def untranslated(catalogue: Catalog, template: Catalog) -> list[str]:
    """What a catalogue lacks, in words."""
    lacking: list[str] = []
    for wanted in template:
        if not wanted.id:
            continue
        known = catalogue.get(wanted.id, wanted.context)
        if known is None or known.fuzzy or not is_whole(known):
            lacking.append(str(wanted.id))
    return lacking


def is_whole(message: Message) -> bool:
    """Whether every form of it is translated."""
    forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return all(forms)


def update(path: Path, template: Catalog) -> list[str]:
    """Bring a catalogue and what is compiled of it up to date; returns what is to be translated."""
    catalogue = read(path)
    template.creation_date = catalogue.creation_date
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    text = BytesIO()
    write_po(text, catalogue, width=110, include_lineno=False, ignore_obsolete=True)
    path.write_bytes(text.getvalue())
    path.with_suffix(".mo").write_bytes(compiled(catalogue))
    return untranslated(catalogue, template)


def main() -> int:
    template = texts()
    is_check = "--check" in sys.argv[1:]
    is_whole = True
    for path in sources():
        lacking = untranslated(read(path), template) if is_check else update(path, template)
        for text in lacking:
            is_whole = False
            print(f"{path.relative_to(ROOT)}: to be translated: {text}", file=sys.stderr)
    return 0 if is_whole else 1


if __name__ == "__main__":
    sys.exit(main())
