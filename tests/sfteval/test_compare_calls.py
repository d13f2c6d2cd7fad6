"""Where tool calls fail, A against B: an exact small table of layers, and rates with n that can be counted by hand."""

import random
from dataclasses import replace
from typing import Any

import pytest

from sfteval.compare import compare
from sfteval.compare.calls import compare_calls
from sfteval.compare.failures import STATES
from sfteval.types import CallComparison, CallRate, Outcome, Task
from tests.sfteval.calling import (
    BRACKET,
    CUT,
    LOST,
    PROSE,
    RIGHT,
    ROOM,
    ULM,
    UNCLOSED,
    asking,
    call,
    failing,
    run_calling,
)

ASKED = [("weather", ULM)]
NINE = asking(*[ASKED] * 8, [])  # the last needs no call
A = [RIGHT, RIGHT, RIGHT, RIGHT, BRACKET, PROSE, RIGHT, RIGHT, PROSE]
B = [
    RIGHT,
    BRACKET,
    UNCLOSED,
    call(arguments=ULM | {"days": "two"}),
    RIGHT,
    call("wether"),
    call(arguments=ULM | {"city": "Bonn"}),
    CUT,
    RIGHT,
]


def compared(a: list[Any], b: list[Any], of: Task = NINE) -> CallComparison:
    (found,) = compare(run_calling(of, a, "a"), run_calling(of, b, "b")).calls
    return found


def moves(task: CallComparison) -> dict[tuple[str, str], int]:
    """Return the flow without its zeros."""
    return {
        (a, b): count
        for a, row in zip(task.layers, task.flow, strict=True)
        for b, count in zip(task.layers, row, strict=True)
        if count
    }


def rates(task: CallComparison, kind: str = "answers") -> dict[Any, tuple[Any, ...]]:
    """Return for each rate: A, n of A, B, n of B."""
    return {
        (rate.rate if kind == "answers" else (rate.value, rate.rate)): (
            rate.baseline,
            rate.n_baseline,
            rate.candidate,
            rate.n_candidate,
        )
        for rate in task.rates
        if rate.kind == kind
    }


def one_rate(task: CallComparison, name: str) -> CallRate:
    (found,) = (rate for rate in task.rates if rate.kind == "answers" and rate.rate == name)
    return found


# -- the flow ----------------------------------------------------------------------------------------------------------


def test_what_became_of_each_answer_is_counted_by_its_first_failing_layer_on_both_sides():
    task = compared(A, B)
    assert (task.num_answers, task.num_missing, task.layers) == (9, 0, STATES)
    assert moves(task) == {
        ("passed", "passed"): 1,
        ("passed", "transport"): 1,
        ("passed", "envelope"): 1,
        ("passed", "json"): 1,
        ("passed", "schema"): 1,
        ("passed", "value"): 1,
        ("passed", "decision"): 1,
        ("json", "passed"): 1,
        ("decision", "name"): 1,
    }


def test_swapping_the_checkpoints_turns_the_table_over():
    assert compared(B, A).flow == tuple(zip(*compared(A, B).flow, strict=True))


def test_a_checkpoint_against_itself_stays_on_the_diagonal():
    task = compared(B, B)
    assert all(a == b for a, b in moves(task))
    assert sum(moves(task).values()) == 9
    assert {rate.difference for rate in task.rates} == {0.0}


def test_codes_are_counted_for_each_side_by_layer():
    assert [(one.layer, one.code, one.baseline, one.candidate) for one in compared(A, B).codes] == [
        ("transport", "truncated", 0, 1),
        ("envelope", "unclosed_tag", 0, 1),
        ("json", "json_invalid", 1, 1),
        ("name", "name_near_miss", 0, 1),
        ("schema", "wrong_type", 0, 1),
        ("value", "wrong_value", 0, 1),
        ("decision", "call_when_none_needed", 0, 1),
        ("decision", "no_call_when_needed", 1, 0),
    ]


def test_what_transport_lost_on_either_side_is_in_no_count():
    task = compared([LOST, *A[1:]], [B[0], LOST, *B[2:]])
    assert (task.num_answers, task.num_missing) == (7, 2)
    assert sum(map(sum, task.flow)) == 7
    assert one_rate(task, "attempt").n_baseline == 6


def test_any_scorer_that_names_a_layer_gets_the_flow_and_only_calls_get_rates():
    agents = Task("any", "agent", (), ("pass",))
    ok, late = {"failure_code": None}, {"failure_code": "state_mismatch", "layer": "trajectory", "first_error_turn": 3}
    task = compare_calls(agents, [failing(ok, late), failing(late, late)], 0)
    assert task is not None
    assert moves(task) == {("passed", "trajectory"): 1, ("trajectory", "trajectory"): 1}
    assert [(one.layer, one.what, one.value, one.baseline, one.candidate) for one in task.places] == [
        ("trajectory", "turn", "3", 1, 2)
    ]
    assert task.rates == ()


def test_a_scorer_that_names_no_failures_has_no_flow():
    assert compare_calls(Task("sums", "exact", (), ("accuracy",)), [failing({}, {})], 0) is None


