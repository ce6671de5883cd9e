"""Where things are in the repository, for the tests that read its files."""

from __future__ import annotations

from pathlib import Path

__all__ = ["DOCS", "RECORDINGS", "ROOT", "SCHEMAS", "TESTS"]

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"
DOCS = ROOT / "docs"

# What real servers said, frame by frame; and the schemas that bindings are generated from.
RECORDINGS = TESTS / "conformance" / "golden"
SCHEMAS = TESTS / "codegen" / "data"
