"""Logs: one event a line on standard error, as JSON unless a person is looking at a terminal."""

from __future__ import annotations

import sys
from typing import Any

import structlog


def configure() -> None:
    """Set up logging for a process of our own; a host application sets up its own."""
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if sys.stderr.isatty():
        processors.append(structlog.dev.ConsoleRenderer())
    else:
        processors += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    structlog.configure(processors=processors, logger_factory=structlog.PrintLoggerFactory(sys.stderr))
