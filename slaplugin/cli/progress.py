"""Progress of long work: a bar on a terminal, plain lines otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from slaplugin.sdk.contract import Page

PLAIN_EVERY = 500


@contextmanager
def pull_progress(name: str) -> Iterator[Callable[[Page], None]]:
    """Show how many tickets of a source were read; written to standard error, so that output can be piped."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _plain(name, console)
        return
    columns = (
        TextColumn("[progress.description]{task.description}"), BarColumn(), TextColumn("{task.completed} tickets"),
        TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(name, total=None)

        def show(page: Page) -> None:
            progress.update(task, completed=page.done, total=page.total)

        yield show


def _plain(name: str, console: Console) -> Callable[[Page], None]:
    told = 0

    def show(page: Page) -> None:
        nonlocal told
        if page.done - told >= PLAIN_EVERY:
            told = page.done
            console.print(f"{name}: {page.done} tickets read", highlight=False)

    return show
