"""Samples: the same for the same seed, by a method that plain tools repeat, with no kind left out."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workflows import sampling

KEYS = tuple(f"DR-2026-{n:04d}" for n in range(1, 41))


def test_the_same_seed_draws_the_same_sample_in_whatever_order_the_keys_come() -> None:
    drawn = sampling.sample(KEYS, size=10, seed="4711")
    assert drawn == sampling.sample(reversed(KEYS), size=10, seed="4711")
    assert len(set(drawn)) == 10
    assert drawn != sampling.sample(KEYS, size=10, seed="4712")
    assert sampling.sample(KEYS, size=11, seed="4711")[:10] == drawn, "a larger sample holds the smaller one"


def test_plain_tools_draw_it_again(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("\n".join(KEYS) + "\n")
    loop = """while read k; do
        printf '%s %s\\n' "$(printf '%s:%s' 4711 "$k" | sha256sum | cut -c1-64)" "$k"
    done < keys | sort | head -10 | cut -d' ' -f2"""
    said = subprocess.run(["sh", "-c", loop], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=20)
    assert tuple(said.stdout.split()) == sampling.sample(KEYS, size=10, seed="4711")


@given(
    st.dictionaries(st.sampled_from(["deploy", "emergency", "finding"]), st.integers(0, 60)),
    st.integers(3, 40),
)
@example({"deploy": 1, "emergency": 1, "finding": 4}, 3)
def test_the_places_are_shared_out_by_the_numbers_and_no_kind_is_left_out(many: dict[str, int], size: int) -> None:
    keys = {kind: [f"{kind}-{n}" for n in range(count)] for kind, count in many.items()}
    drawn = sampling.by_kind(keys, size=size, seed="s")
    assert sum(map(len, drawn.values())) == min(size, sum(many.values()))
    assert set(drawn) == {kind for kind, count in many.items() if count}
    for kind, some in drawn.items():
        assert set(some) <= set(keys[kind])
        assert len(some) >= 1
        assert len(some) >= int(size * many[kind] / sum(many.values())) - 2 or len(some) == many[kind]


def test_more_kinds_than_places_and_less_than_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="2 kinds"):
        sampling.by_kind({"deploy": ["a", "b"], "finding": ["c", "d"]}, size=1, seed="s")
    with pytest.raises(ValueError, match="negative"):
        sampling.sample(KEYS, size=-1, seed="s")
