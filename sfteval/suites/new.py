"""A file of prompts in, a suite folder of one's own out."""

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from sfteval.errors import ConfigurationError, DataError
from sfteval.identity import file_hash, write_atomically
from sfteval.suites.load import load_suite
from sfteval.suites.rows import read_samples
from sfteval.types import Sample

_SUITE_TOML = """# A suite of your own: what is asked, how it is sampled, and how an answer is graded.
[suite]
name = {suite}
version = "1"
license = "your own"
about = "Made by `sfteval suites new`."

[[task]]
name = "{task}"
scorer = "{scorer}"
data = "data/{task}.jsonl"
sha256 = "{sha256}"
gating = [] # name a metric here and it decides the verdict
margin = 0.05
samples = 1
sampling = {{ temperature = 0.0, top_p = 1.0, max_tokens = 1024 }}
"""


def new_suite(prompts: Path, folder: Path) -> Path:
    """Make a suite folder from a file of prompts (and targets, where there are some); return its `suite.toml`.

    Rows with a target are graded by `exact`; rows without one are asked and shown, graded by `contains` of nothing.
    Raises: DataError for rows that cannot be read, ConfigurationError when the folder exists.
    """
    if (folder / "suite.toml").exists():
        raise ConfigurationError(
            str(folder), expected="a new folder", got="a suite", next_move="Choose another -o FOLDER"
        )
    if not prompts.is_file():
        raise DataError(
            str(prompts), expected="a JSONL file of prompts", got="no such file", next_move="Check the path"
        )
    samples = tuple(read_samples(prompts, "cluster"))
    if not samples:
        raise DataError(str(prompts), expected="at least one row", got="an empty file", next_move="Add rows")
    graded = [sample.target is not None for sample in samples]
    if any(graded) and not all(graded):
        raise DataError(
            str(prompts),
            expected='"target" in every row or in none',
            got=f"{sum(graded)} of {len(graded)} rows with one",
            next_move="Complete the targets or split the file",
        )
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", prompts.stem).strip("-._")[:80] or "prompts"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".suite-") as scratch:
        made = Path(scratch) / "suite"  # checked whole before it gets its name
        (made / "data").mkdir(parents=True)
        data = made / "data" / f"{name}.jsonl"
        data.write_bytes(prompts.read_bytes())
        scorer = _scorer_for(samples) if all(graded) else "answered"
        text = _SUITE_TOML.format(suite=json.dumps(folder.name), task=name, scorer=scorer, sha256=file_hash(data))
        write_atomically(made / "suite.toml", text)
        load_suite(str(made))
        made.rename(folder)
    return folder / "suite.toml"


def _scorer_for(samples: tuple[Sample, ...]) -> str:
    target = samples[0].target
    if isinstance(target, Mapping) and "calls" in target:
        return "toolcalls"
    if isinstance(target, Mapping) and "instructions" in target:
        return "constraints"
    if isinstance(target, Mapping) and "schema" in target:
        return "json"
    return "numeric" if isinstance(target, int | float) and not isinstance(target, bool) else "exact"