def test_a_layer_that_is_none_of_ours_is_counted_as_another():
    odd = {"failure_code": "tired", "layer": "mood"}
    task = compare_calls(Task("any", "agent", (), ()), [failing({"failure_code": None}, odd)], 0)
    assert task is not None
    assert task.layers == (*STATES, "other")
    assert moves(task) == {("passed", "other"): 1}


def test_an_answer_that_was_cut_fails_in_transport_though_its_detail_names_no_failure():
    pair = failing({"failure_code": None}, {"failure_code": None}, (Outcome.OK, Outcome.TRUNCATED_ANSWER))
    task = compare_calls(Task("any", "json", (), ()), [pair], 0)
    assert task is not None
    assert moves(task) == {("passed", "transport"): 1}
    assert task.codes[0].code == "truncated_answer"


def test_where_in_the_call_it_breaks_is_counted_by_quarter_depth_and_length():
    late = call(arguments=ULM | {"note": "x" * 100}).replace("}}", "}")
    early = '<tool_call>\n{"name": weather, "arguments": ' + "[" + "1, " * 100 + "1]}\n</tool_call>"
    task = compared([late, RIGHT], [early, RIGHT], asking(ASKED, ASKED))
    assert [(one.layer, one.what, one.value, one.baseline, one.candidate) for one in task.places] == [
        ("json", "quarter", "1", 0, 1),
        ("json", "quarter", "4", 1, 0),
        ("json", "depth", "1", 1, 1),
        ("json", "length", "64 to 255", 1, 0),
        ("json", "length", "256 to 1,023", 0, 1),
    ]


# -- rates -------------------------------------------------------------------------------------------------------------


def test_rates_have_the_counts_that_can_be_made_by_hand():
    found = rates(compared(A, B))
    reached = ("attempt", "envelope", "parse", "known_name", "right_name", "schema", "schema_strict", "ast", "exact")
    assert [found[name] for name in reached] == [
        (7 / 8, 8, 8 / 8, 8),
        (7 / 8, 8, 6 / 8, 8),
        (6 / 8, 8, 5 / 8, 8),
        (6 / 8, 8, 4 / 8, 8),
        (6 / 8, 8, 4 / 8, 8),
        (6 / 8, 8, 3 / 8, 8),
        (6 / 8, 8, 3 / 8, 8),
        (6 / 8, 8, 2 / 8, 8),
        (6 / 8, 8, 2 / 8, 8),
    ]
    assert (found["under_call"], found["over_call"]) == ((1 / 8, 8, 0.0, 8), (0.0, 1, 1.0, 1))
    assert found["decision_f1"] == (14 / 15, 9, 16 / 17, 9)
    assert found["malformed"] == (1 / 7, 7, 3 / 9, 9)
    assert found["truncated"] == (0.0, 9, 1 / 9, 9)
    assert "server_differs" not in found  # nobody has a server's parse


def test_a_wrong_tool_that_was_offered_has_a_known_name():
    found = rates(compared([RIGHT], [call("book", ROOM)], asking(ASKED)))
    assert (found["known_name"][2], found["right_name"][2]) == (1.0, 0.0)


def test_a_call_within_the_thought_is_counted_though_the_answer_passes():
    found = rates(compared([RIGHT], [f"<think>So {RIGHT}?</think>{RIGHT}"], asking(ASKED)))
    assert (found["call_in_think"], found["exact"][2]) == ((0.0, 1, 1.0, 1), 1.0)


def test_a_float_for_an_integer_is_counted_of_the_attempts():
    found = rates(compared([RIGHT, PROSE], [call(arguments=ULM | {"days": 2.0}), PROSE], asking(ASKED, ASKED)))
    assert (found["int_as_float"], found["schema_strict"][2], found["exact"][2]) == ((0.0, 1, 1.0, 1), 0.0, 0.5)


def test_by_tool_the_expected_calls_are_counted_each_with_the_attempt_that_stands_for_it():
    both = [("weather", ULM), ("book", ROOM)]
    a, b = RIGHT + call("book", ROOM), call("book", ROOM | {"quiet": False}) + BRACKET
    found = rates(compared([a], [b], asking(both)), "tool")
    assert found["weather", "right"] == (1.0, 1, 0.0, 1)
    assert (found["weather", "parse"][2], found["book", "parse"][2]) == (0.0, 1.0)
    assert [found["book", rate][2] for rate in ("right_name", "schema", "right")] == [1.0, 1.0, 0.0]


def test_two_expected_calls_of_one_tool_in_one_answer_count_twice():
    twice = [("weather", ULM), ("weather", ULM | {"city": "Bonn"})]
    found = rates(compared([RIGHT + call(arguments=ULM | {"city": "Bonn"})], [RIGHT], asking(twice)), "tool")
    assert found["weather", "right"] == (1.0, 2, 0.5, 2)


