"""Inbound webhooks of GitHub: proven by their signature, read for nothing but which issue changed.

https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from slaplugin.sdk.contract import Delivery
from slaplugin.sdk.errors import SignatureError

SIGNATURE = "x-hub-signature-256"
PREFIX = "sha256="
_REFUSED = "the delivery cannot be verified; check that the webhook's secret is the one of this source"


def verified(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> Delivery:
    """Check the signature over the raw bytes under any of the secrets; without a secret everything is refused.

    The old sha1 signature alone proves nothing. There is no signed time: the id, made of the hook's and the
    delivery's, is what stops replays; a redelivery carries the same one.
    """
    given = headers.get(SIGNATURE, "")
    proofs = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets if secret]
    # Every proof is compared, so that time does not tell which secret came close.
    fits = [hmac.compare_digest(f"{PREFIX}{proof}".encode(), given.encode(errors="replace")) for proof in proofs]
    if not any(fits):
        raise SignatureError(_REFUSED)
    guid = headers.get("x-github-delivery", "").strip()
    if not guid:
        raise SignatureError("the delivery has no id (X-GitHub-Delivery) and cannot be told from a replay")
    return Delivery(f"{headers.get('x-github-hook-id', '').strip()}:{guid}", _tickets(headers, body))


def address(issue_id: int, number: int) -> str:
    """How `fetch` finds an issue: its stable id, and its number in the repository."""
    return f"GH-{issue_id}#{number}"


def _tickets(headers: Mapping[str, str], body: bytes) -> tuple[str, ...]:
    if headers.get("x-github-event") not in ("issues", "issue_comment"):
        return ()
    payload = _payload(headers, body)
    issue = payload.get("issue") if isinstance(payload, dict) else None
    if not isinstance(issue, dict) or issue.get("pull_request"):
        return ()
    issue_id, number = issue.get("id"), issue.get("number")
    if not isinstance(issue_id, int) or not isinstance(number, int):
        return ()
    return (address(issue_id, number),)


def _payload(headers: Mapping[str, str], body: bytes) -> Any:
    """The JSON of a delivery; hooks made without a content type send it inside a form."""
    try:
        text = body.decode()
        if headers.get("content-type", "").split(";")[0].strip().lower() == "application/x-www-form-urlencoded":
            text = parse_qs(text, strict_parsing=True, max_num_fields=10)["payload"][0]
        return json.loads(text)
    except (ValueError, KeyError, RecursionError):
        return None
