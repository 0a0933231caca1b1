"""What a web process holds from its start on: heavy libraries belong to the processes that compute with them."""

import importlib
import subprocess
import sys
from pathlib import Path

import cohesin.app.asgi  # noqa: F401 - every module of the server
from cohesin.kernel.late import LateFunction

ROOT = Path(__file__).parents[2]
HEAVY = {
    "alembic", "numpy", "polars", "procrastinate", "psycopg", "pyarrow", "scipy", "sqlalchemy", "typst",
}  # fmt: skip


def modules_of(*names: str) -> set[str]:
    """The top packages that a fresh interpreter holds after importing these modules."""
    script = f"import sys, {', '.join(names)}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        check=True,
        text=True,
    )
    return set(done.stdout.split())


def test_the_web_application_loads_no_heavy_library():
    loaded = modules_of("cohesin.app.asgi", "cohesin.app.web")
    assert "litestar" in loaded
    assert HEAVY.isdisjoint(loaded), HEAVY.intersection(loaded)


def test_every_late_function_is_there():
    found = {
        value
        for name, module in list(sys.modules.items())
        if name.startswith("cohesin.")
        for value in vars(module).values()
        if isinstance(value, LateFunction)
    }
    assert {one.name for one in found} >= {"annotate_file", "interpret_case", "render_pdf", "gene_track"}
    for one in found:
        assert callable(getattr(importlib.import_module(one.module), one.name)), one


def test_a_start_that_has_nothing_to_do_loads_no_heavy_library():
    """The supervisor stays as light, but for the database's own driver."""
    assert HEAVY.intersection(modules_of("cohesin.app.commands.serve")) == {"psycopg"}
