"""The tiny judge of `quickstart --full`, trained, measured and heard for real: it agrees with the exact scorer."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

ABOUT = "An equality check with the reference, no more."
GATE = '[[task]]\nname = "reasoning"\ngating = ["preference"]\nmargin = 0.05\n'


def results(folder):
    return json.loads((folder / "results.json").read_text())


def row_of(folder, metric):
    (row,) = [row for row in results(folder)["metrics"] if (row["task"], row["metric"]) == ("reasoning", metric)]
    return row


def gated(judged, folder, *words):
    """Gate by the judge's preference alone; nothing is asked anew."""
    (folder / "gate.toml").write_text(GATE)
    pair = [str(judged.checkpoints / name) for name in ("no-think", "think")]
    shared = ["--suite", "starter", "--judge", str(judged.checkpoints / "judge"), "--backend", "transformers",
              "--judge-rubric", "reasoning=starter_reference", "--gate", str(folder / "gate.toml"),
              "-o", str(folder / "report"), "--runs", str(judged.runs), "--comet", "off",
              "--on-inconclusive", "fail"]  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "sfteval", "gate", *pair, *shared, *words], capture_output=True, text=True
    )


def test_the_tiny_judge_earns_its_lock_on_pairs_that_it_never_learned_from(judged):
    lock = json.loads((judged.checkpoints / "judge.lock").read_text())
    assert (lock["standing"], lock["reasons"]) == ("trusted", [])
    assert lock["figures"]["num_pairs"] == 400
    assert lock["figures"]["kappa"]["low"] > 0.7
    assert set(lock["figures"]["fooled"]) == {"same", "padded", "injected", "dressed"}


def test_its_preference_has_the_sign_of_the_exact_scorer_and_nearly_its_size(judged):
    preferred, accuracy = row_of(judged.report, "preference"), row_of(judged.report, "accuracy")
    assert preferred["n"] == accuracy["n"]
    assert preferred["ci_low"] > 0
    assert preferred["difference"] == pytest.approx(accuracy["difference"], abs=0.1)
    assert (preferred["gating"], accuracy["gating"]) == (False, True)


def test_the_report_says_what_the_judge_is(judged):
    assert ABOUT in (judged.folder / "said.txt").read_text()
    assert ABOUT in (judged.report / "summary.md").read_text()
    (task,) = results(judged.report)["judge"]["tasks"]
    assert [judge["standing"] for judge in task["judges"]] == ["trusted"]


def test_with_its_lock_the_judge_decides_a_gate_and_without_it_nothing(judged, tmp_path):
    done = gated(judged, tmp_path, "--judge-lock", str(judged.checkpoints / "judge.lock"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert row_of(tmp_path / "report", "preference")["gating"]
    assert results(tmp_path / "report")["verdict"] == "pass"
    done = gated(judged, tmp_path)
    assert done.returncode == 11, done.stdout + done.stderr
    assert "preference decides nothing" in done.stdout
