"""Static files, and the genome browser's reference: open or for the signed-in, never with anything of a patient."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import Literal

from cohesin.clinical import browser
from cohesin.console.assets import Asset, load_asset, make_asset, send_asset
from cohesin.console.surface import console
from cohesin.kernel.authz import PUBLIC, USER
from cohesin.kernel.http.answers import RawAnswer
from cohesin.kernel.http.call import Call

Assembly = Literal["GRCh37", "GRCh38"]
Part = Literal["sizes.txt", "bands.txt", "genes.bed"]
PARTS = {
    "sizes.txt": browser.chromosome_sizes,
    "bands.txt": browser.cytobands,
    "genes.bed": browser.gene_track,
}


@console.get("/static/{path:path}", permission=PUBLIC, hidden=True)
async def get_static_file(call: Call, path: str) -> RawAnswer:
    """A stylesheet, script, picture or font."""
    return send_asset(load_asset(path), call)


@console.get("/favicon.ico", permission=PUBLIC, hidden=True)
async def get_favicon(call: Call) -> RawAnswer:
    """The mark, for browsers that ask without being told."""
    return send_asset(load_asset("favicon.svg"), call)


@console.get("/browser/{assembly}/{part}", permission=USER, hidden=True)
async def get_browser_reference(call: Call, assembly: Assembly, part: Part) -> RawAnswer:
    """Chromosome sizes, cytobands and genes of an assembly."""
    return send_asset(await asyncio.to_thread(_reference, assembly, part), call, private=True)


@lru_cache(maxsize=6)
def _reference(assembly: Assembly, part: Part) -> Asset:
    return make_asset(PARTS[part](assembly).encode(), part)
