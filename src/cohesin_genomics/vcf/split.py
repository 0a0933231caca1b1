"""One VCF per sample out of a VCF of several."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from isal import igzip

from cohesin_genomics.vcf.compression import UnpackedStream
from cohesin_genomics.vcf.errors import MalformedRecordError
from cohesin_genomics.vcf.header import read_header

_FIXED = 9


def split_samples(vcf_path: Path, out_dir: Path) -> dict[str, Path]:
    """Write `<n>.vcf.gz` (gzip) for the n-th sample, with all header lines and all records.

    Files appear only when all are whole.

    Raises:
        VcfError: the file cannot be read as a VCF with samples.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".partial-", dir=out_dir))
    try:
        samples = _split(vcf_path, work)
        files = {}
        for index, sample in enumerate(samples, start=1):
            files[sample] = (work / f"{index}.vcf.gz").replace(out_dir / f"{index}.vcf.gz")
    finally:
        shutil.rmtree(work)
    return files


def _split(vcf_path: Path, work: Path) -> tuple[str, ...]:
    with vcf_path.open("rb") as file:
        header = read_header(UnpackedStream(file))
        header.require_samples()
        file.seek(0)
        text = UnpackedStream(file)
        with ExitStack() as stack:
            outputs = [
                stack.enter_context(igzip.open(work / f"{index + 1}.vcf.gz", "wb"))  # type: ignore[no-untyped-call]
                for index in range(len(header.samples))
            ]
            number = 0
            while line := text.readline(-1):
                number += 1
                if number < header.lines:
                    parts = [line] * len(outputs)
                elif line.strip():
                    parts = _parts(line.rstrip(b"\r\n"), number, header.lines, header.samples)
                else:
                    continue
                for output, part in zip(outputs, parts, strict=True):
                    output.write(part)
    return header.samples


def _parts(line: bytes, number: int, header_lines: int, samples: tuple[str, ...]) -> list[bytes]:
    if number == header_lines:
        fixed = b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t"
        return [fixed + sample.encode() + b"\n" for sample in samples]
    columns = line.split(b"\t")
    if len(columns) == _FIXED - 1:
        return [line + b"\n"] * len(samples)
    if len(columns) != _FIXED + len(samples):
        raise MalformedRecordError(number, "it does not have the columns that the header names")
    fixed = b"\t".join(columns[:_FIXED]) + b"\t"
    return [fixed + value + b"\n" for value in columns[_FIXED:]]
