"""What a web process begins with. Apart from the supervisor, whose database tools a web process never needs."""

from __future__ import annotations

import importlib
from typing import Any

from cohesin.kernel.log import configure_logging
from cohesin.kernel.process import die_with_supervisor
from cohesin.kernel.settings import load_settings


def load_application(target: str) -> Any:
    """Builds the application named ``module:factory`` in a web process that ends with its supervisor."""
    die_with_supervisor()
    settings = load_settings()
    configure_logging(settings.log_level, settings.log_format)
    module, _, factory = target.partition(":")
    return getattr(importlib.import_module(module), factory)()
