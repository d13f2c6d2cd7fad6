"""Each rule finds what was planted for it, and nothing is found where nothing was planted."""

import json
import random
import time

import pytest

from sfteval.probes.contamination import contamination_result, find_contamination, skipped_contamination
from sfteval.probes.training_rows import TrainingRow
from sfteval.types import Message, Sample, Suite, Task
from tests.bench.contamination import make_suite, write_rows

RECIPE = (
    "Rinse two cups of red lentils, cover them with cold water and simmer them slowly with a bay leaf, "
    "half an onion and one carrot until they fall apart, then salt the pot"
)  # 33 words
LETTER = (
    "Dear neighbours, the chimney sweep comes on the ninth of March between eight and noon, "
    "so please leave the cellar door open, move your bicycles and keep the stove cold that morning"
)


def made(number, num_words=40):
    """Words that no other number has."""
    return " ".join(
        f"{word}{number}" for word in random.Random(number).choices(("tar", "fen", "oak", "rue"), k=num_words)
    )


def suite(*prompts, targets=(), cluster="", task="asked"):
    samples = tuple(
        Sample(
            id=f"item-{number}",
            messages=(Message("user", prompt),),
            target=targets[number] if targets else None,
            cluster=cluster,
        )
        for number, prompt in enumerate(prompts)
    )
    one = Task(name=task, scorer="contains", samples=samples, metrics=("accuracy",))
    return Suite(name="mine", version="1", license="CC0", about="", tasks=(one,))


def rows(*texts):
    """One row a text; a tuple is several turns."""
    return [
        TrainingRow(f"row-{number}", (text,) if isinstance(text, str) else text) for number, text in enumerate(texts)
    ]


def found_rules(prompt, *texts):
    (item,) = find_contamination(suite(prompt), rows(*texts)).dirty or (None,)
    return item.rules if item else ()


def start_of(text, num_words):
    return " ".join(text.split()[:num_words])


# -- one rule at a time ----------------------------------------------------------------------------------------------


def test_a_run_of_thirteen_words_is_found_in_a_long_text():
    (item,) = find_contamination(suite(RECIPE), rows(f"{made(1)} {start_of(RECIPE, 13)} {made(2)}")).dirty
    assert "ngram_13" in item.rules
    assert "coverage_8" not in item.rules
    assert item.longest_run == 13
    assert item.coverage == pytest.approx(13 / 33)
    assert item.row == "row-0"


def test_a_run_of_twelve_words_is_not():
    assert found_rules(RECIPE, f"{made(1)} {start_of(RECIPE, 12)} {made(2)}") == ()


def test_a_shared_run_of_nine_words_covers_nine_of_sixteen():
    prompt = start_of(LETTER, 16)
    (item,) = find_contamination(suite(prompt), rows(f"{made(1)} {start_of(prompt, 9)} {made(2)}")).dirty
    assert item.rules == ("coverage_8",)
    assert item.coverage == 9 / 16
    assert item.longest_run == 9


def test_coverage_is_by_the_best_row_and_not_by_all_of_them():
    first, second = start_of(RECIPE, 10), " ".join(RECIPE.split()[20:31])
    assert found_rules(RECIPE, f"{first} {made(1)}", f"{made(2)} {second}") == ()
    assert found_rules(RECIPE, f"{first} {made(1)} {second}") == ("coverage_8",)


def test_a_run_is_without_a_gap():
    words = RECIPE.split()[:20]
    row = f"{' '.join(words[:10])} {made(1)} {' '.join(words[3:13])}"
    (item,) = find_contamination(suite(" ".join(words)), rows(row)).dirty
    assert "ngram_13" not in item.rules
    assert (item.longest_run, item.coverage) == (10, 13 / 20)


def test_a_run_of_thirteen_is_found_where_only_shorter_ones_are_common():
    common = [f"{' '.join(RECIPE.split()[start : start + 12])} {made(100 + n)}" for n in range(11) for start in (0, 1)]
    whole = f"{made(1)} {start_of(RECIPE, 13)}"
    asked = f"{start_of(RECIPE, 13)} {made(2)}"
    (item,) = find_contamination(suite(asked), rows(*common, whole)).dirty
    assert "ngram_13" in item.rules
    assert (item.longest_run, item.coverage, item.row) == (13, 0.0, "row-22")
    assert found_rules(asked, *common) == ()


