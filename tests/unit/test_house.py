"""What keeps the code in order and no other check looks at: sizes, names, cycles, things left undone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import grimp
import pytest

from cohesin.app.asgi import operations

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
FILES = sorted(SOURCE.rglob("*.py"))
LONGEST_FILE = 400
LONGEST_FUNCTION = 50
NAMES = re.compile(r"(utils?|helpers?|managers?|common|misc)(_|$)|_(utils?|helpers?|managers?)$")


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, without the docstring."""
    assert function.end_lineno is not None
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        assert first.end_lineno is not None
        lines -= first.end_lineno - first.lineno + 1
    return lines


def cycles_in(graph: grimp.ImportGraph, package: str) -> list[str]:
    """Children of a package that import each other in a circle, each child with all that is below it."""
    children = sorted(graph.find_children(package))
    below = {
        one: {two for two in children if two != one and graph.direct_import_exists(
            importer=one, imported=two, as_packages=True)} for one in children
    }  # fmt: skip
    while leaves := {one for one, needs in below.items() if not needs & below.keys()}:
        below = {one: needs for one, needs in below.items() if one not in leaves}
    return sorted(below)


def test_no_file_and_no_function_is_too_long() -> None:
    long = [
        f"{file.relative_to(ROOT)}: {count} lines"
        for file in FILES
        if (count := len(file.read_text().splitlines())) > LONGEST_FILE
    ]
    long += [
        f"{file.relative_to(ROOT)}:{node.lineno} {node.name}: {lines_of(node)} lines"
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and lines_of(node) > LONGEST_FUNCTION
    ]
    assert long == []


def test_every_module_says_what_it_is_for() -> None:
    vague = [
        file.relative_to(ROOT)
        for file in FILES
        if any(NAMES.search(part) for part in file.with_suffix("").parts)
    ]
    assert vague == []


def test_no_package_holds_a_circle_of_imports() -> None:
    """At any depth, and imports for types only do not count."""
    graph = grimp.build_graph(
        "cohesin", "cohesin_genomics", exclude_type_checking_imports=True, cache_dir=None
    )
    packages = sorted(one for one in graph.modules if graph.find_children(one))
    assert len(packages) > 30
    assert {one: found for one in packages if (found := cycles_in(graph, one))} == {}


def test_a_circle_would_be_found() -> None:
    graph = grimp.ImportGraph()
    for module in ("p", "p.a", "p.a.x", "p.b", "p.b.y", "p.c"):
        graph.add_module(module)
    graph.add_import(importer="p.a.x", imported="p.b")
    graph.add_import(importer="p.b.y", imported="p.a")
    graph.add_import(importer="p.a", imported="p.c")
    assert cycles_in(graph, "p") == ["p.a", "p.b"]


@pytest.mark.parametrize("folder", ["src", "tests", "benchmarks", "docs"])
def test_nothing_is_left_undone(folder: str) -> None:
    mark = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in sorted((ROOT / folder).rglob("*"))
        if file.suffix in {".py", ".md", ".html", ".css", ".js", ".typ"} and "vendor" not in file.parts
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if mark.search(line)
    ]
    assert found == []


def test_every_operation_is_described() -> None:
    silent = [one.id for one in operations() if not (one.handler.__doc__ or "").strip()]
    assert len(operations()) > 100
    assert silent == []
