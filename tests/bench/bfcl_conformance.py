"""`make bench-bfcl`: is our `bfcl_compat` the verdict of BFCL's own checker? Changed calls judged by both, and speed.

    python tests/bench/bfcl_conformance.py --python PYTHON [-o reports/bench] [--cases 6000]
    python tests/bench/bfcl_conformance.py --python PYTHON --vectors tests/sfteval/scorers/bfcl_vectors.json

PYTHON is an interpreter that finds the package `bfcl-eval` (an environment of its own, or `PYTHONPATH` to the unpacked
wheel). Calls are made from the accepted sets of its data files, which are not ours and stay where they lie, and changed
one step at a time: values, types, spelling, order, names, numbers of calls. Same seed, same cases.
"""

import argparse
import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sfteval.scorers import build_scorer  # noqa: E402
from sfteval.suites.bfcl_rows import bfcl_sample  # noqa: E402
from sfteval.types import Message, Outcome, Reading, Sample, Task, ToolCall  # noqa: E402
from tests.bench import bfcl_page, bfcl_speed  # noqa: E402
from tests.bench.train_process import describe_machine  # noqa: E402

ORACLE = Path(__file__).with_name("bfcl_oracle.py")
CATEGORIES = (
    "simple_python", "multiple", "parallel", "parallel_multiple",
    "live_simple", "live_multiple", "live_parallel", "live_parallel_multiple",
)  # fmt: skip
ABOUT = "import bfcl_eval, importlib.metadata as m; print(list(bfcl_eval.__path__)[0]); print(m.version('bfcl-eval'))"
VALUES: tuple[Any, ...] = (
    "", " .-", "x", "-5", "5", 5, 5.0, -5, 0, 1, 1.5, True, False, None, [], [1], ["a"], [""], [[1]], {}, {"a": 1},
    [{"a": 1}], [{}], 10**400,
)  # fmt: skip
Call = dict[str, Any]


def items(folder: Path, category: str) -> Iterator[tuple[dict, dict]]:
    """Yield the items of one category with their possible answers."""
    truth = {}
    with (folder / "possible_answer" / f"BFCL_v4_{category}.json").open() as file:
        truth = {row["id"]: row for row in map(json.loads, file)}
    with (folder / f"BFCL_v4_{category}.json").open() as file:
        yield from ((item, truth[item["id"]]) for item in map(json.loads, file))


def right(rng: random.Random, accepted: Any) -> Any:
    """Return a value out of an accepted set."""
    if isinstance(accepted, dict):
        keys = [key for key, values in accepted.items() if not _may_be_missing(values) or rng.random() < 0.5]
        return {key: chosen(rng, accepted[key]) for key in keys}
    return [right(rng, entry) for entry in accepted] if isinstance(accepted, list) else accepted


def _may_be_missing(values: Any) -> bool:
    return isinstance(values, list) and "" in values  # some inner objects hold bare values


def chosen(rng: random.Random, values: Any) -> Any:
    """Return one of the accepted values."""
    return right(rng, rng.choice(values)) if isinstance(values, list) and values else values


def answer(rng: random.Random, truth: list[dict]) -> list[Call]:
    """Return calls that ought to pass."""
    return [{"name": name, "arguments": right(rng, accepted)} for one in truth for name, accepted in one.items()]


def changed(rng: random.Random, value: Any) -> Any:
    """Return a value that is near to this one."""
    steps: list[Any] = [rng.choice(VALUES), [value], str(value), {"value": value}]
    if isinstance(value, str):
        steps += [value.upper(), value.replace(" ", ""), f"-{value}", f"{value}'", value[:-1], value.replace(",", ".")]
    if isinstance(value, bool | int | float):
        steps += [float(value) if abs(value) < 1e300 else 0, int(value), -value, bool(value), value + 1]
    if isinstance(value, list):
        steps += [value[::-1], value[:-1], [*value, *value[:1]], [changed(rng, entry) for entry in value]]
    if isinstance(value, dict) and value:
        key = rng.choice(list(value))
        rest = {name: entry for name, entry in value.items() if name != key}
        steps += [rest, value | {key: changed(rng, value[key])}, value | {"extra": 1}]
    return rng.choice(steps)


def mutated(rng: random.Random, calls: list[Call]) -> list[Call]:
    """Return the calls with one thing changed."""
    calls = json.loads(json.dumps(calls))
    kind = rng.randrange(10)
    call = rng.choice(calls)
    arguments = call["arguments"]
    if kind < 5 and arguments:
        key = rng.choice(list(arguments))
        arguments[key] = changed(rng, arguments[key])
    elif kind == 5 and arguments:
        del arguments[rng.choice(list(arguments))]
    elif kind == 6:
        arguments[rng.choice(["extra", *arguments])] = rng.choice(VALUES)
    elif kind == 7:
        call["name"] = rng.choice([call["name"].upper(), f"{call['name']}s", call["name"].replace(".", "_")])
    elif kind == 8:
        calls = rng.choice([calls[:-1], [*calls, call], calls[::-1]])
    else:
        rng.shuffle(calls)
    return calls


def cases(pairs: list[tuple[str, dict, dict]], num: int) -> list[tuple[dict, dict, dict]]:
    """Return as many cases with their item and truth: a fifth of them right, the others one or two steps away."""
    rng = random.Random(0)
    made = []
    for _ in range(num):
        category, item, truth = rng.choice(pairs)
        right_calls = calls = answer(rng, truth["ground_truth"])
        for _ in range(rng.choice((0, 1, 1, 1, 2))):
            calls = mutated(rng, calls) if calls else calls
        case = {
            "category": category,
            "functions": item["function"],
            "calls": calls,
            "ground_truth": truth["ground_truth"],
            "changed": json.dumps(calls) != json.dumps(right_calls),
        }
        made.append((case, item, truth))
    return made


