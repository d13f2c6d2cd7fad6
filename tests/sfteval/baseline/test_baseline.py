"""A saved baseline: small, without text, the same bytes, and refused where it is not what was saved.

Run: pytest tests/sfteval/baseline
"""

import gzip
import json
from dataclasses import replace

import pytest

from sfteval.baseline import baseline_of, load_baseline, save_baseline, saved_run
from sfteval.baseline.form import saved_id
from sfteval.baseline.run import NOT_STORED
from sfteval.checkpoints import resolve_checkpoint
from sfteval.errors import DataError, NotComparableError
from sfteval.identity import content_hash
from sfteval.types import Outcome, Suite
from tests.sfteval.scripted import run_of, task


def suite_of(*tasks, version="1"):
    return Suite("mine", version, "", "", tasks)


def saved(path, values, of=None):
    """Save the scores of a run of these values and return its task."""
    of = of or task(len(values))
    save_baseline(baseline_of(run_of(values, "old", of), (suite_of(of),)), path)
    return of


def read_back(path, of, **options):
    return saved_run(resolve_checkpoint(str(path)), (suite_of(of),), **options)


def rewritten(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


# -- what is saved -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["baseline.json", "baseline.json.gz"])
def test_scores_come_back_as_they_were_saved(tmp_path, name):
    values = [1.0, 0.0, 0.25, Outcome.TRUNCATED_THINK, Outcome.ERROR]
    of = saved(tmp_path / "deep" / name, values)
    (back,) = read_back(tmp_path / "deep" / name, of).tasks
    assert list(back.scores) == list(run_of(values, "old", of).tasks[0].scores)
    assert [reading.outcome for reading in back.readings] == [score.outcome for score in back.scores]
    assert {reading.answer for reading in back.readings} == {NOT_STORED}
    assert (back.generations, back.unasked) == ((), ())


@pytest.mark.parametrize("name", ["baseline.json", "baseline.json.gz"])
def test_the_same_scores_give_the_same_bytes_in_any_order(tmp_path, name):
    of = task(3)
    run = run_of([1.0, 0.0, 1.0], "old", of)
    (one,) = run.tasks
    turned = replace(run, tasks=(replace(one, scores=one.scores[::-1]),))
    for folder, which in (("a", run), ("b", turned)):
        save_baseline(baseline_of(which, (suite_of(of),)), tmp_path / folder / name)
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_an_answer_is_a_line_and_holds_hashes_and_numbers_only(tmp_path):
    of = task(2)
    one = run_of([1.0, 0.0], "old", of)
    (part,) = one.tasks
    told = tuple(replace(score, detail={"extracted": "forty two"}) for score in part.scores)
    baseline = baseline_of(replace(one, tasks=(replace(part, scores=told),)), (suite_of(of),))
    save_baseline(baseline, tmp_path / "b.json")
    text = (tmp_path / "b.json").read_text()
    assert [word for word in ("question s", "forty two", '"text"', "messages") if word in text] == []
    rows = [json.loads(line.rstrip(",")) for line in text.splitlines() if '"index"' in line]
    assert [(row["id"], row["index"], row["outcome"], row["metrics"]) for row in rows] == [
        ("s0", 0, "ok", {"accuracy": 1}), ("s1", 0, "ok", {"accuracy": 0}),
    ]  # fmt: skip
    assert {len(row["asked"]) for row in rows} == {16}
    assert json.loads(text)["checkpoint"]["name"] == "old"
    assert json.loads(text)["suites"] == {"mine": {"version": "1", "data": {"sums": ""}}}


@pytest.mark.parametrize("name", ["What is 2 + 2?", "x" * 65, "caf\u00e9", "a\nb", ""])
def test_an_id_that_may_be_text_is_kept_as_its_hash(tmp_path, name):
    of = task(1)
    of = replace(of, samples=(replace(of.samples[0], id=name),))
    saved(tmp_path / "b.json", [1.0], of)
    assert json.loads((tmp_path / "b.json").read_text())["answers"][0]["id"] == saved_id(name)
    assert saved_id(name).startswith("sha256:")
    assert read_back(tmp_path / "b.json", of).tasks[0].scores[0].sample_id == name


def test_a_plain_id_stays_as_it_is():
    assert [saved_id(name) for name in ("1000", "live_simple_3-1-0", "a/b.c:d")] == [
        "1000", "live_simple_3-1-0", "a/b.c:d",
    ]  # fmt: skip


def test_the_checkpoint_is_who_was_saved(tmp_path):
    saved(tmp_path / "b.json", [1.0])
    side = resolve_checkpoint(str(tmp_path / "b.json"))
    assert (side.kind, side.name, side.fingerprint) == ("scores", "old", run_of([1.0], "old").checkpoint.fingerprint)


# -- what it is fitted to ----------------------------------------------------------------------------------------------


def test_a_score_counts_only_where_question_and_target_are_still_the_same(tmp_path):
    of = saved(tmp_path / "b.json", [1.0, 0.0, 1.0, 1.0])
    first, second, third, _ = of.samples
    samples = (first, replace(second, content_hash="other"), replace(third, target="5"), replace(first, id="new"))
    (back,) = read_back(tmp_path / "b.json", replace(of, samples=samples)).tasks
    assert [score.sample_id for score in back.scores] == ["s0"]
    assert sorted(back.unasked) == ["s1", "s2", "s3"]
    (part,) = read_back(tmp_path / "b.json", replace(of, samples=samples), whole=False).tasks
    assert sorted(part.unasked) == ["s1", "s2"]  # of a part that is asked, nobody says that the rest is gone


def test_a_task_that_was_not_saved_has_no_scores(tmp_path):
    saved(tmp_path / "b.json", [1.0])
    (back,) = read_back(tmp_path / "b.json", task(1, name="other")).tasks
    assert len(back.scores) == 0


def test_scores_by_another_scorer_or_other_options_are_not_comparable(tmp_path):
    of = saved(tmp_path / "b.json", [1.0])
    for other in (replace(of, scorer="contains"), replace(of, options={"ignore_case": True})):
        with pytest.raises(NotComparableError, match=r"b\.json, task sums: expected scores by the scorer") as raised:
            read_back(tmp_path / "b.json", other)
        assert raised.value.exit_code == 12


def test_another_version_of_the_suite_or_of_sfteval_is_said(tmp_path):
    of = task(1)
    run = run_of([1.0], "old", of)
    for version, name in (("1", "same"), ("2", "other")):
        save_baseline(baseline_of(run, (suite_of(of, version=version),)), tmp_path / f"{name}.json")
    older = replace(baseline_of(run, (suite_of(of),)), sfteval="0.0.0")
    save_baseline(older, tmp_path / "older.json")
    data = replace(of, data_sha256="f" * 64)
    notes = {
        name: read_back(tmp_path / f"{name}.json", asked).settings["backend"]["notes"]
        for name, asked in (("same", of), ("other", of), ("older", of))
    }
    assert (notes["same"], notes["other"]) == ([], ["suite mine was version 2 then and is 1 now"])
    assert notes["older"][0].startswith("scored by sfteval 0.0.0, the other side by ")
    assert read_back(tmp_path / "same.json", data).settings["backend"]["notes"] == [
        "the data of suite mine have changed since"
    ]


def test_drift_is_remembered_without_the_words_that_differ(tmp_path):
    of = task(1)
    run = run_of([1.0], "old", of)
    drifted = {**run.settings, "dialect": "hermes", "contract": {"drifted": True, "said": ["differs at 'Hello'"]}}
    save_baseline(baseline_of(replace(run, settings=drifted), (suite_of(of),)), tmp_path / "b.json")
    assert "Hello" not in (tmp_path / "b.json").read_text()
    with pytest.raises(NotComparableError, match="Pass --allow-template-drift"):
        read_back(tmp_path / "b.json", of)
    settings = read_back(tmp_path / "b.json", of, allow_drift=True).settings
    assert settings["contract"] == {
        "drifted": True, "said": ["its scores are of answers that were asked with a drifted template"]
    }  # fmt: skip
    assert settings["dialect"] == "hermes"


def test_of_the_templates_arguments_no_text_is_saved(tmp_path):
    of = task(1)
    run = run_of([1.0], "old", of)
    kwargs = {"enable_thinking": False, "budget": 3, "system": "be brief", "tools": ["x"]}
    save_baseline(baseline_of(replace(run, settings={"template_kwargs": kwargs}), (suite_of(of),)), tmp_path / "b.json")
    assert read_back(tmp_path / "b.json", of).settings["template_kwargs"] == {"enable_thinking": False, "budget": 3}


# -- what is no baseline -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"accuracy": 1}', '"accuracy": 0}', "expected the scores as they were saved, got others: the file was edited"),
        ('"version": 1', '"version": 2', "expected a baseline of version 1, got version 2. Update sfteval"),
        ('"version": 1', '"version": "1"', "expected a baseline of version 1, got another version. Save it again"),
        ('"format": "sfteval baseline"', '"format": "x"', "got something else"),
        ('"answers": [', '<<<<<<< HEAD\n  "answers": [', "got text that is no JSON from line "),
        ('"accuracy": 1}', '"accuracy": NaN}', "got text that is no JSON"),
        ('"accuracy": 1}', '"accuracy": 1e999}', "got others: the file was edited since"),
        ('"answers": [', '"others": [', "expected a list of answers, got none"),
    ],
)
def test_a_file_that_is_not_as_it_was_saved_is_one_sentence(tmp_path, old, new, said):
    saved(tmp_path / "b.json", [1.0, 0.0])
    rewritten(tmp_path / "b.json", old, new)
    with pytest.raises(DataError) as raised:
        load_baseline(tmp_path / "b.json")
    assert said in str(raised.value)
    assert str(raised.value).startswith(f"{tmp_path / 'b.json'}: expected ")


