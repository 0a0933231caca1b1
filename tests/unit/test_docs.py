"""The documents name only what exists: paths, links, commands with their options, make targets; pages are current."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cohesin.app.cli import main
from cohesin.app.commands.cli_page import render_cli_page

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), ROOT / "tests" / "README.md"]
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
TOP = {one.name for one in ROOT.iterdir()} - {".git", ".venv", "data"}
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def codes(text: str) -> Iterator[str]:
    """Inline code, and each line of fenced code without a prompt or a comment."""
    for block in FENCE.findall(text):
        for line in block.splitlines()[1:-1]:
            yield line.strip().removeprefix("$ ").partition(" #")[0]
    yield from SPAN.findall(FENCE.sub("", text))


def faults_of(line: str) -> list[str]:
    """What is wrong with a command line, if it is one of ours."""
    if not re.match(r"(\S*/)?(cohesin|make)( |$)", line):
        return []
    words = shlex.split(re.split(r"\||&&", line)[0])
    words = words[: next((at for at, word in enumerate(words) if word in {">", "2>"}), len(words))]
    if words[0].endswith("make"):
        return [f"make {word}" for word in words[1:] if "=" not in word and word not in TARGETS]
    return list(_command_faults(words[1:]))


def _command_faults(words: list[str]) -> Iterator[str]:
    command: click.Command = main
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        if found is None:
            yield f"cohesin … {words[0]}"
            return
        command, words = found, words[1:]
    known = {name for one in command.params for name in one.opts} | {"--help", "-h", "--version"}
    yield from (word for word in words if word.startswith("-") and word.partition("=")[0] not in known)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_everything_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text()
    missing = [
        link
        for link in LINK.findall(text)
        if not re.match(r"[a-z]+:", link) and not (page.parent / link).exists()
    ]
    for code in codes(text):
        missing += faults_of(code)
        first = code.split("::")[0].split(" ")[0].rstrip(":,")
        if "/" in first and first.split("/")[0] in TOP and not re.search(r"[<>{}*…]", first):
            missing += [] if (ROOT / first).exists() else [first]
    assert missing == []


def test_the_page_of_commands_is_current() -> None:
    assert (ROOT / "docs/cli.md").read_text() == render_cli_page(main)


def test_the_glossary_is_sorted_and_says_one_sentence_a_word() -> None:
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE)[1:]
    words = [word.lower() for word, _ in rows]
    assert words == sorted(set(words))
    assert [word for word, meaning in rows if not meaning.endswith(".") or ". " in meaning.rstrip(".")] == []
    assert {"tenant", "space", "customer", "kit", "genome", "variant", "candidate"} <= set(words)


def test_a_fault_would_be_found() -> None:
    assert faults_of("cohesin sreve") == ["cohesin … sreve"]
    assert faults_of("cohesin keys create --fase opal") == ["--fase"]
    assert faults_of(".venv/bin/cohesin doctor --json") == []
    assert faults_of("make rum") == ["make rum"]
    assert faults_of("make lock UV=uv") == []
