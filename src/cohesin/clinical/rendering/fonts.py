"""The fonts of the report: the same files on every machine, so that the same snapshot gives the same bytes.

System fonts are never looked at. Source Sans Pro (OFL) covers Latin, Greek, Cyrillic and Vietnamese; Noto
Sans SC (OFL) covers Chinese and Japanese; the fonts in the typst wheel cover Hebrew, and Arabic and
Devanagari plainly. What none of them holds (Thai, Korean, emoji) the PDF shows as code points.
"""

from __future__ import annotations

import tempfile
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path

import typst

_FACES = {
    "font_source_sans_pro": (
        "files/SourceSansPro-Regular.ttf",
        "files/SourceSansPro-It.ttf",
        "files/SourceSansPro-Semibold.ttf",
        "files/SourceSansPro-SemiboldIt.ttf",
        "files/SourceSansPro-Bold.ttf",
    ),
    "pylopdf_fonts_zh_cn": ("NotoSansSC-Regular.otf",),
}


@lru_cache(maxsize=1)
def report_fonts() -> typst.Fonts:
    """The font book of the report.

    The packages hold each face in several formats, and typst would take whichever the file system lists
    first; so exactly the wanted files are linked into a folder of their own, which typst resolves at once.
    """
    with tempfile.TemporaryDirectory(prefix="cohesin-fonts-") as folder:
        for package, names in _FACES.items():
            for name in names:
                with as_file(files(package) / name) as path:
                    Path(folder, path.name).symlink_to(path)
        return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[folder])