def test_by_type_the_arguments_of_calls_to_the_right_tool_are_counted():
    wrong = {"guests": ["Bo"], "room": {"beds": 3}, "quiet": True, "price": 1}
    texts = [call("book", wrong), call(arguments=ULM | {"days": "two", "unit": "f"}), BRACKET]
    of = asking([("book", ROOM)], ASKED, ASKED)
    found = rates(compared([call("book", ROOM), RIGHT, RIGHT], texts, of), "type")
    assert found == {
        ("string", "right"): (1.0, 2, 1.0, 1),
        ("integer", "right"): (1.0, 2, 0.0, 1),
        ("number", "right"): (1.0, 1, 0.0, 1),
        ("boolean", "right"): (1.0, 1, 1.0, 1),
        ("array", "right"): (1.0, 1, 0.0, 1),
        ("object", "right"): (1.0, 1, 0.0, 1),
        ("enum", "right"): (1.0, 2, 0.0, 1),
    }


def test_by_turn_answers_are_counted_where_conversations_have_more_than_one():
    of = asking(ASKED, ASKED, ASKED, turns=(1, 2, 2))
    assert rates(compared([RIGHT] * 3, [RIGHT, RIGHT, PROSE], of), "turn") == {
        ("1", "right"): (1.0, 1, 1.0, 1),
        ("2", "right"): (1.0, 2, 0.5, 2),
    }
    assert rates(compared([RIGHT] * 3, [RIGHT] * 3, asking(ASKED, ASKED, ASKED)), "turn") == {}


def test_answers_to_one_prompt_are_averaged_first_and_make_one_cluster():
    found = one_rate(compared([RIGHT] * 4, [RIGHT, PROSE, PROSE, PROSE], asking(ASKED)), "exact")
    assert (found.candidate, found.n_candidate, found.num_clusters) == (0.25, 4, 1)


def test_a_rate_of_few_prompts_has_no_interval_and_says_why():
    found = one_rate(compared([RIGHT] * 5, [PROSE] * 5, asking(*[ASKED] * 5)), "exact")
    assert (found.difference, found.ci_low, found.ci_high) == (-1.0, None, None)
    assert found.method == "none: 5 independent prompts, at least 6 needed"


def test_a_rate_that_one_side_has_nothing_of_has_no_difference():
    found = one_rate(compared([PROSE] * 8, [BRACKET] * 8, asking(*[ASKED] * 8)), "malformed")
    assert (found.baseline, found.candidate, found.difference, found.ci_low) == (None, 1.0, None, None)


def test_a_rate_over_all_answers_has_the_interval_of_the_scoreboard():
    of = asking(*[ASKED] * 30)
    a, b = [RIGHT] * 20 + [PROSE] * 10, [RIGHT] * 12 + [PROSE] * 18
    whole = compare(run_calling(of, a, "a"), run_calling(of, b, "b"))
    (row,) = (row for row in whole.metrics if row.metric == "exact")
    found = one_rate(whole.calls[0], "exact")
    assert (found.ci_low, found.ci_high, found.method) == (row.ci_low, row.ci_high, row.method)


def test_swapping_the_checkpoints_mirrors_every_rate():
    draw = random.Random(0)
    texts = [RIGHT, BRACKET, UNCLOSED, PROSE, call("book", ROOM), call(arguments=ULM | {"days": 9}), CUT]
    of = asking(*[ASKED] * 20, *[[("book", ROOM)]] * 10, *[[]] * 6)
    a, b = ([draw.choice(texts) for _ in of.samples] for _ in range(2))
    ones, twos = compared(a, b, of).rates, compared(b, a, of).rates
    others = {(rate.kind, rate.value, rate.rate): rate for rate in twos}
    assert len(ones) == len(twos) > 20
    for rate in ones:
        other = others[rate.kind, rate.value, rate.rate]
        assert (rate.baseline, rate.n_baseline) == (other.candidate, other.n_candidate)
        assert rate.difference == (None if other.difference is None else pytest.approx(-other.difference, abs=1e-12))
        assert rate.ci_low == (None if other.ci_high is None else pytest.approx(-other.ci_high, abs=1e-12))


def test_stems_are_the_clusters_of_a_rate():
    of = asking(*[ASKED] * 12)
    shared = replace(of, samples=tuple(replace(s, cluster=f"c{i // 2}") for i, s in enumerate(of.samples)))
    assert one_rate(compared([RIGHT] * 12, [PROSE] * 12, shared), "exact").num_clusters == 6


def test_only_the_tools_that_are_expected_most_are_kept():
    tools = tuple({"name": f"t{i}", "parameters": {"properties": {}}} for i in range(50))
    of = asking(*[[("weather", ULM)]] * 51)
    samples = tuple(
        replace(s, tools=tools, target={"calls": [{"name": f"t{min(i, 49)}", "arguments": {}}]})
        for i, s in enumerate(of.samples)
    )
    task = compared([PROSE] * 51, [PROSE] * 51, replace(of, samples=samples))
    kept = {rate.value for rate in task.rates if rate.kind == "tool"}
    assert (len(kept), "t49" in kept, task.num_tools) == (40, True, 50)
