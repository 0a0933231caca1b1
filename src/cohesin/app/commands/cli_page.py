"""``cohesin cli-page``."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

from cohesin.app import exits


@click.command("cli-page")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write; standard output else."
)
@click.pass_context
def cli_page(context: click.Context, output: Path | None) -> None:
    """Print the page that documents every command (docs/cli.md)."""
    page = render_cli_page(context.find_root().command)
    if output is None:
        click.echo(page, nl=False)
    else:
        output.write_text(page, encoding="utf-8")


def render_cli_page(main: click.Command) -> str:
    """The page ``docs/cli.md``, from the commands themselves."""
    lines = [
        "# Commands",
        "",
        "Every command takes `--help`. Settings come from the environment (see [settings](settings.md)); options",
        "win over it. Where there is `--json`, standard output is one JSON value and nothing else; progress and",
        "errors go to standard error. This page is written by `cohesin cli-page`; a test keeps it current.",
        "",
        "| exit code | meaning |",
        "|---|---|",
    ]
    lines += [f"| {code} | {meaning} |" for code, meaning in _codes()]
    for path, command in _leaves(main, "cohesin"):
        lines += ["", f"## {_usage(path, command)}", ""]
        lines += [_plain(inspect.cleandoc(command.help or "")), ""]
        options = [one for one in command.params if isinstance(one, click.Option)]
        if options:
            lines += ["| option | meaning |", "|---|---|"]
            lines += [f"| `{_option(one)}` | {_meaning(one)} |" for one in options]
    return "\n".join(lines).rstrip() + "\n"


def _codes() -> Iterator[tuple[str, str]]:
    """The rows of the table that documents the exit codes where they are defined."""
    for line in (exits.__doc__ or "").splitlines():
        code, _, meaning = line.partition("  ")
        if code.strip().isdigit():
            yield code.strip(), meaning.strip()


def _leaves(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        assert child is not None
        yield from _leaves(child, f"{path} {name}")


def _usage(path: str, command: click.Command) -> str:
    context = click.Context(command)
    arguments = [one.make_metavar(context) for one in command.params if isinstance(one, click.Argument)]
    return " ".join((path, *arguments))


def _option(option: click.Option) -> str:
    name = max(option.opts, key=len)
    return name if option.is_flag else f"{name} {option.make_metavar(click.Context(click.Command('')))}"


def _meaning(option: click.Option) -> str:
    text = option.help or ""
    return f"{text} Required." if option.required else text


def _plain(text: str) -> str:
    return text.replace("|", "\\|")
