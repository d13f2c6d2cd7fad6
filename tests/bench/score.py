"""`make bench-score`: the real answers to IFEval's prompts scored by lm-eval's checker and by ours, in one run.

One core, CPU time, both sides in turn, medians. "Languages known" leaves language detection out: each side finds every
text's language in a cache. Both give strict and loose verdicts; ours are given in both modes, with reasons. Then ours
alone on IFBench: each of its prompts gets two of the same answers, since there are no others; most fail, so that nearly
all loose variants are looked at. Writes reports/bench/score.md and score.json; the answers lie in $SFTEVAL_DATA, by
default ../shared/data.
"""

import argparse
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sfteval.scorers import build_scorer  # noqa: E402
from sfteval.scorers.instructions import languages  # noqa: E402
from sfteval.scorers.instructions.splitting import punkt, resources  # noqa: E402
from sfteval.types import Outcome, Reading  # noqa: E402
from tests.bench import score_page  # noqa: E402
from tests.bench.train_process import describe_machine  # noqa: E402
from tests.sfteval.scorers import ifeval  # noqa: E402

NEED_PUNKT = {"length_constraints:number_sentences", "change_case:capital_word_frequency"}
PACKAGES = ("lm_eval", "langdetect", "regex")
IFBENCH = ifeval.DATA / "ifbench" / "IFBench_test.jsonl"
Answers = list[tuple[ifeval.Row, str]]


def ours(answers: Answers) -> Callable[[], None]:
    """Return one pass of our scorer over all answers."""
    rows = [row for row, _ in answers]
    scorer = build_scorer(ifeval.task_of(rows))
    work = [(ifeval.sample_of(row), Reading(Outcome.OK, text)) for row, text in answers]

    def score() -> None:
        for sample, reading in work:
            scorer.grade(sample, reading)

    return score


def theirs(answers: Answers) -> Callable[[], None]:
    """Return one pass of lm-eval's; without punkt data it cannot check two ids, and is spared them."""
    process = ifeval.lm_eval_ifeval().process_results
    work = [(row if punkt() else without(row, NEED_PUNKT), [text]) for row, text in answers]

    def score() -> None:
        for row, texts in work:
            process(row, texts)

    return score


def without(row: ifeval.Row, names: set[str]) -> ifeval.Row:
    kept = [pair for pair in zip(row["instruction_id_list"], row["kwargs"], strict=True) if pair[0] not in names]
    return row | {"instruction_id_list": [name for name, _ in kept], "kwargs": [kwargs for _, kwargs in kept]}


def to_ifbench(answers: Answers) -> Answers:
    """Return two of the answers for each of IFBench's prompts."""
    rows = [json.loads(line) for line in IFBENCH.read_text(encoding="utf-8").splitlines()]
    return [(row, answers[place % len(answers)][1]) for place, row in enumerate(rows * 2)]


def measure(answers: Answers, runs: int, passes: int) -> dict[str, list[float]]:
    """Return answers per CPU second of every setting, run by run."""
    import langdetect

    bench = to_ifbench(answers)
    sides = {"ours": ours(answers), "lm-eval": theirs(answers), "ours on IFBench": ours(bench)}
    cached = langdetect.detect
    found: dict[str, list[float]] = {name: [] for name in score_page.SETTINGS}
    for side in sides.values():
        side()  # profiles, patterns and every text's language are there from now on
    for run in range(runs):
        found["ours, languages known"].append(rate(sides["ours"], len(answers), passes))
        found["lm-eval, languages known"].append(rate(sides["lm-eval"], len(answers), 1))
        found["ours on IFBench"].append(rate(sides["ours on IFBench"], len(bench), passes))
        languages._language.cache_clear()
        found["ours"].append(rate(sides["ours"], len(answers), 1))
        langdetect.detect = cached.__wrapped__  # as it is published
        found["lm-eval"].append(rate(sides["lm-eval"], len(answers), 1))
        langdetect.detect = cached
        line = ", ".join(f"{name} {rates[-1]:,.0f}" for name, rates in found.items())
        print(f"run {run + 1}: {line}", file=sys.stderr, flush=True)
    return found


def rate(score: Callable[[], None], num_answers: int, passes: int) -> float:
    start = time.process_time()
    for _ in range(passes):
        score()
    return passes * num_answers / (time.process_time() - start)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--passes", type=int, default=10, help="of ours, where one is too short to be timed")
    parser.add_argument("-o", "--out", type=Path, default=ROOT / "reports" / "bench")
    options = parser.parse_args()
    logging.disable(logging.ERROR)  # lm-eval logs every text whose language it cannot tell
    answers = ifeval.answered()
    results: dict[str, Any] = {
        "machine": describe_machine() | {"versions": {name: version(name) for name in PACKAGES}},
        "num_answers": len(answers),
        "num_characters": sum(len(text) for _, text in answers),
        "num_instructions": sum(len(row["kwargs"]) for row, _ in answers),
        "resources": resources(),
        "load": os.getloadavg()[0],
        "rates": measure(answers, options.runs, options.passes),
    }
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "score.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    (options.out / "score.md").write_text(score_page.page(results), encoding="utf-8")
    print(score_page.page(results))


if __name__ == "__main__":
    main()
