"""A zip of named bytes, the same bytes for the same content: no time, no owner, one way of packing."""

import zipfile
from collections.abc import Iterable
from typing import IO

File = tuple[str, Iterable[bytes]]
BEGAN = (1980, 1, 1, 0, 0, 0)  # the first time that a zip can hold


def write(out: IO[bytes], files: Iterable[File]) -> None:
    """Write the files in their order, each a piece at a time; `out` need not be seekable. ValueError: a name twice."""
    names: set[str] = set()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as made:
        for name, pieces in files:
            if name in names:
                raise ValueError(f"{name} is there twice")
            names.add(name)
            info = zipfile.ZipInfo(name, BEGAN)
            packed = zipfile.ZIP_STORED if name.endswith(".zip") else zipfile.ZIP_DEFLATED
            info.compress_type, info.create_system, info.external_attr = packed, 3, 0o100644 << 16
            with made.open(info, "w", force_zip64=True) as one:
                for piece in pieces:
                    one.write(piece)
