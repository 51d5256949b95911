"""A CVSS vector or score as somebody typed it → a number, or nothing."""

import pytest

from workflows.severity import score

LOG4SHELL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        pytest.param("9.8", 9.8, id="a score"),
        pytest.param(" 10 ", 10.0, id="the highest, with spaces"),
        pytest.param("10.0", 10.0, id="the highest, with a zero"),
        pytest.param("0", 0.0, id="the lowest"),
        pytest.param("7", 7.0, id="a whole number"),
        pytest.param(LOG4SHELL, 10.0, id="a vector of version 3.1"),
        pytest.param("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8, id="a vector of version 3.0"),
        pytest.param("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3, id="of version 4.0"),
        pytest.param("AV:N/AC:L/Au:N/C:P/I:P/A:P", 7.5, id="of version 2"),
        pytest.param("(AV:N/AC:L/Au:N/C:P/I:P/A:P)", 7.5, id="of version 2 in brackets"),
        pytest.param("10.1", None, id="above the highest"),
        pytest.param("11", None, id="far above the highest"),
        pytest.param("-1", None, id="below the lowest"),
        pytest.param("9,8", None, id="a comma"),
        pytest.param("9.85", None, id="two decimals"),
        pytest.param("high", None, id="a word"),
        pytest.param("CVSS:3.1/AV:N", None, id="half a vector"),
        pytest.param("CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", None, id="a value that is none"),
        pytest.param("CVSS:9.9/AV:N", None, id="a version that is none"),
        pytest.param("CVSS:4.0/AV:N", None, id="half a vector of version 4"),
        pytest.param("٩.٨", None, id="digits of another script"),
        pytest.param("", None, id="nothing"),
        pytest.param(None, None, id="not shown"),
    ],
)
def test_what_was_typed_as_cvss(typed: str | None, number: float | None) -> None:
    assert score(typed) == number
