"""`--dry-run` of compare and gate: what would be asked, of whom, for how much at most; and nobody is asked."""

import json

import pytest
from click.testing import CliRunner

from sfteval.cli import cli
from sfteval.suites import load_suite

NUM = 3


@pytest.fixture
def sides(tmp_path):
    rows = [{"id": sample.id, "response": "Well."} for sample in load_suite("helpfulness").tasks[0].samples[:NUM]]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return f"responses:{tmp_path / 'a.jsonl'}"


def called(command, *words):
    return CliRunner().invoke(cli, [command, *words, "--suite", "helpfulness", "--limit", str(NUM), "--dry-run"])


def foretold(*words):
    found = called("compare", *words, "--json")
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def test_calls_tokens_and_money_are_told_before_anybody_is_asked(sides, served):
    told = foretold(
        sides, f"{served.url}#toy", "--judge", f"{served.url}#toy", "--price", "1,2", "--judge-price", "10,20"
    )
    stored, asked, judge = told["asked"]
    assert (stored["role"], stored["num_calls"], stored["money"]) == ("A", 0, 0.0)
    assert (asked["role"], asked["num_calls"], asked["num_tokens"]) == ("B", NUM, NUM * 2048)
    assert asked["money"] == pytest.approx((asked["num_prompt_tokens"] + 2 * asked["num_tokens"]) / 1e6)
    assert (judge["name"], judge["num_pairs"], judge["num_calls"]) == ("toy on helpfulness", NUM, 2 * NUM)
    assert (judge["most_calls"], judge["num_tokens"]) == (3 * 2 * NUM, 2 * NUM * 1024)
    assert judge["num_prompt_tokens"] > 4 * NUM * 2048  # both answers in both orders, as long as they may be
    assert judge["money"] == pytest.approx((10 * judge["num_prompt_tokens"] + 20 * judge["num_tokens"]) / 1e6)
    assert told["total"]["num_calls"] == NUM + 2 * NUM
    assert told["total"]["money"] == pytest.approx(asked["money"] + judge["money"])
    assert served.questions == served.seen.probes == []


def test_a_rubric_that_reads_single_answers_sees_each_once(sides, served):
    pairwise, pointwise = (
        foretold(sides, sides, "--judge", f"{served.url}#toy", "--judge-rubric", f"helpfulness={rubric}")["asked"][-1]
        for rubric in ("helpfulness", "helpfulness_points")
    )
    assert pointwise["num_calls"] == pairwise["num_calls"] == 2 * NUM
    assert pairwise["num_prompt_tokens"] - pointwise["num_prompt_tokens"] > 1.8 * NUM * 2048
    assert pointwise["money"] is None


def test_the_table_holds_a_row_for_everyone_and_their_sum(sides, served):
    found = called("compare", sides, f"{served.url}#toy", "--judge", f"{served.url}#toy", "--judge-price", "1,1")
    assert found.exit_code == 0, found.output
    rows = found.output.splitlines()
    assert [row.split()[0] for row in rows[1:5]] == ["A", "B", "judge", "in"]
    assert "at most 21 calls" in found.output  # three to the checkpoint, six to the judge, each of these three times


def test_a_gate_has_the_same_and_no_verdict(sides, served):
    found = called("gate", sides, f"{served.url}#toy", "--on-inconclusive", "fail")
    assert found.exit_code == 0, found.output
    assert found.output.splitlines()[1].startswith("A")
    assert served.questions == []


def test_several_seeds_are_asked_each(sides, served):
    told = foretold(f"{served.url}#a,{served.url}#b", sides)
    assert [line["role"] for line in told["asked"]] == ["A", "A", "B"]
    assert told["total"]["num_calls"] == 2 * NUM


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--judge", "{judge}", "--judge", "{judge}"], "--judge: expected each judge once, got toy 2 times"),
        (
            ["--judge", "{judge}", "--judge-rubric", "helpfulness=helpfulness,reference"],
            "task helpfulness, rubric: expected at most one rubric of each form, got 2 pairwise ones",
        ),
        (["--judge-gold", "x.jsonl"], "--judge-gold: expected a judge beside it, got none"),
        (["--judge", "{judge}", "--judge-gold", "x.jsonl"], "x.jsonl: expected a file of labelled pairs"),
        (["--judge", "{judge}", "--judge-price", "cheap"], "expected two amounts"),
    ],
)
def test_what_the_comparison_would_refuse_is_refused_here_too(sides, served, words, said):
    found = called("compare", sides, sides, *(word.format(judge=f"{served.url}#toy") for word in words))
    assert found.exit_code == 2
    assert said in found.output
