"""Friday 15 May 2026, 15:24:10 in Berlin: a desk on which every state can be seen."""

from __future__ import annotations

import shutil
from pathlib import Path

from slaplugin.domain.events import SourceEvent
from slaplugin.sdk.testing import FakeClock
from tests.services.parts import changed, created, replied
from tests.web.desk import Desk, new_app

NOW = "2026-05-15T13:24:10Z"
CUSTOMERS = {"acme": "Acme", "borel": "Borel SA", "cyrene": "Cyrene", "dunmore": "Dunmore"}


def opened(ticket: str, when: str, subject: str, priority: str | None = None, owner: str | None = None,
           customer: str = "acme") -> SourceEvent:  # fmt: skip
    """A ticket as GitHub tells it."""
    fields = {
        "subject": subject,
        "key": f"acme/web#{ticket}",
        "url": f"https://github.example/acme/web/issues/{ticket}",
    }
    if priority:
        fields["priority"] = priority
    if owner:
        fields |= {
            "assignee": owner.split()[0].lower(),
            "assignee_name": owner,
            "team": "network",
            "team_name": "Network",
        }
    return created(ticket, when, **fields, customer=customer, customer_name=CUSTOMERS[customer])


def furnish(desk: Desk) -> None:
    """Tickets in every state; two escalations have been sent and one was acknowledged long ago."""
    desk.publish()
    desk.connect(kind="github")
    desk.channel()
    desk.tell(
        opened("401", "2026-05-15T09:10:05Z", "Payment terminals offline in the Lyon store", "high", "Ines Falk"),
        replied("401", "2026-05-15T09:20:00Z"),
        opened("402", "2026-05-15T12:56:00Z", "Single sign-on loops back to the login page", "high", "Tomas Lind",
               "borel"),
        opened("403", "2026-05-15T13:00:40Z", "Checkout returns 502 under load", "high", "Mira Sol"),
        opened("404", "2026-05-15T12:35:00Z", "VPN drops every 20 minutes on the new image since the last update",
               "normal", "Ines Falk", "dunmore"),
        opened("405", "2026-05-13T13:40:00Z", "Mail from the scanner is rejected since Wednesday", "normal",
               "Ines Falk", "borel"),
        replied("405", "2026-05-13T14:12:00Z"),
        changed("405", "2026-05-13T14:25:00Z", status="waiting", status_name="Waiting"),
        replied("405", "2026-05-15T07:10:00Z", by="una"),
        changed("405", "2026-05-15T07:10:00Z", status="open", status_name="Open"),
        opened("406", "2026-05-15T10:02:00Z", "New starter needs ERP access by Monday", None, "Mira Sol"),
        opened("407", "2026-05-15T13:10:00Z", "Password reset mail arrives an hour late", None, None, "cyrene"),
        opened("408", "2026-05-12T07:40:00Z", "Old invoices missing from the portal", "normal", "Mira Sol", "cyrene"),
        replied("408", "2026-05-12T08:00:00Z"),
        changed("408", "2026-05-12T09:10:00Z", status="waiting", status_name="Waiting for parts"),
        opened("409", "2026-05-15T08:30:00Z", "Cannot open tickets from the app", "normal", "Tomas Lind", "cyrene"),
        replied("409", "2026-05-15T08:50:00Z"),
        changed("409", "2026-05-15T12:58:00Z", status="done", status_name="Done"),
        opened("410", "2026-05-13T07:20:00Z", "Tablet will not join the warehouse Wi-Fi", None, "Ines Falk", "borel"),
        replied("410", "2026-05-13T07:50:00Z"),
    )  # fmt: skip
    desk.sweep()


def furnished_file(template: Path, folder: Path) -> Path:
    """A database with all of that, to copy."""
    path = folder / "furnished.sqlite3"
    shutil.copy(template, path)
    clock = FakeClock(NOW)
    desk = Desk(new_app(folder, f"sqlite:///{path}", clock), clock)
    furnish(desk)
    raw = desk.state.engine.raw_connection()
    raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    desk.state.engine.dispose()
    return path
