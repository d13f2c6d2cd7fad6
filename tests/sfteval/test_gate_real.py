"""The gate on 540 real answers to IFEval: against themselves, and against a copy that lost a tenth of what it kept.

Run: pytest tests/sfteval/test_gate_real.py  (needs the data folder, and takes a minute)
"""

import asyncio
import gzip
import json

import pytest
from click.testing import CliRunner

from sfteval.cli import cli
from sfteval.gating import gate_checkpoints
from sfteval.identity import text_hash
from sfteval.pipeline import ComparePlan, RunPlan
from sfteval.progress import silent_progress
from sfteval.scorers import build_scorer
from sfteval.suites import load_suite
from sfteval.types import Outcome, Reading, Verdict

pytestmark = pytest.mark.slow

METRIC = "prompt_strict"


def follows(scorer, sample, text):
    return scorer.grade(sample, Reading(Outcome.OK, text)).metrics[METRIC] == 1.0


def damaged(rows, share):
    """Return the rows with this share of all answers replaced: those that follow their instructions, by three words.

    Which ones goes by a hash of the prompt. Three words that follow the instructions too (no commas, say) do no harm,
    and another answer is taken.
    """
    (task,) = load_suite("ifeval").tasks
    scorer = build_scorer(task)
    samples = {sample.prompt.strip(): sample for sample in task.samples}
    left, worse = round(share * len(rows)), {}
    for row in sorted(rows, key=lambda row: text_hash(row["prompt"])):
        sample, words = samples[row["prompt"].strip()], " ".join(row["response"].split()[:3])
        if left and follows(scorer, sample, row["response"]) and not follows(scorer, sample, words):
            worse[row["prompt"]] = words
            left -= 1
    assert left == 0
    return [{**row, "response": worse.get(row["prompt"], row["response"])} for row in rows]


@pytest.fixture(scope="module")
def sides(data_folder, tmp_path_factory):
    """Two files of answers: the real ones, and the copy of which a tenth lost its constraint."""
    folder = tmp_path_factory.mktemp("gpt4")
    packed = (data_folder / "ifeval" / "responses_gpt4_2023-11.jsonl.gz").read_bytes()
    rows = [json.loads(line) for line in gzip.decompress(packed).splitlines()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SFTEVAL_DATA", str(data_folder))
        worse = damaged(rows, 0.1)
    for name, kept in (("gpt4", rows), ("worse", worse)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in kept))
    return [f"responses:{folder / name}.jsonl" for name in ("gpt4", "worse")]


@pytest.fixture(autouse=True)
def here(data_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("SFTEVAL_DATA", str(data_folder))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def called(*words):
    return CliRunner().invoke(cli, ["gate", *words, "--suite", "ifeval", "--comet", "off", "-o", "r"])


def test_answers_against_themselves_pass(sides, here):
    done = called(sides[0], sides[0])
    assert done.exit_code == 0, done.output
    results = json.loads((here / "r" / "results.json").read_text())
    assert results["verdict"] == "pass"
    assert results["left_out"]["ifeval"]["neither"] == {"count": 1, "ids": ["2785"]}  # the file has 540 of 541
    (gating,) = [row for row in results["metrics"] if row["gating"]]
    assert (gating["metric"], gating["n"], gating["difference"], gating["p_value"]) == (METRIC, 540, 0.0, 1.0)


def test_answers_of_which_a_tenth_lost_its_constraint_regress(sides, here):
    done = called(*sides, "--save-baseline", "gpt4.json.gz")
    assert done.exit_code == 10, done.output
    results = json.loads((here / "r" / "results.json").read_text())
    (gating,) = [row for row in results["metrics"] if row["gating"]]
    assert (gating["n"], gating["a_only"], gating["b_only"]) == (540, 54, 0)
    assert gating["difference"] == pytest.approx(-0.1)
    again = called(sides[1], "--baseline", "gpt4.json.gz")  # the scores alone say the same
    assert again.exit_code == 10, again.output
    assert called(sides[0], "--baseline", "gpt4.json.gz").exit_code == 0
    assert (here / "gpt4.json.gz").stat().st_size < 20_000


def test_the_same_from_python(sides, here):
    verdicts = [
        asyncio.run(
            gate_checkpoints(ComparePlan(sides[0], side, RunPlan(("ifeval",), here / "runs")), silent_progress())
        ).verdict
        for side in sides
    ]
    assert verdicts == [Verdict.PASS, Verdict.REGRESS]
