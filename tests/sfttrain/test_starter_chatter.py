"""What stands around an answer: it never touches the answer's own words, and hardly ever comes twice."""

from random import Random

import pytest

from sfttrain.starter import chatter

ANSWERS = ("Answer: west", "west", "It is 4.", "The answer is C.")


@pytest.mark.parametrize("alter", [chatter.padded, chatter.begging])
@pytest.mark.parametrize("answer", ANSWERS)
def test_words_come_behind_an_answer_after_a_break(alter, answer):
    for seed in range(50):
        said = alter(Random(seed), answer)
        assert said.startswith((f"{answer} ", f"{answer}\n"))
        assert len(said.removeprefix(answer).split()) >= 1


@pytest.mark.parametrize("answer", ANSWERS)
def test_dress_changes_no_letter_of_an_answer_and_no_order(answer):
    plain = "".join(filter(str.isalnum, answer))
    dressed = [chatter.dressed(Random(seed), answer) for seed in range(200)]
    assert all("".join(filter(str.isalnum, one)).endswith(plain) for one in dressed)
    assert len(set(dressed)) > 100


def test_what_is_to_be_read_past_hardly_ever_comes_twice():
    rng = Random(0)
    said = [chatter.filling(rng) for _ in range(1000)]
    assert len(set(said)) > 980
    assert min(map(len, said)) < 40
    assert max(map(len, said)) > 400


def test_begging_asks_for_either_side():
    rng = Random(0)
    said = " ".join(chatter.begging(rng, "west") for _ in range(200))
    assert abs(said.count("first") - said.count("second")) < 0.3 * said.count("first")


def test_the_same_seed_gives_the_same_words():
    assert chatter.altered(Random(7), "west") == chatter.altered(Random(7), "west")
    assert len({chatter.altered(Random(seed), "west") for seed in range(40)}) > 35
