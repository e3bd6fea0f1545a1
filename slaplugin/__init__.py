"""Exact, explained and provable SLA timers for helpdesk tickets."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slaplugin.app import create_app
    from slaplugin.extension import SLAPlugin

__version__ = "0.1.0"
__all__ = ["SLAPlugin", "__version__", "create_app"]

_here = Path(__file__).resolve().parent
if not (_here / "connectors").is_dir():  # a source checkout: connectors/ and migrations/ are our siblings
    __path__.append(str(_here.parent))

_LAZY = {"SLAPlugin": "slaplugin.extension", "create_app": "slaplugin.app"}


def __getattr__(name: str) -> Any:
    """Load Flask only for those who ask for the app: `slaplugin replay` starts without it."""
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
