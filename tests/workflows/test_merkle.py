"""The Merkle tree of the log: the vectors of RFC 6962's reference code, and proofs that prove nothing else."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows import merkle, verify
from workflows.merkle import Tree

# The inputs and roots of the tests of certificate-transparency and its successors.
INPUTS = [bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
INPUTS.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# (index, size) → the audit path; (old, new) → the consistency proof; from the same tests.
PATHS = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}
GROWN = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
SIZES = st.integers(1, 70)


def content(size: int) -> list[bytes]:
    return [sha256(str(n).encode()).digest() for n in range(size)]


def root(leaves: list[bytes]) -> bytes:
    tree = Tree()
    for one in leaves:
        tree.add(one)
    return tree.root()


def test_the_roots_are_those_of_rfc_6962() -> None:
    assert root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert [root(INPUTS[: n + 1]).hex() for n in range(8)] == ROOTS


def test_many_leaves_at_once_are_the_same_as_one_after_the_other() -> None:
    leaves = [n.to_bytes(2, "big") for n in range(40)]
    for before in range(40):
        for many in range(40 - before):
            one, all_ = Tree(), Tree()
            for data in leaves[: before + many]:
                one.add(data)
            all_.extend([verify.leaf(data) for data in leaves[:before]])
            all_.extend([verify.leaf(data) for data in leaves[before : before + many]])
            assert (all_.size, all_.edge) == (one.size, one.edge)


@pytest.mark.parametrize("where", PATHS)
def test_the_audit_paths_are_those_of_rfc_6962(where: tuple[int, int]) -> None:
    path = merkle.inclusion(*where, merkle.Hashes(INPUTS))
    assert [one.hex() for one in path] == PATHS[where]


@pytest.mark.parametrize("sizes", GROWN)
def test_the_consistency_proofs_are_those_of_rfc_6962(sizes: tuple[int, int]) -> None:
    assert [one.hex() for one in merkle.consistency(*sizes, merkle.Hashes(INPUTS))] == GROWN[sizes]


@given(SIZES, st.data())
def test_an_inclusion_proof_leads_to_the_root_of_its_leaf_and_place_only(size: int, data: st.DataObject) -> None:
    leaves, at = content(size), data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion(at, size, merkle.Hashes(leaves))
    whole, mine = root(leaves), verify.leaf(leaves[at])
    assert verify.included(at, size, mine, proof) == whole
    other = data.draw(st.integers(-1, size + 1).filter(lambda n: n != at))
    assert verify.included(other, size, mine, proof) != whole
    assert verify.included(at, size, verify.leaf(b"another"), proof) != whole
    assert verify.included(at, size, mine, [*proof, whole]) != whole
    for n in range(len(proof)):
        assert verify.included(at, size, mine, [*proof[:n], *proof[n + 1 :]]) != whole
        assert verify.included(at, size, mine, [*proof[:n], whole, *proof[n + 1 :]]) != whole


@given(SIZES, SIZES, st.data())
def test_a_consistency_proof_holds_for_a_tree_that_grew_and_no_other(one: int, two: int, data: st.DataObject) -> None:
    old, new = sorted((one, two))
    leaves = content(new)
    proof = merkle.consistency(old, new, merkle.Hashes(leaves))
    first, second = (old, root(leaves[:old])), (new, root(leaves))
    assert verify.extends(first, second, proof)
    forked = leaves[:]
    forked[data.draw(st.integers(0, old - 1))] = b"rewritten"
    again = merkle.consistency(old, new, merkle.Hashes(forked))
    assert not verify.extends(first, (new, root(forked)), again)
    assert not verify.extends(first, (new, root(forked)), proof)
    assert not verify.extends((old, root(forked[:old])), second, proof)
    assert not verify.extends(second, first, proof) or old == new
    for n in range(len(proof)):
        assert not verify.extends(first, second, [*proof[:n], b"\0" * 32, *proof[n + 1 :]])
        assert not verify.extends(first, second, [*proof[:n], *proof[n + 1 :]])
    assert not verify.extends(first, second, [*proof, b"\0" * 32])


def test_there_is_no_proof_of_what_is_not_there() -> None:
    with pytest.raises(IndexError):
        merkle.inclusion(3, 3, merkle.Hashes(content(3)))
    for old, new in ((0, 3), (4, 3)):
        with pytest.raises(IndexError):
            merkle.consistency(old, new, merkle.Hashes(content(4)))
