"""Where archives of CI logs are kept: there, and ours to write."""

import os
from collections.abc import Iterator
from pathlib import Path

from bot.checkups.finding import Finding, Patient, bad, note

AREA = "ci logs"


def ci_logs(patient: Patient) -> Iterator[Finding]:
    """The folder of [audit] `logs`; nothing to say where GitHub is not linked."""
    if patient.rules is None or not patient.github.configured:
        return
    folder = patient.rules.audit.logs
    if not folder:
        found = "no folder; only digests go into the record, and GitHub deletes logs after 90 days"
        yield note(AREA, "[audit] logs", found, "Name a folder that is backed up, to keep them a year.")
        return
    yield looked_at(folder)


def looked_at(folder: str) -> Finding:
    """The folder as it is; nothing is written into it."""
    if not Path(folder).is_dir():
        return bad(AREA, "[audit] logs", f"{folder} is no folder", "Make it, for the account that runs the worker.")
    if not os.access(folder, os.W_OK | os.X_OK):
        return bad(AREA, "[audit] logs", f"{folder} can't be written", "Give it to the account that runs the worker.")
    return Finding(AREA, "[audit] logs", f"{folder} can be written")
