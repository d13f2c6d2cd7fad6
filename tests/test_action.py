"""The composite action and the example workflows: read as data, and their shell steps run as a runner runs them.

A runner is bash, files for outputs and summary, and expressions that are put into `env`. A real `sfteval gate` answers
from files of answers; `gh` and `pip` write down how they were called.

Run: pytest tests/test_action.py -m "slow or not slow"
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
CI = ROOT / "sfteval" / "report" / "ci"
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
WORKFLOW = yaml.safe_load((CI / "github.yml").read_text(encoding="utf-8"))
GITLAB = yaml.safe_load((CI / "gitlab.yml").read_text(encoding="utf-8"))
STEPS = ACTION["runs"]["steps"]
JOBS = WORKFLOW["jobs"]
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
NAUGHTY = ("a b; touch broken && *", "$(touch broken) `touch broken`", "'; touch broken; \"; touch broken; '")


def steps_with_shell(steps):
    return {step["name"]: step for step in steps if "run" in step}


# -- as data -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [STEPS, JOBS["gate"]["steps"], JOBS["baseline"]["steps"]])
def test_no_expression_stands_in_a_script(steps):
    for name, step in steps_with_shell(steps).items():
        assert "${{" not in step["run"], f"{name}: what is put there is read as a script"
        assert step["shell"] == "bash"


def test_a_script_reads_only_what_env_gives_it_and_the_runner_has():
    runner = {"GITHUB_OUTPUT", "GITHUB_REPOSITORY", "GITHUB_SERVER_URL", "GITHUB_RUN_ID"}
    for name, step in steps_with_shell(STEPS).items():
        read = set(re.findall(r"\$\{?([A-Z][A-Z_]+)", step["run"])) - {"MARKER"}
        assert read <= set(step["env"]) | runner, name
        assert set(step["env"]) - {"GH_TOKEN"} <= read, f"{name}: given and not read"


def test_every_input_is_used_and_every_one_that_is_used_is_declared():
    used = set(re.findall(r"\binputs\.([\w-]+)", json.dumps(ACTION["runs"])))
    assert used == set(ACTION["inputs"])
    assert all(given["description"] for given in ACTION["inputs"].values())
    required = {name for name, given in ACTION["inputs"].items() if given.get("required")}
    assert required == {"candidate", "baseline", "suite"}
    assert all("default" in given for name, given in ACTION["inputs"].items() if name not in required)


def test_the_outputs_are_the_verdict_the_report_and_the_exit_code():
    assert {name: given["value"] for name, given in ACTION["outputs"].items()} == {
        name: f"${{{{ steps.gate.outputs.{name} }}}}" for name in ("verdict", "report", "exit-code")
    }


def test_the_example_gives_the_action_inputs_that_it_has_and_few_permissions():
    (called,) = [step for step in JOBS["gate"]["steps"] if "sfteval@" in step.get("uses", "")]
    assert set(called["with"]) <= set(ACTION["inputs"])
    assert {"candidate", "baseline", "suite"} <= set(called["with"])
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert JOBS["gate"]["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert set(WORKFLOW[True]) == {"pull_request", "workflow_dispatch"}  # YAML 1.1 reads `on` as true


def test_the_example_for_gitlab_shows_the_tests_and_warns_where_nothing_is_decided():
    job = GITLAB["sfteval"]
    assert job["artifacts"]["reports"] == {"junit": "reports/gate/junit.xml"}
    assert job["allow_failure"] == {"exit_codes": 11}


# -- as a runner runs it -----------------------------------------------------------------------------------------------


class Runner:
    """A folder in which steps run one after the other, as a runner runs those of a composite action."""

    def __init__(self, folder, **inputs):
        self.folder, self.outputs, self.printed = folder, {}, ""
        self.inputs = {name: given.get("default", "") for name, given in ACTION["inputs"].items()} | inputs
        self.values = {
            "github.action_path": "/action",
            "github.token": "t0k3n",
            "github.event.pull_request.number": "7",
        }
        self.bin = folder / "bin"
        self.bin.mkdir(exist_ok=True)
        self.shim("sfteval", f'exec "{sys.executable}" -m sfteval "$@"')
        self.shim("python", f'echo "$@" >> "{folder}/pip.txt"')
        self.environment = {
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "me/mine",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_RUN_ID": "42",
            "GITHUB_STEP_SUMMARY": str(folder / "summary.txt"),
        }

    def shim(self, name, script):
        """Put a command of this name on the path."""
        (self.bin / name).write_text(f"#!/bin/bash\n{script}\n")
        (self.bin / name).chmod(0o755)

    def filled(self, text):
        """Return a text of `env` with its expressions evaluated: a look-up and nothing else."""
        return EXPRESSION.sub(lambda found: self.value(found[1]), str(text))

    def value(self, expression):
        if expression.startswith("inputs."):
            return self.filled(self.inputs[expression.removeprefix("inputs.")])
        if expression.startswith("steps.gate.outputs."):
            return self.outputs.get(expression.removeprefix("steps.gate.outputs."), "")
        return self.values[expression]

    def run(self, step, env=()):
        """Run one step and return its exit code; what it writes into GITHUB_OUTPUT is kept where its id is `gate`."""
        written = self.folder / "output.txt"
        written.write_text("")
        given = {name: self.filled(value) for name, value in {**dict(env), **step.get("env", {})}.items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.folder,
            env=self.environment | given | {"GITHUB_OUTPUT": str(written)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.printed += done.stdout
        if step.get("id") == "gate":
            self.outputs = dict(line.split("=", 1) for line in written.read_text().splitlines())
        return done.returncode

    def run_all(self):
        """Run the action's shell steps that apply and return the exit code of the last."""
        steps = steps_with_shell(STEPS)
        for name in ("Install sfteval", "Compare", *(["Comment"] if self.inputs["comment"] == "true" else [])):
            assert self.run(steps[name]) == 0, self.printed
        return self.run(steps["Decide"])


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A repository with a suite of its own, answers of several candidates, and a committed baseline."""
    folder = tmp_path_factory.mktemp("repository")
    (folder / "suites" / "mine").mkdir(parents=True)
    rows = [{"id": f"q{i}", "prompt": f"{i}?", "target": "4"} for i in range(200)]
    lines = {"suites/mine/rows.jsonl": rows}
    good = ["4"] * 150 + ["5"] * 50
    for name, said in {
        "old": good,
        "answers": [*good[:199], "6"],
        "worse": ["5"] * 40 + good[40:],
        "unsure": ["5"] * 10 + good[10:194] + ["4"] * 6,
        "missing": good[:150],
    }.items():
        lines[f"{name}.jsonl"] = [{"id": f"q{i}", "response": answer} for i, answer in enumerate(said)]
    for name, content in lines.items():
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in content))
    (folder / "suites" / "mine" / "suite.toml").write_text(
        '[suite]\nname = "mine"\nversion = "1"\n[[task]]\nname = "mine"\nscorer = "exact"\n'
        'data = "rows.jsonl"\nmetrics = ["accuracy"]\ngating = ["accuracy"]\n'
    )
    return folder


@pytest.fixture(scope="module")
def repository(world):
    """The same with `baseline.json`, which the example's own steps have made of the first answers."""
    runner = Runner(world)
    steps = steps_with_shell(JOBS["baseline"]["steps"])
    env = WORKFLOW["env"] | {"CANDIDATE": "responses:old.jsonl"}
    assert runner.run(steps["Install sfteval"], env) == 0
    assert (world / "pip.txt").read_text() == "-m pip install --quiet sfteval\n"
    assert runner.run(steps["Save a baseline"], env) == 0, runner.printed
    assert json.loads((world / "baseline.json").read_text())["format"] == "sfteval baseline"
    return world


