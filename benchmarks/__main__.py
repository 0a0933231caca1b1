"""`make bench`: every benchmark in turn, or those named on the command line."""

from __future__ import annotations

import importlib
import sys

ALL = ("http", "start", "genomes", "upload")


def main(names: list[str]) -> None:
    for name in names or ALL:
        print(f"\n== {name}", flush=True)
        for label, value in importlib.import_module(f"benchmarks.{name}").run().items():
            print(f"{label:60} {value:14.2f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
