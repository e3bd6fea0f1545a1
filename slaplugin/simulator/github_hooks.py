"""The calls about webhooks on a simulated GitHub: hooks, their deliveries, and asking for one again.

Only callers with admin permission see them; to all others they do not exist.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import parse_qs

from slaplugin.domain import instants
from slaplugin.errors import Conflict
from slaplugin.simulator.github_model import JSON
from slaplugin.simulator.github_paging import Slice, per_page
from slaplugin.simulator.github_routes import Call, Handler, Refused, Reply, invalid, not_found
from slaplugin.simulator.github_webhooks import Hook, Sending

_ZEN = "Practicality beats purity."


def list_hooks(call: Call) -> Reply:
    """`GET /hooks`."""
    _require_admin(call)
    hooks = call.world.webhooks.of_repository(call.repository)
    return Reply(HTTPStatus.OK, [_shown(call, hook) for hook in hooks])


def create_hook(call: Call) -> Reply:
    """`POST /hooks`: without being told, it is a form and hears only `push`. A ping follows."""
    _require_admin(call)
    body = call.json()
    config = body.get("config")
    if not isinstance(config, dict) or not isinstance(config.get("url"), str):
        raise invalid("Hook", "url", "missing_field")
    secret = config.get("secret")
    try:
        hook = call.world.webhooks.register(
            call.repository,
            config["url"],
            secret=secret if isinstance(secret, str) and secret else None,
            events=_events(body) or ("push",),
            content_type=_content_type(config),
            is_active=body.get("active", True) is not False,
        )
    except Conflict as error:
        reason = {"resource": "Hook", "code": "custom", "message": str(error)}
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "Validation Failed", errors=[reason]) from None
    _ping(call, hook)
    return Reply(HTTPStatus.CREATED, _shown(call, hook))


def get_hook(call: Call) -> Reply:
    """`GET /hooks/{id}`: the secret comes back as stars."""
    return Reply(HTTPStatus.OK, _shown(call, _hook(call)))


def update_hook(call: Call) -> Reply:
    """`PATCH /hooks/{id}`: a config without a secret takes the secret away."""
    hook, body = _hook(call), call.json()
    config = body.get("config")
    if isinstance(config, dict):
        hook.url = str(config.get("url", hook.url))
        hook.secret = str(config["secret"]) if config.get("secret") else None
        hook.content_type = _content_type(config)
    hook.events = _events(body) or hook.events
    hook.is_active = body.get("active", hook.is_active) is not False
    hook.updated_at = call.world.clock.now()
    return Reply(HTTPStatus.OK, _shown(call, hook))


def delete_hook(call: Call) -> Reply:
    """`DELETE /hooks/{id}`: the hook hears of its end if it listens to `meta`."""
    hook = _hook(call)
    shown = {"hook_id": hook.id, "hook": _shown(call, hook)}
    webhooks = call.world.webhooks
    webhooks.announce(
        call.world.webhook_view(), call.repository, "meta", "deleted", call.caller, lambda: shown, only=hook
    )
    del webhooks.hooks[hook.id]
    return Reply(HTTPStatus.NO_CONTENT)


def ping_hook(call: Call) -> Reply:
    """`POST /hooks/{id}/pings`."""
    _ping(call, _hook(call))
    return Reply(HTTPStatus.NO_CONTENT)


def list_deliveries(call: Call) -> Reply:
    """`GET /hooks/{id}/deliveries`: newest first, by cursor.

    `status=failure` finds answers 400 to 599 only: deliveries that never connected have the code 0 and are missed.
    """
    sendings: Sequence[Sending] = call.world.webhooks.recent(_hook(call))
    wanted = call.query.get("status")
    if wanted == "success":
        sendings = [sending for sending in sendings if 200 <= sending.status_code < 400]
    elif wanted == "failure":
        sendings = [sending for sending in sendings if 400 <= sending.status_code < 600]
    cursor = call.query.get("cursor", "")
    if cursor:
        newest = cursor.removeprefix("v1_")
        if not newest.isdecimal():
            raise invalid("Hook", "cursor")
        sendings = [sending for sending in sendings if sending.id <= int(newest)]
    size = per_page(call.query)
    links: dict[str, dict[str, str | None]] = {}
    if len(sendings) > size:
        links["next"] = {"cursor": f"v1_{sendings[size].id}"}
    return call.page(Slice(sendings[:size], links), _delivery_row)


def get_delivery(call: Call) -> Reply:
    """`GET /hooks/{id}/deliveries/{delivery}`: with what was sent."""
    sending = _sending(call)
    text = sending.body.decode()
    payload = json.loads(text if sending.hook.content_type == "json" else parse_qs(text)["payload"][0])
    return Reply(
        HTTPStatus.OK,
        {
            **_delivery_row(sending),
            "url": sending.hook.url,
            "request": {"headers": sending.headers, "payload": payload},
            "response": {"headers": {}, "payload": None},
        },
    )


def redeliver(call: Call) -> Reply:
    """`POST /hooks/{id}/deliveries/{delivery}/attempts`: the same guid once more."""
    call.world.webhooks.redeliver(_sending(call))
    return Reply(HTTPStatus.ACCEPTED, {})


OF_REPOSITORY: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/hooks", list_hooks),
    ("POST", "/hooks", create_hook),
    ("GET", "/hooks/{id}", get_hook),
    ("PATCH", "/hooks/{id}", update_hook),
    ("DELETE", "/hooks/{id}", delete_hook),
    ("POST", "/hooks/{id}/pings", ping_hook),
    ("GET", "/hooks/{id}/deliveries", list_deliveries),
    ("GET", "/hooks/{id}/deliveries/{number}", get_delivery),
    ("POST", "/hooks/{id}/deliveries/{number}/attempts", redeliver),
)


def _require_admin(call: Call) -> None:
    if not call.may("admin"):
        raise not_found()


def _hook(call: Call) -> Hook:
    _require_admin(call)
    hook = call.world.webhooks.hooks.get(int(call.names["id"]))
    if hook is None or hook.repository_id != call.repository.id:
        raise not_found()
    return hook


def _sending(call: Call) -> Sending:
    """Find one of the last three days; older ones are gone."""
    for sending in call.world.webhooks.recent(_hook(call)):
        if sending.id == call.number:
            return sending
    raise not_found()


def _ping(call: Call, hook: Hook) -> None:
    call.world.webhooks.announce(
        call.world.webhook_view(),
        call.repository,
        "ping",
        None,
        call.caller,
        lambda: {"zen": _ZEN, "hook_id": hook.id, "hook": _shown(call, hook)},
        only=hook,
    )


def _events(body: JSON) -> tuple[str, ...]:
    events: Any = body.get("events") or ()
    if not isinstance(events, list | tuple) or not all(isinstance(event, str) for event in events):
        raise invalid("Hook", "events")
    return tuple(events)


def _content_type(config: JSON) -> Literal["json", "form"]:
    return "json" if config.get("content_type") == "json" else "form"


def _shown(call: Call, hook: Hook) -> JSON:
    url = f"{call.view.repository_url(call.repository)}/hooks/{hook.id}"
    config = {"url": hook.url, "content_type": hook.content_type, "insecure_ssl": "0"}
    if hook.secret is not None:
        config["secret"] = "********"  # what GitHub shows instead  # noqa: S105 # nosec B105
    return {
        "type": "Repository",
        "id": hook.id,
        "name": "web",
        "active": hook.is_active,
        "events": list(hook.events),
        "config": config,
        "created_at": instants.text(hook.at),
        "updated_at": instants.text(hook.updated_at),
        "url": url,
        "test_url": f"{url}/test",
        "ping_url": f"{url}/pings",
        "deliveries_url": f"{url}/deliveries",
        "last_response": {"code": hook.last_code, "status": hook.last_status, "message": None},
    }


def _delivery_row(sending: Sending) -> JSON:
    return {
        "id": sending.id,
        "guid": sending.guid,
        "delivered_at": instants.text(sending.delivered_at),
        "redelivery": sending.is_redelivery,
        "duration": sending.duration_ms / 1000,
        "status": sending.status,
        "status_code": sending.status_code,
        "event": sending.event,
        "action": sending.action,
        "installation_id": None,
        "repository_id": sending.hook.repository_id,
        "throttled_at": None,
    }
