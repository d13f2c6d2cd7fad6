"""What each section of the page says: verdict, scoreboard, pictures, budgets, judges, price."""

from dataclasses import replace

from sfteval.types import Guard, Verdict
from tests.sfteval.report.example import CALLS, comparison, curve, everything, metric, small, thinking
from tests.sfteval.report.test_html import page


def test_a_long_warning_is_folded_behind_its_beginning() -> None:
    long = "reasoning: 217 prompts are left out " + ", ".join(f"r{number}" for number in range(217))
    read = page(comparison(warnings=("A short one.", long)))
    begins = [text for tag, text in read.texts if tag == "summary" and text.startswith("reasoning: 217")]
    assert len(begins) == 1
    assert begins[0].endswith(" …")
    assert len(begins[0]) < 210
    assert long in [text for tag, text in read.texts if tag == "details"]
    assert ("li", "A short one.") in read.texts


def test_what_was_not_asked_at_all_is_said() -> None:
    text = page(small()).text()
    assert "What was skipped (2)" in text
    assert "overfitting probes: none was asked" in text
    assert "judges: none was heard" in text


def test_a_comparison_of_recipes_is_not_said_to_be_one_of_checkpoints() -> None:
    seeds = {
        "baseline": [{"name": "s0"}, {"name": "s1"}],
        "candidate": [{"name": "t0"}, {"name": "t1"}],
        "metrics": [{"task": "reasoning", "metric": "exact", "baseline": [0.4, 0.42], "candidate": [0.95, 0.97]}],
    }
    world = comparison(reproduce={"scope": "Two recipes are compared.", "seeds": seeds})
    text = page(world).text()
    assert "Two recipes are compared." in text
    assert "another training seed" not in text
    for cell in ("s0, s1", "reasoning exact", "0.950, 0.970"):
        assert cell in text


def test_a_metric_that_decides_shows_its_adjusted_p() -> None:
    cells = [text for tag, text in page(comparison(metrics=(metric(p_adjusted=0.0213),))).texts if tag == "span"]
    assert "worse: .021" in cells
    assert (
        "worse: " not in page(comparison(metrics=(metric(p_adjusted=None),))).text().split("Where?")[0].split("p is")[0]
    )


def test_a_golden_sample_that_was_lost_stands_with_the_verdict_and_links_to_itself() -> None:
    read = page(thinking())
    text = read.text()
    assert "Golden samples: 1 of 2 kept." in text
    assert "reasoning r2 was right and is wrong now." in text
    assert "#reasoning%2Fr2" in [attributes.get("href") for tag, attributes in read.tags if tag == "a"]


def test_a_golden_sample_without_its_text_has_no_link() -> None:
    guards = (Guard("golden", "reasoning", "r2", Verdict.REGRESS, "It was right and is wrong now."),)
    links = [attributes.get("href") for tag, attributes in page(comparison(guards=guards)).tags if tag == "a"]
    assert not [link for link in links if "r2" in str(link)]


def test_the_sections_come_in_the_order_of_the_questions_and_the_contents_name_them() -> None:
    read = page(everything())
    links = [str(attributes["href"])[1:] for tag, attributes in read.tags if tag == "a" and "%" not in str(attributes)]
    places = [attributes["id"] for tag, attributes in read.tags if tag == "section" and "id" in attributes]
    assert links == places == [
        "scoreboard", "slices", "calls", "instructions", "budgets", "judge", "samples", "price", "reproduce"
    ]  # fmt: skip
    titles = [text for tag, text in read.texts if tag == "h2"]
    assert [text for tag, text in read.texts if tag == "a"][1:] == titles


def test_a_task_of_which_both_sides_pass_every_answer_is_folded() -> None:
    size = len(CALLS.layers)
    flawless = replace(
        CALLS, num_missing=0, flow=((CALLS.num_answers,) + (0,) * (size - 1), *((0,) * size,) * (size - 1))
    )
    assert "Its picture and rates" in page(comparison(calls=(flawless,))).text()
    assert "Its picture and rates" not in page(comparison(calls=(CALLS,))).text()


def test_a_budget_at_which_thinking_pays_is_said_and_drawn() -> None:
    read = page(thinking())
    text = read.text()
    assert "B is ahead from 21 tokens an answer on, A below that." in text
    assert "Half of the answers take at most 5 tokens in A and 26 in B." in text
    labels = [str(attributes.get("aria-label")) for tag, attributes in read.tags if tag == "svg"]
    assert any("reasoning exact by token budget. 3 tokens: A 0.000, B 0.000; 4 tokens: A 0.100" in a for a in labels)


def test_lengths_and_cut_answers_stand_below_the_curve() -> None:
    cells = [text for tag, text in page(thinking(budgets=(curve(),))).texts if tag == "td"]
    for cell in ("5 (4 to 6)", "26 (14 to 42)", "22 (10 to 38)", "299 of 300", "3 of 300"):
        assert cell in cells


def test_tasks_whose_metric_does_not_decide_are_folded() -> None:
    text = page(thinking()).text()
    assert "Other tasks (1)" in text
    assert "Other tasks" not in page(thinking(budgets=(curve(),))).text()


def test_a_judge_shows_its_standing_and_folds_its_lock() -> None:
    text = page(thinking()).text()
    for shown in ("small-judge", "trusted: its lock is valid", "Its lock", "0.71 [0.60, 0.81]", "0.590"):
        assert shown in text
