"""The OpenAPI document of this server."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from cohesin.app import slices
from cohesin.kernel.http.openapi import openapi_document
from cohesin.kernel.http.operation import registry


def release() -> str:
    """The installed version; `0` in a checkout that was not installed."""
    try:
        return version("cohesin")
    except PackageNotFoundError:
        return "0"


@cache
def document() -> dict[str, Any]:
    """OpenAPI 3.1 of every operation that `slices` declares."""
    assert slices.SLICES
    return openapi_document(registry.operations, title="Cohesin", version=release())