@pytest.mark.parametrize("name", ["b.json", "b.json.gz"])
@pytest.mark.parametrize("part", [0, 0.2, 0.6, 0.99])
def test_a_file_that_was_cut_off_is_one_sentence(tmp_path, name, part):
    saved(tmp_path / name, [1.0, 0.0, 1.0])
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: int(len(data) * part)])
    with pytest.raises(DataError, match="Save it again"):
        load_baseline(tmp_path / name)


@pytest.mark.parametrize("content", [b"[1]", b"{}", b"[" * 100_000, b"\x1f\x8bnot gzip", b"\xff\xfe", b'{"a": 1e999}'])
def test_any_other_file_is_one_sentence(tmp_path, content):
    (tmp_path / "b.json").write_bytes(content)
    with pytest.raises(DataError, match=r"b\.json: expected "):
        resolve_checkpoint(str(tmp_path / "b.json"))


def test_line_ends_of_another_system_change_nothing(tmp_path):
    of = saved(tmp_path / "b.json", [1.0, 0.0])
    before = load_baseline(tmp_path / "b.json")
    data = (tmp_path / "b.json").read_bytes()
    (tmp_path / "b.json").write_bytes(data.replace(b"\n", b"\r\n"))
    assert load_baseline(tmp_path / "b.json") == before
    assert len(read_back(tmp_path / "b.json", of).tasks[0].scores) == 2