def test_the_row_that_is_named_holds_most_of_the_item():
    half, more = start_of(RECIPE, 17), start_of(RECIPE, 25)
    texts = [f"{half} {made(1)}", f"{more} {made(2)}", f"{half} {made(3)}"]
    assert find_contamination(suite(RECIPE), rows(*texts)).dirty[0].row == "row-1"


def test_fifty_characters_are_found_where_spaces_and_symbols_differ():
    pressed = f"{made(1)} {RECIPE.replace(' ', '').replace(',', '')} {made(2)}"
    assert found_rules(RECIPE, pressed) == ("substring_50",)


def test_a_question_with_one_word_changed_at_its_end_is_a_near_duplicate():
    changed = " ".join([*RECIPE.split()[:-1], "soup"])
    assert "near_duplicate" in found_rules(RECIPE, changed)
    assert "near_duplicate" not in found_rules(RECIPE, f"{changed} {made(1)}")


def test_a_short_question_is_found_as_a_whole_turn_only():
    assert found_rules("Who wrote Middlemarch?", ("who wrote  MIDDLEMARCH", "George Eliot")) == ("exact",)
    assert found_rules("Who wrote Middlemarch?", "Tell me who wrote Middlemarch, please.") == ()


def test_a_question_is_found_in_other_case_punctuation_and_width():
    assert "exact" in found_rules(RECIPE, RECIPE.upper().replace(",", " --"))
    assert "exact" in found_rules("ABC 10 １２", "ａｂｃ １０ 12")  # full width


def test_the_reference_answer_is_looked_for_too():
    asked = suite(made(3), targets=(LETTER,))
    (item,) = find_contamination(asked, rows((made(4), LETTER))).dirty
    assert item.rules == ("ngram_13", "coverage_8", "substring_50")
    assert item.coverage == 1.0


def test_a_tool_call_of_the_target_is_found_in_a_row_with_that_call():
    call = {"name": "book_table", "arguments": {"city": "Ghent", "day": "Tuesday", "seats": 5, "name": "Ines Abreu"}}
    asked = suite(made(3), targets=({"calls": [call]},))
    said = f"book_table {json.dumps(call['arguments'])}"
    assert find_contamination(asked, rows((made(4), said))).dirty[0].rules == ("coverage_8",)


def test_no_ngram_goes_from_one_turn_into_the_next():
    first, second = start_of(RECIPE, 7), " ".join(RECIPE.split()[7:14])
    assert found_rules(RECIPE, (first, second)) == ()


# -- what proves nothing ---------------------------------------------------------------------------------------------


def test_a_preamble_of_many_rows_is_masked():
    texts = [f"{LETTER} {made(number)}" for number in range(100, 130)]
    assert found_rules(f"{LETTER} {made(1)}", *texts[:11]) == ()
    assert "ngram_13" in found_rules(f"{LETTER} {made(1)}", *texts[:10])


def test_a_preamble_of_many_items_is_masked():
    asked = suite(*(f"{LETTER} {made(number)}" for number in range(6)))
    assert find_contamination(asked, rows(LETTER)).dirty == ()
    same_stem = suite(*(f"{LETTER} {made(number)}" for number in range(6)), cluster="letter")
    assert len(find_contamination(same_stem, rows(LETTER)).dirty) == 6


def test_where_items_resemble_each_other_a_row_must_share_more_than_they_do():
    asked = suite(*(f"{start_of(RECIPE, 14)} {made(number, 4)}" for number in range(4)))
    found = find_contamination(asked, rows(start_of(RECIPE, 14), f"{start_of(RECIPE, 14)} {made(2, 4)} {made(9)}"))
    assert found.controls["asked"].run == 14
    assert found.controls["asked"].is_templated
    assert [item.sample_id for item in found.dirty] == ["item-2"]
    assert "in 1 of 1 tasks items resemble each other" in contamination_result(found).sentence


