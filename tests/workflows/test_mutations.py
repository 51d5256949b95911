"""A slice of `make mutations`: nothing that was changed passes, and what nobody touched does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.programs import mutations
from tests.programs.mutations import Sound


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sound]:
    made = mutations.sound(Path(tmp_path_factory.mktemp("mutations")))
    yield made
    made.memory.close()


def test_what_nobody_touched_passes(whole: Sound) -> None:
    assert mutations.passes(whole.pack, whole.anchor)
    assert mutations.stands(whole.memory, whole.anchor)


def test_nothing_that_was_changed_passes(whole: Sound) -> None:
    tried, passed = mutations.run(whole, seed=7, times=150)
    assert passed == []
    assert set(tried) == set(mutations.HANDS)


def test_the_program_says_so_by_its_exit(whole: Sound, tmp_path: Path) -> None:
    assert mutations.program(whole, tmp_path, seed=7, times=3) == []
