"""How long 20,000 training rows of 300 words take against 1,000 items: `python -m tests.bench.contamination [RUNS]`.

Words are drawn by Zipf's law from 50,000, as prose has them; one item in a hundred is planted in a row. Each run is a
process of its own on one core: reading the JSONL file, both readings of the rows, the verdict. Prints medians and the
highest peak of resident memory. Nothing is asked of a model.
"""

import functools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from sfteval.types import Message, Sample, Suite, Task

NUM_ROWS, WORDS_OF_ROW = 20_000, 300
NUM_ITEMS, WORDS_OF_ITEM, WORDS_OF_REFERENCE = 1_000, 80, 30
VOCABULARY, EXPONENT = 50_000, 1.05
PLANTED_EVERY = 100  # items
ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
MB = 1024 * 1024


def prose(generator: np.random.Generator, num_words: int) -> str:
    """Return words as frequent as those of a language, in sentences of ten."""
    shares = _shares()
    drawn = np.searchsorted(shares, generator.random(num_words) * shares[-1]).tolist()
    said = [f"{_word(number)}{'.' if place % 10 == 9 else ''}" for place, number in enumerate(drawn)]
    return " ".join(said)


@functools.cache
def _shares() -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return how often one of the first so many words is drawn, not yet divided by the whole."""
    return np.cumsum(np.arange(1, VOCABULARY + 1, dtype=np.float64) ** -EXPONENT)


@functools.cache
def _word(number: int) -> str:
    """Return a made word; frequent ones are short."""
    syllables = ("ka", "lo", "mi", "ru", "te", "so", "na", "vi", "pe", "du", "ga", "ho", "li", "me", "zu", "fa")
    found = ""
    while number or not found:
        number, syllable = divmod(number, len(syllables))
        found += syllables[syllable]
    return found


def make_suite(num_items: int) -> Suite:
    generator = np.random.default_rng(1)
    samples = tuple(
        Sample(
            id=f"item-{number}",
            messages=(Message("user", prose(generator, WORDS_OF_ITEM)),),
            target=prose(generator, WORDS_OF_REFERENCE),
        )
        for number in range(num_items)
    )
    task = Task(name="made", scorer="contains", samples=samples, metrics=("accuracy",))
    return Suite(name="made", version="1", license="CC0", about="made", tasks=(task,))


def write_rows(path: Path, num_rows: int, suite: Suite) -> int:
    """Write the training rows and return how many items were planted in them."""
    generator = np.random.default_rng(2)
    planted = [sample for task in suite.tasks for sample in task.samples[::PLANTED_EVERY]]
    places = generator.choice(num_rows, len(planted), replace=False).tolist()
    items = dict(zip(places, planted, strict=True))
    with path.open("w", encoding="utf-8") as file:
        for number in range(num_rows):
            asked = prose(generator, WORDS_OF_ROW // 3)
            if number in items:
                asked = f"{asked} {items[number].prompt}"
            messages = [
                {"role": "user", "content": asked},
                {"role": "assistant", "content": prose(generator, WORDS_OF_ROW - WORDS_OF_ROW // 3)},
            ]
            file.write(json.dumps({"id": f"row-{number}", "messages": messages}) + "\n")
    return len(planted)


def look(path: Path, num_items: int) -> tuple[float, int]:
    """Return the seconds from the file's name to the verdict, and how many items were found."""
    from sfteval.probes.contamination import contamination_result, find_contamination
    from sfteval.probes.trained_on import rows_of_file

    suite = make_suite(num_items)
    started = time.perf_counter()
    found = find_contamination(suite, rows_of_file(path))
    contamination_result(found)
    return time.perf_counter() - started, len(found.dirty)


def main() -> None:
    if sys.argv[1:2] == ["--once"]:
        seconds, num_found = look(Path(sys.argv[2]), NUM_ITEMS)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # Linux counts KiB
        print(json.dumps([seconds, num_found, peak]))
        return
    num_runs = int(sys.argv[1]) if sys.argv[1:] else 5
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        num_planted = write_rows(path, NUM_ROWS, make_suite(NUM_ITEMS))
        words = [sys.executable, "-m", "tests.bench.contamination", "--once", str(path)]
        environment = {**os.environ, **ONE_CORE}
        said: list[tuple[float, int, int]] = [
            json.loads(subprocess.run(words, check=True, capture_output=True, text=True, env=environment).stdout)
            for _ in range(num_runs)
        ]
        taken = [one[0] for one in said]
        highest = max(one[2] for one in said)
        print(f"{NUM_ROWS:,} rows of {WORDS_OF_ROW} words ({path.stat().st_size / MB:.0f} MB), {NUM_ITEMS:,} items")
        print(f"{statistics.median(taken):.1f} s, median of {num_runs} ({min(taken):.1f} to {max(taken):.1f})")
        print(f"{highest / MB:.0f} MB at the peak, items and libraries with it")
        print(f"{said[0][1]} of {num_planted} planted items found")


if __name__ == "__main__":
    main()
