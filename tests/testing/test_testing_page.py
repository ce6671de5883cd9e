"""The test file on the page about testing passes, beside the chat that it tests."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.places import ROOT


def test_the_page_on_testing(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "testing.md").read_text()
    folder = tmp_path / "chat"
    shutil.copytree(ROOT / "examples" / "chat", folder)
    (folder / "test_chat.py").write_text("\n\n".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL)))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_chat.py"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "5 passed" in done.stdout, done.stdout
