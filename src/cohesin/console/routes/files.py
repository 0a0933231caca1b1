"""Static files, and the genome browser's reference: open or for the signed-in, never with anything of a patient."""

from __future__ import annotations

import asyncio
from typing import Final, Literal

from cohesin.clinical import browser
from cohesin.console.assets import Asset, load_asset, make_asset, send_asset
from cohesin.console.surface import console
from cohesin.kernel.authz import PUBLIC, USER
from cohesin.kernel.http.answers import RawAnswer
from cohesin.kernel.http.call import Call
from cohesin.kernel.processes import ProcessRunner

Assembly = Literal["GRCh37", "GRCh38"]
Part = Literal["sizes.txt", "bands.txt", "genes.bed"]
_made: Final[dict[tuple[Assembly, Part], Asset]] = {}


@console.get("/static/{path:path}", permission=PUBLIC, hidden=True)
async def get_static_file(call: Call, path: str) -> RawAnswer:
    """A stylesheet, script, picture or font."""
    return send_asset(load_asset(path), call)


@console.get("/favicon.ico", permission=PUBLIC, hidden=True)
async def get_favicon(call: Call) -> RawAnswer:
    """The mark, for browsers that ask without being told."""
    return send_asset(load_asset("favicon.svg"), call)


@console.get("/browser/{assembly}/{part}", permission=USER, hidden=True)
async def get_browser_reference(
    call: Call, processes: ProcessRunner, assembly: Assembly, part: Part
) -> RawAnswer:
    """Chromosome sizes, cytobands and genes of an assembly."""
    if (assembly, part) not in _made:
        text = await _read_part(processes, assembly, part)
        _made[assembly, part] = await asyncio.to_thread(make_asset, text.encode(), part)
    return send_asset(_made[assembly, part], call, private=True)


async def _read_part(processes: ProcessRunner, assembly: Assembly, part: Part) -> str:
    match part:
        case "sizes.txt":
            return browser.chromosome_sizes(assembly)
        case "bands.txt":
            return browser.cytobands(assembly)
        case "genes.bed":
            return await processes.run(browser.gene_track, assembly)
