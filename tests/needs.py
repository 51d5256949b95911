"""What a test needs of the machine, and whether its absence is a skip or a failure."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parent.parent


def missing(name: str, why: str) -> NoReturn:
    """End the test: skipped with one line, or failed when the variable REQUIRE (comma-separated) names it."""
    if name in os.environ.get("REQUIRE", "").split(","):
        pytest.fail(f"REQUIRE names {name}, and {why}", pytrace=False)
    pytest.skip(f"needs {name}: {why}")


def require(name: str) -> Path:
    """Return where `specs` (a folder), `browser` or `office` (programs) is, or end the test as `missing` does."""
    if name == "specs":
        found = Path(os.environ.get("SPECS_DIR") or ROOT.parent / "shared" / "specs")
        if found.is_dir():
            return found
        missing("specs", "SPECS_DIR names no folder with the official API descriptions")
    if name == "browser":
        for program in ("chromium", "chromium-browser", "google-chrome"):
            if where := shutil.which(program):
                return Path(where)
        missing("browser", "there is no chromium on the PATH")
    if name == "office":
        if where := shutil.which("soffice"):
            return Path(where)
        missing("office", "there is no soffice (LibreOffice Calc) on the PATH")
    raise ValueError(f"nothing is known about {name!r}")
