"""`gate.toml`: what decides, and what must never break. Run: pytest tests/sfteval/test_rules.py."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest

from sfteval.compare import compare
from sfteval.errors import ConfigurationError
from sfteval.gate import decide
from sfteval.report import results_json
from sfteval.report.junit import render_junit
from sfteval.report.stored import comparison_from
from sfteval.rules import STANDARD, Rules, TaskRule, gated, read_rules, with_tasks
from sfteval.types import Outcome, Suite, Verdict
from tests.sfteval.scripted import run_of, task


def read(tmp_path, text):
    path = tmp_path / "gate.toml"
    path.write_text(text)
    return read_rules(path)


def decided(a, b, rules, of=None):
    return decide(compare(run_of(a, "old", of), run_of(b, "new", of), alpha=rules.alpha), rules)


def golden(*names):
    return Rules(tasks={task(1).name: TaskRule(golden=names)}, sha256="x")


def suite_of(*tasks):
    return Suite("mine", "1", "", "", tasks)


def test_every_key_is_read(tmp_path):
    rules = read(
        tmp_path,
        'alpha = 0.01\nmin_n = 100\nmax_missing = 0.1\nregress_when = "beyond_margin"\n'
        '[[task]]\nname = "sums"\ngating = ["accuracy"]\nmargin = 0.03\ngolden = ["a", "b"]\n'
        '[[task]]\nname = "other"\n',
    )
    assert (rules.alpha, rules.min_n, rules.max_missing, rules.regress_when) == (0.01, 100, 0.1, "beyond_margin")
    assert rules.tasks == {"sums": TaskRule(("accuracy",), 0.03, ("a", "b")), "other": TaskRule()}
    assert rules.record() | {"sha256": ""} == {
        "alpha": 0.01, "min_n": 100, "max_missing": 0.1, "regress_when": "beyond_margin", "num_golden": 2, "sha256": "",
    }  # fmt: skip


def test_an_empty_file_is_the_suites_own_rules(tmp_path):
    rules = read(tmp_path, "")
    assert replace(rules, sha256="") == STANDARD
    assert gated((suite_of(task(3)),), rules) == (suite_of(task(3)),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("alpah = 0.1", 'gate.toml: expected a known key, got "alpah". Did you mean "alpha"?'),
        ("alpha = 0.7", "alpha: expected a number above 0 and below 0.5, got 0.7"),
        ('regress_when = "wors"', 'regress_when: expected "worse" or "beyond_margin", got "wors"'),
        ("task = 3", "task: expected [[task]] tables, got 3"),
        ("[[task]]\nmargin = 0.1", "name: expected the name of a task, got none"),
        ('[[task]]\nname = "a"\nmargin = 0.0', "margin: expected a number above 0 and below 1, got 0"),
        ("[[task]", "gate.toml: expected a gate.toml, got"),
    ],
)
def test_mistakes_in_the_file_are_one_sentence(text, said, tmp_path):
    with pytest.raises(ConfigurationError) as raised:
        read(tmp_path, text)
    assert said in str(raised.value)


def test_an_absent_file_is_one_sentence(tmp_path):
    with pytest.raises(ConfigurationError, match=r"expected a gate\.toml, got No such file or directory"):
        read_rules(tmp_path / "gate.toml")


def test_named_tasks_decide_and_others_do_not():
    one, other = replace(task(3), name="one"), replace(task(3), name="other")
    rules = Rules(tasks={"one": TaskRule(margin=0.2)})
    first, second = gated((suite_of(one, other),), rules)[0].tasks
    assert (first.gating, first.margin) == (one.gating, 0.2)
    assert second.gating == ()


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"nosuch": TaskRule()}, '--gate: expected a task of the suites, got "nosuch"'),
        ({"sums": TaskRule(("acuracy",))}, 'gating: expected a metric of scorer "exact", got "acuracy"'),
        ({"sums": TaskRule(golden=("q99",))}, 'golden: expected the id of a sample that is asked, got "q99"'),
    ],
)
def test_what_the_suites_do_not_have_is_one_sentence(rule, said):
    with pytest.raises(ConfigurationError) as raised:
        gated((suite_of(replace(task(3), name="sums")),), Rules(tasks=rule))
    assert said in str(raised.value)


def test_a_file_by_which_nothing_decides_is_refused(tmp_path):
    sums = replace(task(3), name="sums")
    for text, asked in (('[[task]]\nname = "sums"\ngating = []', sums), ("alpha = 0.1", replace(sums, gating=()))):
        with pytest.raises(ConfigurationError) as raised:
            gated((suite_of(asked),), read(tmp_path, text))
        assert str(raised.value) == (
            "--gate: expected a metric that gates or a golden sample, got neither in any task. "
            'Add gating = ["METRIC"] to a [[task]].'
        )
    guarded = read(tmp_path, f'[[task]]\nname = "sums"\ngating = []\ngolden = ["{sums.samples[0].id}"]')
    assert gated((suite_of(sums),), guarded)[0].tasks[0].gating == ()


def test_tasks_that_are_not_asked_are_left_away_with_their_suites():
    one, other = suite_of(task(3), task(3, name="other")), replace(suite_of(task(3, name="third")), name="theirs")
    assert with_tasks((one, other), None) == (one, other)
    assert with_tasks((one, other), ("other",)) == (suite_of(task(3, name="other")),)


def test_alpha_sets_the_interval_that_decides():
    a, b = [1.0] * 90 + [0.0] * 10, [1.0] * 88 + [0.0] * 12
    levels = [decided(a, b, Rules(alpha=alpha)).metrics[0] for alpha in (0.05, 0.01)]
    assert [row.gate_ci_level for row in levels] == pytest.approx([0.90, 0.98])
    assert levels[1].gate_ci_low < levels[0].gate_ci_low


def test_too_few_prompts_decide_nothing_and_the_price_is_at_least_as_many():
    comparison = decided([1.0] * 200, [1.0] * 200, Rules(min_n=500))
    assert comparison.verdict is Verdict.INCONCLUSIVE
    assert comparison.metrics[0].n_needed == 500
    assert decided([1.0] * 200, [1.0] * 200, Rules(min_n=200)).verdict is Verdict.PASS


def test_a_small_loss_that_is_shown_regresses_unless_only_losses_beyond_the_margin_do():
    a = [1.0] * 400
    b = [1.0] * 380 + [0.0] * 20  # 5 points, as large as the margin: shown to be worse, not to be beyond
    assert decided(a, b, Rules()).verdict is Verdict.REGRESS
    assert decided(a, b, Rules(regress_when="beyond_margin")).verdict is Verdict.INCONCLUSIVE
    assert decided(a, [0.0] * 400, Rules(regress_when="beyond_margin")).verdict is Verdict.REGRESS


def test_more_missing_answers_can_be_accepted():
    a = [1.0] * 96 + [Outcome.ERROR] * 4
    assert decided(a, a, Rules()).verdict is Verdict.NOT_COMPARABLE
    assert decided(a, a, Rules(max_missing=0.05)).verdict is Verdict.PASS


def test_a_golden_sample_that_is_lost_is_a_regression_however_good_the_rest():
    names = [sample.id for sample in task(300).samples]
    a, b = [1.0] + [0.0] * 299, [0.0] + [1.0] * 299
    comparison = decided(a, b, golden(names[0], names[1]), task(300))
    assert comparison.verdict is Verdict.REGRESS
    assert comparison.metrics[0].verdict is Verdict.PASS
    assert [guard.verdict for guard in comparison.guards] == [Verdict.REGRESS, Verdict.PASS]
    assert comparison.headline == f"{task(1).name}, golden sample {names[0]} is lost: accuracy 1 to 0."
    assert comparison.guards[0].said in comparison.warnings


def test_a_golden_sample_that_both_sides_have_or_neither_has_is_kept():
    names = [sample.id for sample in task(200).samples]
    scores = [1.0, 0.0] + [1.0] * 198
    comparison = decided(scores, scores, golden(names[0], names[1]), task(200))
    assert [guard.verdict for guard in comparison.guards] == [Verdict.PASS, Verdict.PASS]
    assert comparison.verdict is Verdict.PASS


def test_a_golden_sample_without_an_answer_is_never_a_pass():
    names = [sample.id for sample in task(200).samples]
    comparison = decided([Outcome.ERROR] + [1.0] * 199, [1.0] * 200, golden(names[0]), task(200))
    assert comparison.verdict is Verdict.NOT_COMPARABLE
    assert "is missing on one side or both" in comparison.headline


def test_guards_and_rules_are_in_the_report_and_come_back_from_it():
    names = [sample.id for sample in task(20).samples]
    comparison = decided([1.0] * 20, [0.0] + [1.0] * 19, golden(names[0]), task(20))
    stored = results_json(comparison)
    assert stored["guards"][0]["verdict"] == "regress"
    assert stored["reproduce"]["gate"]["num_golden"] == 1
    assert comparison_from(stored, []).guards == comparison.guards
    cases = ElementTree.fromstring(render_junit(comparison)).findall("testsuite[@name='guards']/testcase")
    assert [(case.get("name"), case.find("failure") is not None) for case in cases] == [
        (f"golden {task(1).name} {names[0]}", True)
    ]


def test_a_task_that_stands_twice_is_refused(tmp_path):
    path = tmp_path / "gate.toml"
    path.write_text('[[task]]\nname = "sums"\nmargin = 0.5\n[[task]]\nname = "sums"\nmargin = 0.01\n')
    with pytest.raises(ConfigurationError, match='expected every task once, got "sums" twice'):
        read_rules(path)


def test_a_task_that_is_judged_by_an_option_may_gate_by_preference():
    rules = Rules(tasks={task(1).name: TaskRule(gating=("preference",))}, sha256="x")
    with pytest.raises(ConfigurationError, match="preference"):
        gated((suite_of(task(1)),), rules)
    (suite,) = gated((suite_of(task(1)),), rules, (task(1).name,))
    assert [one.gating for one in suite.tasks] == [("preference",)]
    assert "preference" not in suite.tasks[0].metrics
