"""Several datasets as one: named, held out, weighted, and nothing that is learned from held out."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from sfteval.errors import ConfigurationError, DataError
from sfttrain.config import DataSettings, SourceSettings
from sfttrain.data import Portion, read_named, read_portions, sources_of
from sfttrain.data.split import is_held_out, times_an_epoch


def row(answer: str, **fields: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": answer}], **fields}


def rows(prefix: str, count: int) -> list[dict[str, Any]]:
    return [row(f"{prefix}{number}", id=f"{prefix}{number}") for number in range(count)]


def write(path: Path, given: Sequence[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(one) + "\n" for one in given))
    return str(path)


def mixed(folder: Path, *sources: tuple[list[dict[str, Any]], float], share: float = 0.0) -> tuple[Portion, ...]:
    named = [
        SourceSettings(write(folder / f"{number}.jsonl", given), weight)
        for number, (given, weight) in enumerate(sources)
    ]
    return read_portions(DataSettings(sources=tuple(named), held_out_share=share))


def names(portion: Portion) -> list[str]:
    return [one.id for one in portion.rows]


def test_one_path_is_one_source_of_weight_1(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", rows("a", 5))
    (portion,) = read_portions(DataSettings(path=path, held_out_share=0.0))
    assert (names(portion), portion.times, portion.weight) == ([f"a{i}" for i in range(5)], (1,) * 5, 1.0)


def test_a_weight_counts_the_rows_to_learn_from_and_never_those_held_out(tmp_path: Path) -> None:
    once, often, half = mixed(tmp_path, (rows("a", 40), 1), (rows("b", 40), 3), (rows("c", 40), 0.5), share=0.2)
    for portion, prefix in ((once, "a"), (often, "b"), (half, "c")):
        ids = [f"{prefix}{number}" for number in range(40)]
        assert [one.id for one in portion.held_out] == [one for one in ids if is_held_out(one, 0.2)] != []
        to_learn = [one for one in ids if not is_held_out(one, 0.2)]
        assert names(portion) == [one for one in to_learn if times_an_epoch(one, portion.weight)]
        assert portion.num_left_out == len(to_learn) - len(portion.rows)
    assert (set(once.times), set(often.times), set(half.times)) == ({1}, {3}, {1})
    assert 0 < half.num_left_out < 40


def test_names_are_unique_across_sources_and_one_id_has_one_side(tmp_path: Path) -> None:
    first, second = mixed(tmp_path, (rows("a", 60), 1), (rows("a", 60), 1), share=0.3)
    assert [f"{one}#2" for one in names(first)] == names(second)
    assert [f"{one.id}#2" for one in first.held_out] == [one.id for one in second.held_out] != []


def test_rows_that_are_numbered_like_repeats_are_split_one_by_one(tmp_path: Path) -> None:
    given = [row("x", id="gsm8k"), *(row(f"{number}", id=f"gsm8k#{number}") for number in range(2, 400))]
    (portion,) = mixed(tmp_path, (given, 1), share=0.1)
    assert 20 < len(portion.held_out) < 60


def test_a_row_held_out_whose_content_is_learned_from_is_held_out_no_more(tmp_path: Path) -> None:
    aside = [name for name in map(str, range(200)) if is_held_out(name, 0.2)]
    learned = [name for name in map(str, range(200)) if not is_held_out(name, 0.2)]
    leaks, clean = row("same", id=aside[0]), row("other", id=aside[1])
    nearly = row("same", id=aside[2], tools=[{"type": "function"}])
    portions = mixed(tmp_path, ([leaks, clean, nearly], 1), ([row("same", id=learned[0])], 0.9999), share=0.2)
    assert [[one.id for one in portion.held_out] for portion in portions] == [[aside[1], aside[2]], []]
    assert [portion.num_also_learned for portion in portions] == [1, 0]
    assert [names(portion) for portion in portions] == [[], [learned[0]]]


def test_a_row_is_found_under_the_name_that_a_run_gives_it(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{number}.jsonl", rows("a", 9)) for number in range(2)]
    settings = DataSettings(sources=tuple(map(SourceSettings, paths)), held_out_share=0.4)
    portions = read_portions(settings)
    assert [one.id for one in read_named(settings)] == [f"a{i}" for i in range(9)] + [f"a{i}#2" for i in range(9)]
    assert {one.id for one in read_named(settings)} == {
        one.id for portion in portions for one in (*portion.rows, *portion.held_out)
    }


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (DataSettings(), r"expected data.path or [[data.sources]], got none. Set it, or pass --data FILE."),
        (
            DataSettings(path="a", sources=(SourceSettings("b"),)),
            'expected path or [[data.sources]], got path = "a" and 1 sources. Keep one of the two.',
        ),
        (
            DataSettings(sources=(SourceSettings("a"), SourceSettings())),
            "expected a path in the [[data.sources]] number 2",
        ),
        (
            DataSettings(sources=(SourceSettings("a"), SourceSettings("a"))),
            'expected every dataset once, got "a" twice',
        ),
    ],
)
def test_sources_that_cannot_be_meant_are_refused(settings: DataSettings, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        sources_of(settings)
    assert message in str(caught.value)


def test_a_mixture_without_a_row_to_learn_from_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"0\.jsonl: expected rows that an epoch sees, got none of 3 at weight 0\.0001"):
        mixed(tmp_path, (rows("a", 3), 0.0001))
    with pytest.raises(DataError, match=r"got 1 rows, all of them held out\. Lower held_out_share"):
        mixed(tmp_path, ([row("x", id="row-20")], 1), share=0.1)
