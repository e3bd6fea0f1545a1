"""The standalone application: a Flask app with nothing in it but the extension."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from flask import Flask

from slaplugin.extension import SLAPlugin


def create_app(settings: Mapping[str, Any] | None = None, environment: Mapping[str, str] = os.environ) -> Flask:
    """Build the app from `settings` (keys as in the environment) and the environment, which wins.

    Raises ConfigurationError naming every wrong setting.
    """
    app = Flask("slaplugin", static_folder=None)
    app.config.update({"SLAPLUGIN_URL_PREFIX": "/", **(settings or {})})
    SLAPlugin(environment=environment).init_app(app)
    return app
