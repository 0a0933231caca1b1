"""What commands share: options, settings with the command line's overrides, lines of progress."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

from cohesin.kernel.log import configure_logging
from cohesin.kernel.settings import Settings, load_settings, unknown_names

data_dir_option: Callable[[Any], Any] = click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of database, objects and keys (COHESIN_DATA_DIR; ./data where not set).",
)
json_option: Callable[[Any], Any] = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON for programs instead of text for people."
)


def read_settings(environ: dict[str, str], **overrides: Any) -> Settings:
    """The settings, with logging set up by them and a word about variables that no setting reads."""
    settings = load_settings(environ, **overrides)
    configure_logging(settings.log_level, settings.log_format)
    for sentence in unknown_names(environ):
        click.echo(f"Note: {sentence}.", err=True)
    return settings


@contextmanager
def file_progress(total: int, *, shown: bool = True) -> Iterator[Callable[[int], None]]:
    """A bar on standard error while `total` bytes are read, on a terminal only; what it yields is told each step's."""
    console = Console(stderr=True)
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not (shown and console.is_terminal)) as progress:
        bar = progress.add_task("", total=total)
        yield lambda count: progress.advance(bar, count)


class Steps:
    """Lines of progress: on a terminal a spinner beside the step under way, elsewhere plain lines."""

    def __init__(self) -> None:
        self._console = Console(stderr=False, highlight=False)
        self._status = self._console.status("", spinner="dots") if self._console.is_terminal else None

    def say(self, line: str, *, last: bool = False) -> None:
        """Prints one line; ``last`` ends the spinner."""
        if self._status is not None:
            self._status.stop()
        click.echo(line)
        if self._status is not None and not last:
            self._status.update(f"{line} …")
            self._status.start()
