"""Charts say the same as their tables, to everybody, and draw nothing that a page would not allow."""

from xml.etree import ElementTree

import pytest

from bot.register import charts
from bot.register.charts import Chart, Series

SVG = "{http://www.w3.org/2000/svg}"


def chart(*values: int, name: str = "Deploys", labels: tuple[str, ...] = ()) -> Chart:
    named = labels or tuple(f"w{n}" for n in range(len(values)))
    both = (Series("Emergencies", "dense", (1,) * len(values)), Series(name, "hatched", values))
    return charts.columns("c", "Per week", "41 changes.", named, both, first="Week", line=0.1)


def drawn(one: Chart) -> ElementTree.Element:
    return ElementTree.fromstring(str(one.svg).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def test_it_has_a_name_and_a_sentence_for_those_who_do_not_see_it() -> None:
    svg = drawn(chart(3))
    assert (svg.get("role"), svg.get("aria-labelledby")) == ("img", "c-t c-d")
    assert [one.text for one in svg if one.tag in (f"{SVG}title", f"{SVG}desc")] == ["Per week", "41 changes."]


def test_the_table_has_every_number_and_the_columns_are_as_high_as_they_say() -> None:
    one = chart(3, 0, 9)
    assert one.head == ("Week", "Emergencies", "Deploys")
    assert one.rows == (("w0", "1", "3"), ("w1", "1", "0"), ("w2", "1", "9"))
    boxes = drawn(one).findall(f"{SVG}g/{SVG}rect")
    high = [float(box.get("height", 0)) for box in boxes]
    assert len(high) == 5
    assert high[1] == pytest.approx(3 * high[0], rel=0.02)
    assert high[4] == pytest.approx(9 * high[0], rel=0.02)


def test_the_line_stands_at_a_tenth_of_each_column_that_there_is() -> None:
    marks = drawn(chart(9, 19)).findall(f"{SVG}line[@class='mark']")
    base, *_ = sorted(
        (float(x.get("y1", 0)) for x in drawn(chart(9)).findall(f"{SVG}line[@class='grid']")), reverse=True
    )
    heights = [base - float(mark.get("y1", 0)) for mark in marks[:2]]
    assert heights[1] == pytest.approx(2 * heights[0], rel=0.02)


def test_nothing_in_it_is_a_style_or_a_script_and_words_stay_words() -> None:
    text = str(chart(1, name='<script>"&', labels=("<b>",)).svg)
    assert "style=" not in text
    assert "<script" not in text
    assert "<b>" not in text


@pytest.mark.parametrize("most", [0, 1, 2, 3, 10, 11, 99, 101, 12345])
def test_a_scale_ends_above_the_highest_column(most: int) -> None:
    assert charts._round(most) >= max(most, 2)


def test_many_weeks_get_a_few_labels() -> None:
    texts = drawn(chart(*range(53))).findall(f"{SVG}text")
    assert len([one for one in texts if (one.text or "").startswith("w")]) <= charts.MOST_LABELS
