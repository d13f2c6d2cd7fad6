"""What a margin costs. Run: pytest tests/sfteval/test_plan.py."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from sfteval.cli import cli
from sfteval.errors import DataError
from sfteval.plan import Aim, Pilot, assumed, pilots_of, plan
from sfteval.stats import VarianceSplit
from sfteval.types import Checkpoint, Generation, Outcome, Run, Sample, Score, Task, TaskRun
from tests.toys import user


def sample(name, cluster=""):
    return Sample(name, (user(name),), (), None, {}, cluster, name)


def answer(name, index):
    return Generation(task="t", sample_id=name, sample_index=index, question=f"{name}{index}", text="x",
                      finish_reason="stop", num_prompt_tokens=10, num_tokens=30)  # fmt: skip


def run_of(scores, clusters=None):
    """Return a run from {sample id: [score of each answer]}."""
    samples = tuple(sample(name, (clusters or {}).get(name, "")) for name in scores)
    task = Task(name="t", scorer="exact", samples=samples, metrics=("accuracy",), gating=("accuracy",))
    found = [
        Score(name, index, Outcome.OK, {"accuracy": value})
        for name, values in scores.items()
        for index, value in enumerate(values)
    ]
    answers = [answer(score.sample_id, score.sample_index) for score in found]
    return Run(Checkpoint(argument="a", kind="directory", name="a"), {}, (TaskRun(task, answers, [], found),))


@pytest.mark.parametrize(
    ("discordant", "margin", "published"), [(0.05, 0.01, 3092), (0.20, 0.03, 1374), (0.30, 0.10, 186)]
)
def test_an_assumption_needs_the_published_number_of_prompts(discordant, margin, published):
    (row,) = plan([assumed(discordant)], Aim((margin,)))
    assert row.num_prompts in (published, published + 1)  # published rounded, ours up
    assert row.num_answers == 2 * row.num_prompts


def test_several_samples_are_planned_for_only_where_their_spread_is_known():
    known = Pilot("t", "accuracy", VarianceSplit(0.1, 0.2, 0.2))
    rows = plan([known, assumed(0.2)], Aim((0.05,), (1, 4)))
    assert [(row.task, row.num_samples) for row in rows] == [("t", 1), ("t", 4), ("assumed", 1)]
    one, four = rows[:2]
    assert one.num_prompts / four.num_prompts == pytest.approx(0.5 / 0.2, rel=0.01)
    assert four.num_answers == 8 * four.num_prompts


def test_money_is_told_where_tokens_and_prices_are_known():
    pilot = Pilot("t", "accuracy", VarianceSplit(0.2, None, None), prompt_tokens=100.0, answer_tokens=300.0)
    (row,) = plan([pilot], Aim((0.05,), input_price=1.0, output_price=10.0))
    assert row.num_tokens == row.num_answers * 400
    assert row.money == pytest.approx(row.num_answers * 3_100 / 1e6)
    (free,) = plan([pilot], Aim((0.05,)))
    assert free.money is None


def test_an_assumption_may_say_how_much_of_the_difference_is_sampling():
    one, four = plan([assumed(0.2, within=0.5)], Aim((0.05,), (1, 4)))
    assert (one.num_prompts, one.num_prompts / four.num_prompts) == (495, pytest.approx(0.2 / 0.125, rel=0.01))
    assert plan([assumed(0.2)], Aim((0.05,)))[0].num_prompts == 495  # with one answer it is the same


def test_a_pilot_measures_variance_tokens_and_design_effect():
    a = run_of({"p": [1.0, 0.0], "q": [1.0, 1.0], "r": [0.0, 0.0]})
    b = run_of({"p": [1.0, 1.0], "q": [1.0, 0.0], "r": [0.0, 0.0]})
    (pilot,) = pilots_of(a, b)
    assert (pilot.num_prompts, pilot.prompt_tokens, pilot.answer_tokens) == (3, 10.0, 30.0)
    assert pilot.split.prompts == pytest.approx(0.25 - 1 / 6)
    assert pilot.design_effect == 1.0


def test_prompts_that_share_a_stem_raise_the_number_of_prompts():
    names = [f"p{number}" for number in range(40)]
    stems = {name: f"stem{position // 4}" for position, name in enumerate(names)}
    a = run_of({name: [1.0] for name in names}, stems)
    b = run_of({name: [float(position // 4 % 2)] for position, name in enumerate(names)}, stems)
    (pilot,) = pilots_of(a, b)
    assert pilot.design_effect > 3.0
    alone = replace(pilot, design_effect=1.0)
    clustered, independent = (plan([one], Aim((0.05,)))[0].num_prompts for one in (pilot, alone))
    assert clustered / independent == pytest.approx(pilot.design_effect, rel=0.01)


def test_runs_without_a_common_prompt_are_refused():
    with pytest.raises(DataError, match="two or more prompts that both runs answered"):
        list(pilots_of(run_of({"p": [1.0]}), run_of({"q": [1.0]})))


def called(*words):
    return CliRunner().invoke(cli, ["plan", *words], prog_name="sfteval")


def test_the_command_prints_a_table_or_json():
    result = called("--discordant", "0.2", "--margin", "0.03")
    assert result.exit_code == 0, result.output
    assert "20% of prompts differ" in result.output
    assert "1,374" in result.output or "1,375" in result.output
    rows = json.loads(called("--discordant", "0.2", "--margin", "0.03", "--json").output)
    assert rows[0]["num_prompts"] in (1374, 1375)


def test_the_command_prices_an_assumption():
    words = ("--discordant", "0.2", "--margin", "0.05", "--within", "0.5", "--tokens", "300,800", "--price", "1,10")
    one, four = json.loads(called(*words, "--json").output)
    assert (one["num_samples"], one["num_answers"], one["num_tokens"]) == (1, 990, 990 * 1_100)
    assert one["money"] == pytest.approx(990 * (300 + 8_000) / 1e6)
    assert four["num_answers"] == 8 * four["num_prompts"]
    head = called(*words).output.splitlines()[0]
    assert head.split()[-2:] == ["tokens", "money"]


def test_the_command_says_that_seeds_of_training_are_not_in_it():
    assert "another seed of training moves scores too, and is not in these numbers" in called().output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--margin", "0"), "--margin: expected numbers between 0 and 1, got 0"),
        (("--margin", "x"), 'expected numbers with commas between, got "x"'),
        (("--discordant", "1.5"), "--discordant: expected numbers between 0 and 1, got 1.5"),
        (("--samples", "0"), "--samples: expected at least 1, got 0"),
        (("--tokens", "5"), "--tokens: expected two amounts, as 300,800, got 5"),
        (("--price", "1,2"), "--price: expected how many tokens an answer has, got neither a pilot"),
        (("a", "b"), "sfteval plan: expected two stored runs and their --suite, or neither, got a b"),
        (("a", "b", "--suite", "starter"), 'sfteval plan: expected stored answers, got "a"'),
    ],
)
def test_mistakes_are_one_sentence(words, said):
    result = called(*words)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())


def test_a_stored_run_is_read_as_it_was_asked(tmp_path):
    from sfteval.cli.stored import as_asked

    (tmp_path / "run").mkdir()
    settings = {"samples": {"a": 8, "b": 8}, "limit": 60, "seed": 3}
    manifest = {"checkpoint": {"name": "x", "fingerprint": "f" * 64}, "settings": settings}
    (tmp_path / "run" / "run.json").write_text(json.dumps(manifest))
    assert as_asked(f"run:{tmp_path / 'run'}") == {"limit": 60, "seed": 3, "samples": 8}


@pytest.mark.parametrize("command", ["plan", "aa"])
def test_answers_made_elsewhere_are_a_pilot_and_material_too(command, tmp_path):
    from sfteval.suites import new_suite

    (tmp_path / "mine.jsonl").write_text(
        "".join(f'{{"id": "q{n}", "prompt": "p{n}", "target": "4"}}\n' for n in range(12))
    )
    new_suite(tmp_path / "mine.jsonl", tmp_path / "suite")
    toml = tmp_path / "suite" / "suite.toml"
    toml.write_text(toml.read_text().replace("gating = []", 'gating = ["accuracy"]'))
    sides = []
    for name in "ab":
        rows = [
            {"id": f"q{n}", "response": "4" if (n + k + (name == "a")) % 3 else "5"} for n in range(12) for k in (0, 1)
        ]
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
        sides.append(f"responses:{tmp_path / name}")
    more = ["--simulate", "20", "--drops", "0.5"] if command == "aa" else ["--samples", "1,2"]
    words = [command, *sides, "--suite", str(tmp_path / "suite"), *more, "--json"]
    result = CliRunner().invoke(cli, words, prog_name="sfteval")
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    assert len(found["rates"] if command == "aa" else found) in (3, 6)