def forged(path, rows):
    """Write other answers into a baseline, with the hash that belongs to them."""
    document = json.loads(path.read_text())
    head = {key: value for key, value in document.items() if key not in ("sha256", "answers")}
    path.write_text(json.dumps(head | {"answers": rows, "sha256": content_hash([head, rows])}))


def test_an_answer_that_stands_there_twice_is_refused_though_the_hash_is_right(tmp_path):
    saved(tmp_path / "b.json", [1.0])
    rows = json.loads((tmp_path / "b.json").read_text())["answers"]
    forged(tmp_path / "b.json", rows * 2)
    with pytest.raises(DataError, match="expected every answer once, got s0 of sums twice"):
        load_baseline(tmp_path / "b.json")


@pytest.mark.parametrize(
    "broken",
    [
        {"index": -1},
        {"index": True},
        {"asked": 3},
        {"id": None},
        {"task": 1},
        {"metrics": {"accuracy": "1"}},
        {"metrics": {"accuracy": 10**400}},
        {"metrics": [1]},
        {"outcome": "fine"},
    ],
)
def test_a_row_of_another_form_is_refused_though_the_hash_is_right(tmp_path, broken):
    saved(tmp_path / "b.json", [1.0])
    rows = json.loads((tmp_path / "b.json").read_text())["answers"]
    forged(tmp_path / "b.json", [rows[0] | broken])
    with pytest.raises(DataError, match=r"expected (answers|a list of answers|a known outcome)"):
        load_baseline(tmp_path / "b.json")


def test_a_compressed_baseline_says_nothing_of_when_it_was_made(tmp_path):
    saved(tmp_path / "b.json.gz", [1.0])
    data = (tmp_path / "b.json.gz").read_bytes()
    assert data[4:8] == b"\0\0\0\0"
    assert json.loads(gzip.decompress(data))["format"] == "sfteval baseline"
