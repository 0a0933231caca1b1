"""Functions of heavy modules, imported by the process that calls them and by no other."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class LateFunction(Generic[T]):
    """A module's function by name; its module is imported at the first call.

    Task modules name the work of their children with it. Web processes import task modules to enqueue tasks,
    and would otherwise hold the numeric libraries that only the children use, some 100 MiB. It can be given to
    a `ProcessRunner`: only the name crosses over. Its arguments and result have to be of light modules.
    """

    module: str
    name: str

    def __call__(self, *args: Any, **options: Any) -> T:
        result: T = getattr(importlib.import_module(self.module), self.name)(*args, **options)
        return result