@pytest.fixture
def checkout(repository, tmp_path):
    """A fresh copy of the repository."""
    shutil.copytree(repository, tmp_path / "checkout", ignore=shutil.ignore_patterns("bin", "runs", "reports", "*.txt"))
    return tmp_path / "checkout"


def example(name):
    """Return the example's inputs with another candidate."""
    return {"candidate": f"responses:{name}.jsonl", "baseline": "baseline.json", "suite": "suites/mine"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "inputs", "verdict", "code"),
    [
        ("answers", {}, "pass", 0),
        ("worse", {}, "regress", 10),
        ("unsure", {}, "inconclusive", 0),
        ("unsure", {"on-inconclusive": "fail"}, "inconclusive", 11),
        ("missing", {}, "not_comparable", 12),
    ],
)
def test_the_action_ends_with_the_verdict_and_gives_it(checkout, name, inputs, verdict, code):
    runner = Runner(checkout, **example(name), args="--comet off", **inputs)
    assert runner.run_all() == code, runner.printed
    assert runner.outputs == {"verdict": verdict, "report": str(checkout / "reports/gate"), "exit-code": str(code)}
    assert (checkout / "pip.txt").read_text() == "-m pip install --quiet --disable-pip-version-check /action\n"
    summary = (checkout / "summary.txt").read_text()
    assert summary == (checkout / "reports/gate/summary.md").read_text()
    assert (checkout / "reports/gate/junit.xml").exists()
    say = steps_with_shell(JOBS["gate"]["steps"])["Say what was decided"]
    assert runner.run(say) == 0
    last = runner.printed.splitlines()[-1]
    assert last.startswith({"pass": "The candidate may", "regress": "The candidate is worse", "inconclusive": "Too few",
                            "not_comparable": "The two sides"}[verdict])  # fmt: skip


