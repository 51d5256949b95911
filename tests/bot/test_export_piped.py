"""An export whose reader has had enough, as `head` has, ends without a word."""

import os
from contextlib import redirect_stdout

from bot import records


def test_a_reader_that_goes_away_is_no_fault() -> None:
    theirs, ours = os.pipe()
    os.close(theirs)
    with os.fdopen(ours, "w", encoding="utf-8") as out, redirect_stdout(out):
        records._print(["a line\n"] * 100_000)