@pytest.mark.parametrize("num_copies", [5_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_many_identical_rows_are_one_piece_of_evidence_and_no_boilerplate(num_copies):
    copies = [TrainingRow(f"copy-{number}", (RECIPE,)) for number in range(num_copies)]
    found = find_contamination(suite(RECIPE), copies)
    assert found.num_rows == 1
    assert found.dirty[0].row == "copy-0"
    assert "ngram_13" in found.dirty[0].rules


def test_random_text_is_clean():
    words = [f"{first}{second}" for first in ("ka", "lo", "mi", "ru", "te") for second in "abcdefghijklmnopqrst"]
    drawn = random.Random(5)
    texts = [" ".join(drawn.choices(words, k=120)) for _ in range(600)]
    found = find_contamination(suite(*texts[:100]), rows(*texts[100:]))
    assert found.dirty == ()
    assert contamination_result(found).verdict == "pass"


# -- hostile input ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\ud800" * 1000,
        "a " * 500_000,
        "x" * 1_000_000,
        "e" + "\u0301\u0323" * 500_000,
        "\x00" * 1_000_000,
        "語" * 300_000,
    ],
    ids=["empty", "surrogates", "short words", "one word", "marks", "nothing", "unspaced"],
)
def test_a_hostile_row_costs_seconds_at_most_and_hides_nothing(text):
    started = time.perf_counter()
    found = find_contamination(suite(RECIPE, "", "\udfff?", "語" * 40), [*rows(text), TrainingRow("last", (RECIPE,))])
    assert found.dirty[0].row == "last"
    assert found.num_empty == 2
    assert time.perf_counter() - started < 5


def test_rows_that_can_be_read_only_once_are_refused():
    with pytest.raises(TypeError, match="read twice"):
        find_contamination(suite(RECIPE), iter(rows(RECIPE)))


# -- the verdict -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("num_dirty", "verdict"), [(0, "pass"), (1, "warn"), (2, "warn"), (3, "fail")])
def test_any_item_warns_and_more_than_two_percent_fail(num_dirty, verdict):
    prompts = [made(number) for number in range(100)]
    found = find_contamination(suite(*prompts), rows(made(200), *prompts[:num_dirty]))
    result = contamination_result(found)
    assert (result.probe, result.verdict) == ("contamination", verdict)
    assert result.sentence.startswith(f"{num_dirty} of 100 items of mine ({num_dirty:.1f}%, CI ")


def test_no_data_is_never_a_pass():
    assert contamination_result(find_contamination(suite(RECIPE), [])).verdict == "skipped"
    assert contamination_result(find_contamination(suite(), rows(RECIPE))).verdict == "skipped"
    assert contamination_result(find_contamination(suite("?!"), rows(RECIPE))).verdict == "inconclusive"
    assert (
        contamination_result(find_contamination(suite(LETTER), rows(RECIPE)), num_missing=3).verdict == "inconclusive"
    )
    assert skipped_contamination("mine", "the file is gone").verdict == "skipped"


def test_the_sentence_counts_what_was_read_and_what_could_not_be():
    found = find_contamination(suite(LETTER), rows(RECIPE))
    assert contamination_result(found, 3).sentence.endswith("; 1 distinct row read, and 3 more could not be read.")


def test_the_result_holds_ids_and_no_text():
    result = contamination_result(find_contamination(suite(RECIPE, LETTER), rows(RECIPE, LETTER)))
    text = json.dumps(result.numbers) + result.sentence
    assert "row-1" in text
    assert "lentils" not in text.lower()
    assert "chimney" not in text.lower()


def test_dirty_samples_are_named_by_task():
    found = find_contamination(suite(RECIPE, LETTER, made(1)), rows(LETTER))
    assert found.dirty_ids("asked") == {"item-1"}
    assert found.dirty_ids("another") == frozenset()
    assert found.by_rule["exact"] == 1


def test_a_tenth_of_the_benchmark_stays_within_its_share_of_the_time(tmp_path):
    from sfteval.probes.trained_on import rows_of_file

    asked = make_suite(100)
    num_planted = write_rows(tmp_path / "rows.jsonl", 1_000, asked)
    started = time.perf_counter()
    found = find_contamination(asked, rows_of_file(tmp_path / "rows.jsonl"))
    assert time.perf_counter() - started < 3  # a twentieth of the rows; the whole may take 20 s
    assert len(found.dirty) == num_planted
