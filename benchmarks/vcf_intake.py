"""Time, processor time and peak memory of reading one VCF.

python -m benchmarks.vcf_intake genome.vcf.gz --assembly GRCh37
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from cohesin_genomics.model import Assembly
from cohesin_genomics.vcf.convert import convert_vcf


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--assembly", type=Assembly, default=Assembly.GRCH37)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wall, processor = time.perf_counter(), time.process_time()
        conversion = convert_vcf(arguments.path, Path(folder), assembly=arguments.assembly)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{conversion.record_count} records, {wall:.2f} s wall, {processor:.2f} s processor, "
        f"{conversion.record_count / wall:,.0f} records/s, peak {peak:.0f} MB"
    )


if __name__ == "__main__":
    main()
