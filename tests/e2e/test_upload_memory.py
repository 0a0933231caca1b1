from pathlib import Path

import pytest

from benchmarks.upload import Growth, plain_vcf
from tests.e2e.serving import Served, free_port, open_lab

pytestmark = pytest.mark.timeout(120)


def test_an_upload_passes_through_the_web_process_in_constant_memory(data_dir: Path):
    served = Served(data_dir, free_port(), options=("--no-worker",))
    served.wait_ready()
    opal = open_lab(served)
    try:
        project = opal.make_project()
        assert opal.put(project, plain_vcf(20_000_000)).status_code == 200
        growth = Growth(served.web())
        growth.start()
        uploaded = opal.put(project, plain_vcf(300_000_000))
        grown = growth.stop()
        assert uploaded.status_code == 200
        assert grown < 50
    finally:
        opal.close()
        served.end()
