"""Reports that may leave the house: every number, no text, nothing of where things lie."""

import gzip
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from sfteval.errors import ConfigurationError
from sfteval.report import load_comparison, write_report
from sfteval.report.public import without_text
from sfteval.report.stored import settled
from sfteval.types import Checkpoint, ContaminatedTask, Guard, Verdict
from tests.sfteval.report.example import comparison, everything, judged_pair, metric, pair

SECRET = "the-model-said-this"
PLACE = "/home/somebody/secret-project/checkpoints/today"


def folder_bytes(folder: Path) -> bytes:
    contents = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
    return b"\n".join(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content for content in contents)


def test_no_file_holds_a_prompt_an_answer_or_a_thought_and_there_is_no_archive(tmp_path: Path) -> None:
    said = pair(SECRET, SECRET, SECRET[::-1], think=SECRET, details=({"x": SECRET}, {}), target=SECRET)
    written = write_report(comparison([said]), tmp_path, text=False, plots=True)
    assert "samples.jsonl.gz" not in {path.name for path in written}
    assert SECRET.encode() not in folder_bytes(tmp_path)
    assert SECRET[::-1].encode() not in folder_bytes(tmp_path)


def test_no_word_of_a_judge_is_left(tmp_path: Path) -> None:
    words = b"the first is warmer", b"Worth 3 points"
    write_report(comparison([judged_pair("j1")]), tmp_path / "full")
    assert all(word in folder_bytes(tmp_path / "full") for word in words)
    write_report(load_comparison(tmp_path / "full"), tmp_path / "public", text=False)
    assert not any(word in folder_bytes(tmp_path / "public") for word in words)


def test_every_number_is_the_same() -> None:
    whole, public = settled(everything()), without_text(everything())
    for name in ("metrics", "slices", "probes", "calls", "instructions", "budgets", "outcomes", "costs", "verdict"):
        assert getattr(public, name) == getattr(whole, name), name


def test_a_place_is_its_last_part_and_a_host_is_hidden(tmp_path: Path) -> None:
    local = Checkpoint(
        argument=PLACE, kind="directory", name="today", path=Path(PLACE), base_path=Path(PLACE + "/base")
    )
    served = Checkpoint(
        argument="http://gpu7.intern:8000/v1#m", kind="endpoint", name="m", url="http://gpu7.intern:8000/v1", model="m"
    )
    world = comparison(
        baseline=local,
        candidate=served,
        baseline_settings={"backend": {"log": f"{PLACE}/vllm.log"}},
        reproduce={"command": f"sfteval compare {PLACE} http://gpu7.intern:8000/v1#m --suite ../mine"},
        warnings=(f"{PLACE}: one answer is missing.",),
    )
    write_report(world, tmp_path, text=False)
    content = folder_bytes(tmp_path)
    assert b"somebody" not in content
    assert b"gpu7" not in content
    public = without_text(world)
    assert public.reproduce["command"] == "sfteval compare today http://(host)/v1#m --suite mine"
    assert (public.baseline.argument, public.baseline.path, public.baseline.base_path) == ("today", None, None)
    assert public.candidate.argument == "http://(host)/v1#m"


def test_no_folder_of_a_place_is_left_whether_it_has_blanks_or_lies_below_the_working_folder(tmp_path: Path) -> None:
    places = "/home/Ada Byron/secret project/one", "responses:clients/secret project/it's two.jsonl"
    baseline, candidate = (
        Checkpoint(argument=place, kind="directory", name=name) for place, name in zip(places, "ab", strict=True)
    )
    log = {"backend": {"log": f"{places[1].removeprefix('responses:')}.log"}}
    command = shlex.join(["sfteval", "compare", *places, "--suite=clients/mine", "--judge", "hf:org/name"])
    world = comparison(
        baseline=baseline,
        candidate=candidate,
        baseline_settings=log,
        reproduce={"command": command},
        warnings=("clients/secret project/it's two.jsonl: one answer is missing.",),
    )
    write_report(world, tmp_path, text=False, plots=True)
    content = folder_bytes(tmp_path)
    assert [word for word in (b"Byron", b"secret project", b"clients") if word in content] == []
    public = without_text(world)
    told = shlex.split(public.reproduce["command"])
    assert told == ["sfteval", "compare", "one", "responses:it's two.jsonl", "--suite=mine", "--judge", "hf:org/name"]
    assert (public.baseline.argument, public.candidate.argument) == ("one", "responses:it's two.jsonl")
    assert public.warnings == ("it's two.jsonl: one answer is missing.",)


def test_an_id_that_may_be_the_prompt_is_a_hash() -> None:
    prompt = "What is the name of our new product?"
    world = comparison(
        [pair(id=prompt)],
        guards=(Guard("golden", "reasoning", prompt, Verdict.REGRESS, f"reasoning, golden sample {prompt} is lost"),),
        contaminated=(ContaminatedTask("reasoning", 2, (prompt,), ("r-2",), (metric(),), (metric(),), (metric(),)),),
        left_out={"reasoning": {"num_left_out": 1, "differing": {"count": 2, "ids": [prompt + "!", "q7"]}}},
        warnings=(f"reasoning: 2 prompts are left out: 2 asked otherwise ({prompt}!, q7)",),
    )
    public = without_text(world)
    (name,) = public.contaminated[0].baseline_dirty
    assert name.startswith("sha256:")
    assert public.contaminated[0].candidate_dirty == ("r-2",)
    assert public.guards[0].sample_id == name
    assert public.guards[0].said == f"reasoning, golden sample {name} is lost"
    assert public.left_out["reasoning"]["differing"]["ids"][1] == "q7"
    (other, _) = public.left_out["reasoning"]["differing"]["ids"]
    assert public.warnings == (f"reasoning: 2 prompts are left out: 2 asked otherwise ({other}, q7)",)
    assert "product" not in repr(public)


def test_a_public_report_is_read_and_written_again(tmp_path: Path) -> None:
    write_report(everything(), tmp_path / "one", text=False)
    write_report(load_comparison(tmp_path / "one"), tmp_path / "two", text=False)
    names = {path.name for path in (tmp_path / "one").iterdir()}
    assert {name: (tmp_path / "one" / name).read_bytes() for name in names} == {
        name: (tmp_path / "two" / name).read_bytes() for name in names
    }


def test_samples_alone_without_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        write_report(replace(comparison(), pairs=()), tmp_path, formats=("samples",), text=False)
    assert str(refused.value) == "--no-text: expected a format without text, got samples. Leave --no-text away."