@pytest.mark.slow
def test_where_the_gate_comes_to_no_verdict_there_is_none(checkout):
    runner = Runner(checkout, **example("answers") | {"suite": "nowhere"}, args="--comet off")
    assert runner.run_all() == 2
    assert runner.outputs == {"exit-code": "2"}
    assert "::error title=sfteval gate::" in runner.printed


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in ACTION["inputs"] if name != "python-version"])
@pytest.mark.parametrize("naughty", NAUGHTY)
def test_no_input_is_a_script(tmp_path, name, naughty):
    runner = Runner(tmp_path, **example("answers") | {"comment": "true", name: naughty})
    called = tmp_path / "called.txt"
    said = 'mkdir -p r; echo m > r/summary.md; echo report=r >> "$GITHUB_OUTPUT"'
    runner.shim("sfteval", f'printf "%s\\n" "$@" > "{called}"; {said}')
    runner.shim("gh", "exit 0")
    for step in steps_with_shell(STEPS).values():
        runner.run(step)
    assert not list(tmp_path.rglob("broken*")), runner.printed
    if name in ("candidate", "baseline", "gate", "out", "on-inconclusive"):
        assert naughty in called.read_text().splitlines()  # one word, as it was given


def test_words_and_suites_are_separated_by_blanks_and_line_ends(tmp_path):
    inputs = example("answers") | {
        "suite": "one\n  two three\n",
        "args": "--limit 5\n--seed 1\n",
        "gate": "my gate.toml",
    }
    runner = Runner(tmp_path, **inputs)
    runner.shim("sfteval", f'printf "%s|" "$@" > "{tmp_path}/called.txt"')
    runner.run(steps_with_shell(STEPS)["Compare"])
    assert (tmp_path / "called.txt").read_text() == (
        "gate|--baseline|baseline.json|--on-inconclusive|warn|--out|reports/gate|--gate|my gate.toml|"
        "--suite|one|--suite|two|--suite|three|--limit|5|--seed|1|--|responses:answers.jsonl|"
    )


# -- the comment -------------------------------------------------------------------------------------------------------


