"""How severe a vulnerability is: a CVSS vector or score as typed → a number. The library knows versions 2, 3 and 4."""

import re

from cvss import CVSS2, CVSS3, CVSS4
from cvss.exceptions import CVSSError

_NUMBER = re.compile(r"(?:10(?:\.0)?|[0-9](?:\.[0-9])?)")


def score(text: str | None) -> float | None:
    """The base score, 0.0 to 10.0, of what was typed: "9.8", or a vector of any version; None for anything else."""
    said = (text or "").strip()
    if _NUMBER.fullmatch(said):
        return float(said)
    make = CVSS4 if said.startswith("CVSS:4") else CVSS3 if said.startswith("CVSS:3") else CVSS2
    try:
        vector = make(said.removeprefix("(").removesuffix(")") if make is CVSS2 else said)
    except (CVSSError, ValueError, KeyError):
        return None
    return float(vector.scores()[0]) if make is not CVSS4 else float(vector.base_score)
