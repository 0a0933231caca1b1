import subprocess
import sys
from pathlib import Path

from cohesin.kernel.scratch import scratch_folder

HOLDER = """
import sys
from pathlib import Path
from cohesin.kernel.scratch import scratch_folder
with scratch_folder(Path(sys.argv[1])) as folder:
    (folder / "genome.parquet").write_bytes(b"half")
    print(folder, flush=True)
    sys.stdin.read()
"""


def test_what_a_killed_process_left_goes_and_what_a_living_one_holds_stays(tmp_path: Path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        env={"PYTHONPATH": str(Path(__file__).parents[2] / "src")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        theirs = Path(holder.stdout.readline().strip())
        with scratch_folder(tmp_path) as mine:
            assert {mine, theirs} == set(tmp_path.iterdir())
        assert [theirs] == list(tmp_path.iterdir())
        holder.kill()
        holder.wait()
        assert (theirs / "genome.parquet").exists()
        with scratch_folder(tmp_path) as mine:
            assert [mine] == list(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []
