"""The promise of the README, kept for real: a base, two fine-tunes and an honest report, on this machine."""

import json
import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.slow


def results(world):
    return json.loads((world.report / "results.json").read_text())


def rows(world):
    return {(row["task"], row["metric"]): row for row in results(world)["metrics"]}


def test_thinking_wins_on_reasoning_with_its_whole_interval_above_0_3(starter):
    row = rows(starter)["reasoning", "accuracy"]
    assert row["gating"]
    assert row["n"] >= 300
    assert row["ci_low"] > 0.3
    assert results(starter)["verdict"] == "pass"


@pytest.mark.parametrize(("task", "metric"), [("constraints", "prompt_strict"), ("toolcalls", "exact")])
def test_both_arms_learned_what_needs_no_reasoning(starter, task, metric):
    row = rows(starter)[task, metric]
    assert row["baseline"] >= 0.65
    assert row["candidate"] >= 0.65


def test_only_reasoning_gates():
    from sfteval.suites import load_suite

    sizes = {task.name: (len(task.samples), bool(task.gating)) for task in load_suite("starter").tasks}
    assert sizes == {
        "reasoning": (sizes["reasoning"][0], True),
        "reasoning_longer": (100, False),
        "constraints": (150, False),
        "constraints_combinations": (100, False),
        "toolcalls": (120, False),
        "toolcalls_unseen": (80, False),
    }
    assert sizes["reasoning"][0] >= 300


def test_the_first_line_says_so_if_an_arm_never_learned_one_step(starter):
    first = next(
        s for s in results(starter)["slices"] if (s["task"], s["field"], s["value"]) == ("reasoning", "steps", "1")
    )
    named = "no-think never learned reasoning" in results(starter)["headline"]
    assert named == (first["baseline"] < 0.5)


def test_the_comparison_is_fair_and_says_so(starter):
    fair = results(starter)["reproduce"]["fairness"]
    assert (fair["same_base"], fair["same_rows"], fair["same_order"]) == (True, True, True)
    assert all(count > 0 for count in fair["supervised_tokens"])
    assert results(starter)["matched"]


def test_accuracy_by_number_of_steps_is_in_the_results(starter):
    steps = [s["value"] for s in results(starter)["slices"] if (s["task"], s["field"]) == ("reasoning", "steps")]
    assert steps == ["1", "2", "3", "4", "5", "6"]


def test_every_file_of_the_report_is_there(starter):
    names = {path.name for path in starter.report.iterdir()}
    assert names >= {"report.html", "summary.md", "results.json", "samples.jsonl.gz", "flips.csv", "junit.xml", "comet"}
    assert len(list((starter.report / "comet").glob("*.zip"))) == 3


def test_a_second_quickstart_reuses_what_exists(starter):
    before = (starter.report / "results.json").read_bytes()
    weights = {path: path.stat().st_mtime_ns for path in starter.checkpoints.rglob("*.safetensors")}
    starter.quickstart()
    assert starter.seconds < 20
    assert (starter.report / "results.json").read_bytes() == before
    assert {path: path.stat().st_mtime_ns for path in starter.checkpoints.rglob("*.safetensors")} == weights
    assert len(weights) == 3


def without_times(world):
    found = results(world)
    for side in found["costs"].values():
        side.pop("seconds", None)
    return found


def test_a_quickstart_killed_while_asking_goes_on_to_the_same_results(starter, tmp_path):
    killed = starter.copy(tmp_path)
    child = subprocess.Popen([sys.executable, "-m", "sfteval", "quickstart"], cwd=tmp_path, stderr=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL)  # fmt: skip
    deadline = time.monotonic() + 120
    while sum(file.stat().st_size for file in killed.runs.rglob("generations/*.jsonl")) < 20_000:
        assert child.poll() is None, "the child ended before it was killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not (killed.report / "results.json").exists()
    killed.quickstart()
    assert without_times(killed) == without_times(starter)


def test_ctrl_c_while_training_ends_130_and_leaves_nothing_half_written(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-m", "sfteval", "quickstart"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    while not (tmp_path / "checkpoints" / "quickstart" / ".base.partial").exists():
        assert child.poll() is None
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)  # to it alone: it must pass it on
    _, said = child.communicate(timeout=60)
    assert child.returncode == 130
    assert said.count("Stopped.") == 1
    assert "Traceback" not in said
    assert not list(tmp_path.rglob("*.safetensors"))


def test_the_trained_pair_is_plain_hugging_face(starter):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    for arm in ("base", "think", "no-think"):
        model = AutoModelForCausalLM.from_pretrained(starter.checkpoints / arm)
        tokenizer = AutoTokenizer.from_pretrained(starter.checkpoints / arm)
        assert model.config.model_type == "qwen3"
        assert tokenizer.chat_template
    stops = json.loads((starter.checkpoints / "think" / "generation_config.json").read_text())["eos_token_id"]
    assert tokenizer.convert_tokens_to_ids("<|im_end|>") in stops
