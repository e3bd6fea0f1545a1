"""What an admin says about a GitHub repository."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from marshmallow import Schema, ValidationError, fields, post_load, validate

DEFAULT_BASE_URL = "https://api.github.com"
HISTORIES = ("auto", "timeline", "lists")
_VISIBLE_ASCII = validate.Regexp(r"[\x21-\x7e]+\Z", error="holds a blank or a special character; copy it again")
_LOGIN = validate.Regexp(r"[A-Za-z0-9][A-Za-z0-9_.-]*(\[bot\])?\Z", error="is not a GitHub login")
_REPOSITORY = validate.Regexp(
    r"[A-Za-z0-9][A-Za-z0-9-]*/(?!\.{1,2}\Z)[A-Za-z0-9._-]+\Z", error="write it as owner/name, as in acme/web"
)


def _api_address(value: str) -> None:
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - raises ValueError for a port that is none
    except ValueError:
        raise ValidationError("is not a URL; write it as https://github.example.com/api/v3") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValidationError("is not a URL; write it as https://github.example.com/api/v3")
    if parts.username is not None or parts.password is not None:
        raise ValidationError("holds a user name; give the token as a setting of its own")


class GitHubSettings(Schema):
    """Settings of one repository. Secrets are stored encrypted; the others are plain."""

    repository = fields.String(
        required=True,
        validate=_REPOSITORY,
        metadata={"label": "Repository", "help": "owner/name; its issues are the tickets"},
    )
    token = fields.String(
        load_default=None,
        allow_none=True,
        validate=_VISIBLE_ASCII,
        metadata={
            "label": "Token",
            "secret": True,  # nosec B105 - a mark on the field, not a password
            "help": "fine-grained token with Issues and Metadata read; without one GitHub allows 60 calls an hour",
        },
    )
    base_url = fields.String(
        load_default=DEFAULT_BASE_URL,
        validate=_api_address,
        metadata={"label": "API address", "help": "https://HOST/api/v3 for GitHub Enterprise Server"},
    )
    webhook_secret = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(min=1),
        metadata={
            "label": "Webhook secret",
            "secret": True,  # nosec B105
            "help": "the same text as in the repository's webhook",
        },
    )
    previous_webhook_secret = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(min=1),
        metadata={
            "label": "Previous webhook secret",
            "secret": True,  # nosec B105
            "help": "accepted while the new one is rolled out",
        },
    )
    responders = fields.List(
        fields.String(validate=_LOGIN),
        load_default=list,
        metadata={"label": "Responders", "help": "logins that answer for you, whatever GitHub says of their role"},
    )
    bots = fields.List(
        fields.String(validate=_LOGIN),
        load_default=list,
        metadata={"label": "Bots", "help": "ordinary accounts that are run by a program"},
    )
    history = fields.String(
        load_default="auto",
        validate=validate.OneOf(HISTORIES),
        metadata={
            "label": "History",
            "help": "timeline: a call an issue, complete; lists: a first import in few calls; auto: lists if no token",
        },
    )
    ask_permissions = fields.Boolean(
        load_default=True,
        metadata={"label": "Ask for permissions", "help": "one call for each person that writes, with a token only"},
    )
    priority_field = fields.String(
        load_default="Priority",
        metadata={"label": "Priority field", "help": "name of the organisation's issue field"},
    )
    page_size = fields.Integer(load_default=100, validate=validate.Range(1, 100), metadata={"label": "Rows a call"})
    first_import_calls = fields.Integer(
        load_default=50,
        validate=validate.Range(5, 5000),
        metadata={
            "label": "Calls of the first import",
            "help": "with history lists: what it may use of the call limit",
        },
    )
    overlap_seconds = fields.Integer(
        load_default=120,
        validate=validate.Range(0, 3600),
        metadata={"label": "Overlap", "help": "seconds read again at each pull, because GitHub's lists lag"},
    )

    @post_load
    def _tidy(self, values: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        return {**values, "base_url": values["base_url"].rstrip("/")}


def uses_lists(settings: Mapping[str, Any]) -> bool:
    """Whether the first import reads repository-wide lists instead of one timeline an issue."""
    return settings["history"] == "lists" or (settings["history"] == "auto" and not settings.get("token"))
