"""The log: one JSON line per decision and per delivery, in real time; never a token, a body or a signature."""

import logging
import sys
from pathlib import Path
from typing import TextIO

import structlog

from bot.settings import Settings


def to_stderr(settings: Settings) -> None:
    """One JSON line per decision and delivery on standard error, in real time; never a token, a body, a signature."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    _logging_to(sys.stderr, level, pretty=settings.log_format == "console")


def to_file(folder: Path) -> None:
    """The same lines in `bot.log` of a folder, for the demo."""
    folder.mkdir(parents=True, exist_ok=True)
    _logging_to((folder / "bot.log").open("a", encoding="utf-8", buffering=1), logging.INFO, pretty=False)


def _logging_to(stream: TextIO, level: int, *, pretty: bool) -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=False) if pretty else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=max(level, logging.WARNING), stream=stream, format="%(levelname)s %(name)s %(message)s")