def judged(python: str, made: list[tuple[dict, dict, dict]]) -> list[dict]:
    """Return the published checker's verdicts, one a case."""
    sent = "".join(f"{json.dumps(case)}\n" for case, _, _ in made)
    done = subprocess.run([python, str(ORACLE)], input=sent, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def sample_of(item: dict, truth: dict) -> Sample:
    """Return the sample of one item."""
    row = bfcl_sample(item, truth)
    messages = tuple(Message(message["role"], message["content"]) for message in row["messages"])
    return Sample(row["id"], messages, tuple(row["tools"]), row["target"])


def ours(calls: list[Call], item: dict, truth: dict) -> bool:
    """Return our `bfcl_compat` on the calls of one item."""
    sample = sample_of(item, truth)
    attempted = tuple(ToolCall(call["name"], call["arguments"], "", 0, 1) for call in calls)
    scorer = build_scorer(Task("bfcl", "toolcalls", (sample,), ("ast",)))
    return scorer.grade(sample, Reading(Outcome.OK, "", None, attempted)).metrics["bfcl_compat"] == 1.0


def compare(python: str, made: list[tuple[dict, dict, dict]]) -> tuple[dict[str, Counter], list[dict]]:
    """Judge calls by both; return the counts of each category, and where the two disagree."""
    counts = {category: Counter[str]() for category in CATEGORIES}
    disagreements = []
    for (case, item, truth), said in zip(made, judged(python, made), strict=True):
        count, mine = counts[case["category"]], ours(case["calls"], item, truth)
        count["changed" if case["changed"] else "right"] += 1
        count["crashed" if "crash" in said else "passed" if said["valid"] else "failed"] += 1
        if "crash" not in said and mine != said["valid"]:
            count["disagree"] += 1
            disagreements.append({"id": item["id"], "calls": case["calls"], "official": said, "ours": mine})
    return counts, disagreements


def measure(folder: Path, runs: int, passes: int) -> dict[str, Any]:
    """Return how fast right and changed answers of the categories that the target names are scored."""
    pairs = [(category, *pair) for category in bfcl_speed.CATEGORIES for pair in items(folder, category)]
    rng = random.Random(0)
    samples = [sample_of(item, truth) for _, item, truth in pairs]
    rights = [answer(rng, truth["ground_truth"]) for _, _, truth in pairs]
    answers = {"right answers": rights, "answers changed in one step": [mutated(rng, calls) for calls in rights]}
    rates = {
        name: bfcl_speed.rates(samples, [bfcl_speed.written(calls) for calls in given], runs, passes)
        for name, given in answers.items()
    }
    return {"num_items": len(pairs), "categories": list(bfcl_speed.CATEGORIES), "rates": rates}


def write_vectors(python: str, path: Path, num: int) -> None:
    """Judge mutated calls of the items of our own that lie in `path`, and write the verdicts beside them."""
    own = json.loads(path.read_text(encoding="utf-8"))["items"]
    pairs = [(one["id"].rsplit("_", 1)[0], {"id": one["id"], "function": one["functions"]}, one) for one in own]
    made = cases(pairs, num)
    seen: dict[str, dict] = {}
    for (case, item, _), said in zip(made, judged(python, made), strict=True):
        if "crash" not in said:
            vector = {"id": item["id"], "calls": case["calls"], "valid": said["valid"]}
            seen.setdefault(json.dumps(vector), vector)
    lines = ",\n".join(map(json.dumps, own))
    vectors = ",\n".join(seen)
    path.write_text(f'{{"items": [\n{lines}\n], "cases": [\n{vectors}\n]}}\n', encoding="utf-8")


def about(python: str) -> tuple[Path, str]:
    """Return where the package's data files lie, and its version."""
    done = subprocess.run([python, "-c", ABOUT], capture_output=True, text=True, check=True)
    folder, version = done.stdout.splitlines()
    return Path(folder) / "data", version


def main() -> None:
    """Read the options; compare, measure and write, or write the vectors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", required=True, help="an interpreter that finds bfcl-eval")
    parser.add_argument("--cases", type=int, default=6000, help="of all categories together")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--passes", type=int, default=5, help="over all items, in one run")
    parser.add_argument("-o", "--out", type=Path, default=ROOT / "reports" / "bench")
    parser.add_argument("--vectors", type=Path, help="write the vectors of our own items instead")
    options = parser.parse_args()
    if options.vectors is not None:
        write_vectors(options.python, options.vectors, options.cases)
        return
    load = os.getloadavg()[0]
    folder, version = about(options.python)
    speed = measure(folder, options.runs, options.passes)
    made = []
    for category in CATEGORIES:
        pairs = [(category, *pair) for pair in items(folder, category)]
        made += cases(pairs, options.cases // len(CATEGORIES))
    counts, disagreements = compare(options.python, made)
    results: dict[str, Any] = {
        "machine": {key: value for key, value in describe_machine().items() if key != "versions"},
        "load": load,
        "bfcl_eval": version,
        "counts": {category: {name: count[name] for name in bfcl_page.COLUMNS} for category, count in counts.items()},
        "disagreements": disagreements,
        "speed": speed,
    }
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "bfcl.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    (options.out / "bfcl.md").write_text(bfcl_page.page(results), encoding="utf-8")
    print(bfcl_page.page(results))


if __name__ == "__main__":
    main()