@pytest.fixture
def commenting(tmp_path):
    """Give a runner whose report is there; its `gh` knows these comments and writes down what it was told."""

    def made(listed="", fails="", **inputs):
        runner = Runner(tmp_path, comment="true", **inputs)
        (tmp_path / "r").mkdir()
        (tmp_path / "r" / "summary.md").write_text("<!-- sfteval:summary -->\n\n## PASS `x` @nobody\n")
        runner.outputs = {"report": str(tmp_path / "r")}
        runner.shim(
            "gh",
            f'echo "$GH_TOKEN $MARKER" >> "{tmp_path}/seen.txt"; echo "$@" >> "{tmp_path}/gh.txt"\n'
            f'case "$*" in *{fails or "nothing-fails"}*) exit 1;; esac\n'
            f'case "$*" in *--paginate*) printf "%b" "{listed}";; esac\n'
            f'for word in "$@"; do case "$word" in body=@*) cp "${{word#body=@}}" "{tmp_path}/body.md";; esac; done',
        )
        return runner

    return made


COMMENT = steps_with_shell(STEPS)["Comment"]


def test_the_first_summary_is_a_new_comment(commenting, tmp_path):
    assert commenting().run(COMMENT) == 0
    listing, posting = (tmp_path / "gh.txt").read_text().splitlines()
    assert listing.startswith("api --paginate repos/me/mine/issues/7/comments --jq ")
    assert posting.startswith("api --silent --method POST repos/me/mine/issues/7/comments --field body=@")
    assert (tmp_path / "body.md").read_text() == (
        "<!-- sfteval:summary -->\n\n## PASS `x` @nobody\n\n[The run](https://github.com/me/mine/actions/runs/42)\n"
    )
    assert (tmp_path / "seen.txt").read_text().splitlines()[0] == "t0k3n <!-- sfteval:summary -->"


def test_the_next_one_replaces_it(commenting, tmp_path):
    assert commenting(listed="11\\n12\\n").run(COMMENT) == 0
    _, patching = (tmp_path / "gh.txt").read_text().splitlines()
    assert patching.startswith("api --silent --method PATCH repos/me/mine/issues/comments/11 --field body=@")


def test_a_gate_without_a_report_replaces_the_verdict_on_an_earlier_commit(commenting, tmp_path):
    assert "steps.gate" not in COMMENT["if"]
    runner = commenting(listed="11\\n")
    runner.outputs = {"verdict": "not_comparable", "exit-code": "12"}
    assert runner.run(COMMENT) == 0
    assert (tmp_path / "body.md").read_text() == (
        "<!-- sfteval:summary -->\n\n**No report: `sfteval gate` ended with exit code 12.** The run says why.\n\n"
        "[The run](https://github.com/me/mine/actions/runs/42)\n"
    )


def test_each_gate_has_a_comment_of_its_own(commenting, tmp_path):
    commenting(**{"comment-key": "tools --> x"}).run(COMMENT)
    assert (tmp_path / "body.md").read_text().startswith("<!-- sfteval:tools-----x -->\n")


@pytest.mark.parametrize("fails", ["--paginate", "POST"])
def test_a_token_that_may_not_comment_is_said_and_stops_nothing(commenting, fails):
    runner = commenting(fails=fails)
    assert runner.run(COMMENT) == 0
    assert "::notice title=sfteval gate::no comment was written" in runner.printed


def test_only_a_comment_of_ours_is_replaced():
    program = re.search(r"mine='(.*)'", COMMENT["run"])[1]
    assert program == '.[] | select(.user.type == "Bot" and (.body | startswith(env.MARKER))) | .id'
    marker = "<!-- sfteval:summary -->"
    comments = [
        {"id": 1, "user": {"type": "User"}, "body": f"{marker}\nforged"},
        {"id": 2, "user": {"type": "Bot"}, "body": f"other {marker}"},
        {"id": 3, "user": {"type": "Bot"}, "body": f"{marker}\nours"},
    ]
    if shutil.which("jq"):  # gh brings its own, of the same language
        done = subprocess.run(
            ["jq", program],
            input=json.dumps(comments), capture_output=True, text=True, env=os.environ | {"MARKER": marker},
        )  # fmt: skip
        assert done.stdout == "3\n", done.stderr
