"""One job of `make bench-train` in a process of its own: `python -m tests.bench.train_worker JOB RESULT`, both JSON."""

import dataclasses
import json
import sys
from pathlib import Path

from tests.bench.train_house import run_house
from tests.bench.train_job import Job
from tests.bench.train_peer import run_peer
from tests.bench.train_rows import draw_rows


def main() -> None:
    job_file, result_file = map(Path, sys.argv[1:])
    job = Job(**json.loads(job_file.read_text()))
    rows = draw_rows(job.steps * job.conversations, job.vocabulary, job.share, job.seed)
    figures = run_house(job, rows) if job.trainer == "sfttrain" else run_peer(job, rows)
    result_file.write_text(json.dumps(dataclasses.asdict(figures)))


if __name__ == "__main__":
    main()
