"""One export of everything, taken from the real application in a process of its own, so that its memory is seen alone.

Prints one JSON object: bytes, seconds, MiB more than before the first byte (resident, at its highest), MiB of files.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import threading
import time
import tracemalloc
from collections.abc import MutableMapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog

from tests.programs.register_clocks import forget, open_files, resident
from tests.programs.register_walk import Scene, address, scene

FORMS = ("jsonl", "csv", "xlsx")


def main() -> int:
    """Warm up with an hour of changes, then take all of it and throw it away."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("url")
    given.add_argument("form", choices=FORMS)
    given.add_argument("--days", type=int, default=0, help="only the last days; 0: all")
    given.add_argument("--traced", action="store_true", help="count what Python holds instead; three times slower")
    asked = given.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder, scene(asked.url, Path(folder)) as at:
        tempfile.tempdir = folder
        since = at.last - timedelta(days=asked.days) if asked.days else at.first
        asyncio.run(_take(at, address(at, f"/export/{asked.form}", at.last)))
        print(json.dumps(_measured(at, address(at, f"/export/{asked.form}", since), traced=asked.traced)))
    return 0


def _measured(at: Scene, path: str, *, traced: bool) -> dict[str, Any]:
    over, files = threading.Event(), [0]
    watch = threading.Thread(target=_watch, args=(over, files))
    forget()
    before = resident()
    if traced:
        tracemalloc.start()
    watch.start()
    began, worked = time.perf_counter(), time.process_time()
    size, first = asyncio.run(_take(at, path))
    took = {"seconds": time.perf_counter() - began, "processor": time.process_time() - worked, "first": first - began}
    over.set()
    watch.join()
    extra = tracemalloc.get_traced_memory()[1] / 2**20 if traced else resident("VmHWM") - before
    return {"bytes": size, **took, "extra": extra, "disk": files[0] / 2**20}


def _watch(over: threading.Event, most: list[int]) -> None:
    while not over.wait(0.5):
        most[0] = max(most[0], open_files(tempfile.gettempdir()))


async def _take(at: Scene, path: str) -> tuple[int, float]:
    """How many bytes came, and when the first one did."""
    where, size, first = urlsplit(path), 0, 0.0
    asked: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
    asked.put_nowait({"type": "http.request", "body": b"", "more_body": False})
    cookies = "; ".join(f"{one.name}={one.value}" for one in at.browser.client.cookies.jar)

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal size, first
        if message["type"] == "http.response.start":
            assert message["status"] == 200, message
        size += len(message.get("body", b""))
        first = first or (time.perf_counter() if size else 0.0)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": where.path,
        "raw_path": where.path.encode(),
        "root_path": "",
        "query_string": where.query.encode(),
        "headers": [(b"host", b"changes.example.com"), (b"cookie", cookies.encode())],
        "client": ("127.0.0.1", 1),
        "server": ("changes.example.com", 443),
    }
    await at.doors.app(scope, asked.get, send)
    return size, first


if __name__ == "__main__":
    sys.exit(main())
