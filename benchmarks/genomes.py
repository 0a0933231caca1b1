"""Exome and genome: from the upload to a report that can be reviewed, beside `bcftools view` reading the same file."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import psutil
from isal import igzip

from benchmarks.opal import Opal
from benchmarks.server import Served, served
from benchmarks.synthetic_vcf import write_synthetic_genome
from cohesin_genomics.knowledge import DATA

EXOME = DATA / "vcf" / "NA12878_exome_GRCh37.vcf.gz"
RECORDS = 4_500_000
SEED = 1


class PeakMemory(threading.Thread):
    """Largest resident memory of any single child of a process, MiB, sampled twenty times a second."""

    def __init__(self, parent: psutil.Process) -> None:
        super().__init__(daemon=True)
        self._parent = parent
        self._done = threading.Event()
        self.mib = 0.0

    def run(self) -> None:
        while not self._done.wait(0.05):
            # A child may end between being listed and being asked.
            with contextlib.suppress(psutil.NoSuchProcess):
                for child in self._parent.children(recursive=True):
                    self.mib = max(self.mib, child.memory_info().rss / 2**20)

    def stop(self) -> float:
        self._done.set()
        self.join()
        return self.mib


def synthetic_genome() -> Path:
    """The made-up genome, kept from run to run in the system's temporary folder."""
    path = Path(tempfile.gettempdir()) / f"cohesin-benchmark-{RECORDS}-{SEED}.vcf.gz"
    if not path.exists():
        draft = path.with_suffix(".part")
        write_synthetic_genome(draft, RECORDS, SEED, clinvar=DATA / "clinvar_20241215_PLP_2star.tsv.gz")
        draft.replace(path)
    return path


def count_records(path: Path) -> int:
    with igzip.open(path, "rb") as lines:
        return sum(1 for line in lines if not line.startswith(b"#"))


def time_peer(path: Path) -> float | None:
    """Seconds that bcftools takes to read the file and write it out as text."""
    program = shutil.which("bcftools")
    if program is None:
        print("bcftools is not installed: its figures are left out", flush=True)
        return None
    began = time.perf_counter()
    # Its remarks on the file's header are no figures.
    subprocess.run(
        [program, "view", "-H", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
    )
    return time.perf_counter() - began


def measure(server: Served, opal: Opal, name: str, path: Path) -> dict[str, float]:
    project = opal.make_project()
    peak = PeakMemory(server.worker_process())
    peak.start()
    began = time.perf_counter()
    genome = opal.upload(project, path)
    uploaded = time.perf_counter() - began
    report = opal.launch(genome)
    opal.wait_for_report(report)
    seconds = time.perf_counter() - began
    records = count_records(path)
    figures = {
        f"{name}: upload, s": uploaded,
        f"{name}: upload to report ready to review, s": seconds,
        f"{name}: records": records,
        f"{name}: records a second": records / seconds,
        f"{name}: peak memory of the worker's child, MiB": peak.stop(),
    }
    peer = time_peer(path)
    if peer is not None:
        figures |= {f"{name}: bcftools view, s": peer, f"{name}: times bcftools": seconds / peer}
    return figures


def run() -> dict[str, float]:
    """Seconds, variants a second and memory, and their ratio to bcftools in the same run."""
    genome = synthetic_genome()
    with served() as server:
        owner = server.sign_in()
        opal = Opal(server.url, server.folder, owner["user"]["tenantId"])
        figures = measure(server, opal, "exome", EXOME)
        return figures | measure(server, opal, "genome", genome)


if __name__ == "__main__":
    for label, value in run().items():
        print(f"{label:60} {value:14.2f}")
