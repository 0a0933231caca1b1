"""``cohesin demo``."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import httpx
import msgspec

from cohesin.app.bootstrap import bootstrap
from cohesin.app.commands.options import Steps, data_dir_option, json_option, read_settings
from cohesin.app.database import open_database
from cohesin.app.demo.load import DemoIncompleteError
from cohesin.app.demo.record import FILE_NAME, DemoRecord, demo_lines, publish_record, read_record
from cohesin.app.exits import Exit, exit_codes, fail
from cohesin.app.story.telling import Step, StoryFailedError
from cohesin.app.story.walk import walk
from cohesin.app.supervisor import HEALTH_PATH
from cohesin.kernel.settings import Settings


@click.command()
@data_dir_option
@json_option
@click.option("--story", is_flag=True, help="Walk the main job over HTTP and print every step.")
@click.option("--url", help="Address of the running server; that of demo.json where not given.")
@click.option(
    "--pdf",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --story: file to write the final report to.",
)
def demo(data_dir: Path | None, as_json: bool, story: bool, url: str | None, pdf: Path | None) -> None:
    """Load the demo laboratory, or with --story see the server do its main job.

    The story uses the server whose demo.json is in the data folder; where none answers it starts one of its own in a
    temporary folder. Exits with 1 and the step's name when a step fails.
    """
    if not story and (url or pdf):
        raise click.UsageError("--url and --pdf go with --story.")
    with exit_codes():
        settings = read_settings(dict(os.environ), data_dir=data_dir)
        if story:
            _tell_story(settings, url, pdf, as_json=as_json)
        else:
            _load(settings, as_json=as_json)


def _load(settings: Settings, *, as_json: bool) -> None:
    steps = Steps()
    say = (lambda _line: None) if as_json else steps.say
    with open_database(settings) as prepared:
        try:
            founded = asyncio.run(bootstrap(prepared, demo=True, say=say))
        except DemoIncompleteError as error:
            fail(error.message, Exit.FAILED)
    if founded.demo is None:
        fail("the demo laboratory was deleted here", Exit.FAILED)
    publish_record(settings.data_dir, founded.demo)
    if as_json:
        click.echo(json.dumps({"record": str(settings.data_dir / FILE_NAME), "ids": founded.demo.ids}))
        return
    steps.say("The demo laboratory is loaded", last=True)
    for line in demo_lines(settings.data_dir, founded.demo):
        steps.say(line, last=True)


def _tell_story(settings: Settings, url: str | None, pdf: Path | None, *, as_json: bool) -> None:
    done: list[Step] = []

    def tell(step: Step) -> None:
        done.append(step)
        if not as_json:
            click.echo(line_of(step))

    failed: StoryFailedError | None = None
    with _server(settings, url, quiet=as_json) as (record, secret):
        try:
            walked = walk(record, tell, secret)
        except StoryFailedError as error:
            failed = error
    if as_json:
        click.echo(json.dumps({"ok": failed is None, "steps": msgspec.to_builtins(done)}))
    if failed is not None:
        fail(f"the story ended at “{failed.step}”", Exit.FAILED)
    if pdf is not None:
        pdf.write_bytes(walked.pdf)
    if not as_json:
        click.echo(f"All {len(done)} steps done" + (f"; the report is in {pdf}" if pdf else ""))


def line_of(step: Step) -> str:
    """A step for people: mark, name, time, result, then its requests."""
    mark = click.style("✓", fg="green") if step.ok else click.style("✗", fg="red")
    requests = (
        step.requests if len(step.requests) <= 4 else [*step.requests[:3], f"… {len(step.requests)} in all"]
    )
    below = "".join(f"\n      {request}" for request in requests)
    return (
        f"{mark} {step.name} ({step.milliseconds:,.0f} ms)\n    {step.result}{click.style(below, dim=True)}"
    )


@contextlib.contextmanager
def _server(settings: Settings, url: str | None, *, quiet: bool) -> Iterator[tuple[DemoRecord, str | None]]:
    """A running server's record, and its secret where the data folder is at hand."""
    record = read_record(settings.data_dir / FILE_NAME)
    if record is not None:
        record = msgspec.structs.replace(record, url=(url or record.url).rstrip("/"))
        if _answers(record.url):
            yield record, settings.secret_key
            return
    if url is not None:
        fail(f"no server with the demo of {settings.data_dir / FILE_NAME} answers at {url}", Exit.FAILED)
    with tempfile.TemporaryDirectory(prefix="cohesin-story-") as folder:
        if not quiet:
            click.echo("No server with a demo runs here; starting one in a temporary folder")
        with _started(Path(folder)) as own:
            secret = read_settings({**_environment(), "COHESIN_DATA_DIR": folder}).secret_key
            yield own, secret


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}{HEALTH_PATH}", timeout=10, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _environment() -> dict[str, str]:
    """The environment of a server of its own: nothing of it points to another one's data."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COHESIN_")}
    return {**kept, "COHESIN_LOG_LEVEL": "warning", "COHESIN_ALLOW_PRIVATE_WEBHOOKS": "true"}


@contextlib.contextmanager
def _started(folder: Path) -> Iterator[DemoRecord]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "cohesin.app.cli",
        "serve",
        "--demo",
        "--data-dir",
        str(folder),
        "--port",
        str(port),
    ]
    process = subprocess.Popen(command, env=_environment(), stdout=subprocess.PIPE, text=True)  # noqa: S603 - ours
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Cohesin is ready"):
                break
        record = read_record(folder / FILE_NAME)
        if record is None:
            fail("the temporary server did not start", Exit.FAILED)
        yield record
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=60)
        process.kill()
        process.wait()
