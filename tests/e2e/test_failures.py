"""What fails while the server works: processes killed outright, and a full disk. No work is lost, nothing half stored.

Faults of the sender's making are proven where the face is: files cut off, without samples or of another assembly, unknown
genes, somebody else's genome and two approvals at once in tests/partners/opal, a taken barcode in tests/slices/test_lab_kits.
"""

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import polars as pl
import psutil
import pytest

from benchmarks.synthetic_vcf import write_synthetic_genome
from benchmarks.upload import plain_vcf
from tests.e2e.serving import Served, free_port, open_lab, query

pytestmark = pytest.mark.timeout(360)
RECORDS = 80_000
# The annotation of a small file, and of a large one, is made of these and nothing else.
WHOLE = ["annotation.parquet", "original", "variants.parquet"]


@pytest.fixture(scope="module")
def genome(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A genome whose annotation takes some seconds."""
    path = tmp_path_factory.mktemp("genome") / "genome.vcf.gz"
    write_synthetic_genome(path, RECORDS, seed=7)
    return path


def start(data_dir: Path, port: int, **options: object) -> Served:
    served = Served(data_dir, port, COHESIN_WORKER_SILENT_SECONDS="1.5", **options)  # type: ignore[arg-type]
    served.wait_ready()
    return served


def until(holds: Callable[[], object], what: str, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        threading.Event().wait(0.02)  # processes and disks send no signal


def computing(served: Served) -> psutil.Process:
    """The worker's child, once it is in the middle of its work."""
    found: list[psutil.Process] = []

    def is_busy() -> bool:
        found.clear()
        try:
            for child in served.worker().children():
                times = child.cpu_times()
                # Its imports take about half a second of it.
                if "spawn_main" in " ".join(child.cmdline()) and times.user + times.system > 0.8:
                    found.append(child)
        except (psutil.NoSuchProcess, StopIteration):
            return False
        return bool(found)

    until(is_busy, "a child that computes")
    return found[0]


def stored(data_dir: Path) -> list[Path]:
    return sorted(path for path in (data_dir / "objects").rglob("*") if path.is_file())


def assert_whole(data_dir: Path) -> None:
    """One genome's files and nothing else, and all of its rows in them."""
    files = stored(data_dir)
    assert [file.name for file in files] == WHOLE
    rows = pl.scan_parquet(files[2]).select(pl.len()).collect().item()
    assert rows >= RECORDS
    assert pl.read_parquet(files[0]).height > 0


def test_an_annotation_whose_child_and_then_whose_worker_is_killed_is_resumed(data_dir: Path, genome: Path):
    served = start(data_dir, free_port())
    opal = open_lab(served)
    try:
        number = opal.upload(opal.make_project(), genome)
        report = opal.launch(number)
        first = computing(served)
        first.kill()
        until(lambda: not first.is_running(), "the child's end")
        assert computing(served).pid != first.pid
        worker = served.worker()
        worker.kill()
        opal.wait_for_report(report, seconds=180)
        assert served.worker().pid != worker.pid
        assert opal.genome_status(number) == "ANNOTATED"
        assert_whole(data_dir)
        # What the killed worker had begun to write is gone as well.
        (scratch,) = (data_dir / "scratch").iterdir()
        assert list(scratch.iterdir()) == []
    finally:
        opal.close()
        served.end()


def test_after_kill_9_in_the_middle_of_an_upload_and_an_annotation_the_next_start_is_whole(
    data_dir: Path, genome: Path
):
    port = free_port()
    served = start(data_dir, port)
    opal = open_lab(served)
    project = opal.make_project()
    number = opal.upload(project, genome)
    cut = threading.Event()

    def endless() -> Iterator[bytes]:
        yield from plain_vcf(30_000_000)
        cut.wait(60)

    def send() -> None:
        with pytest.raises(httpx.TransportError):
            opal.put(project, endless())

    sending = threading.Thread(target=send)
    sending.start()
    until(
        lambda: any("#" in file.name and file.stat().st_size for file in stored(data_dir)),
        "an upload under way",
    )
    computing(served)
    served.process.kill()
    served.process.wait(20)
    cut.set()
    sending.join(60)
    served.end()
    (part,) = [file for file in stored(data_dir) if "#" in file.name]
    os.utime(part, (time.time() - 3600, time.time() - 3600))

    served = start(data_dir, port)
    try:
        assert not part.exists()
        until(lambda: opal.genome_status(number) == "ANNOTATED", "the annotation")
        assert_whole(data_dir)
        assert opal.call("GET", f"/projects/{project}/genomes")["total"] == 1
        assert opal.put(project, plain_vcf(0)).status_code == 200
    finally:
        opal.close()
        served.end()


def small_disk(folder: Path, mib: int) -> tuple[str, ...]:
    """A command that runs another one which sees a disk of that size at `folder`, as nobody else does."""
    unshare = shutil.which("unshare")
    mount = f'mount -t tmpfs -o size={mib}m none "$0"'
    command = (unshare or "unshare", "--mount", "sh", "-c")
    tried = unshare and subprocess.run([*command, mount, str(folder)], capture_output=True, check=False)
    if not tried or tried.returncode:
        assert os.environ.get("CI") != "true", "the machine that proves every change has to let tests mount"
        pytest.skip("this system does not let tests mount a small disk")
    return (*command, f'{mount} && exec "$@"', str(folder))


def test_a_full_disk_is_told_loses_nothing_and_is_got_over(data_dir: Path, tmp_path: Path, genome: Path):
    folder = tmp_path / "objects"
    folder.mkdir()
    served = start(data_dir, free_port(), around=small_disk(folder, 24), COHESIN_STORAGE_URL=folder.as_uri())
    disk = Path(f"/proc/{served.process.pid}/root{folder}")
    opal = open_lab(served)
    try:
        project = opal.make_project()
        refused = opal.put(project, plain_vcf(40_000_000))
        assert refused.status_code == 503
        assert refused.json() == {
            "description": "There is no room to store the file.",
            "error": "Service Unavailable",
            "code": 503,
        }
        assert [path for path in disk.rglob("*") if path.is_file()] == []
        assert opal.call("GET", f"/projects/{project}/genomes")["total"] == 0
        health = f"{served.url}/api/v1/system/health"
        until(lambda: httpx.get(health, trust_env=False).json()["status"] == "ok", "good health")

        # The file itself still fits; what is made from it does not, until there is room again.
        filler = disk / "filler"
        filler.write_bytes(bytes((24 << 20) - genome.stat().st_size - (1 << 20)))
        number = opal.upload(project, genome)
        tried = "SELECT coalesce(max(attempts), 0) FROM tasks.procrastinate_jobs WHERE task_name LIKE '%annotate%'"
        until(lambda: query(data_dir, tried), "a first attempt")
        assert sorted(path.name for path in disk.rglob("*") if path.is_file()) == ["filler", "original"]
        assert opal.genome_status(number) == "ANNOTATING"
        filler.unlink()
        until(lambda: opal.genome_status(number) == "ANNOTATED", "the annotation")
        assert sorted(path.name for path in disk.rglob("*") if path.is_file()) == WHOLE
    finally:
        opal.close()
        served.end()
