"""Canaries among the rows: planted in both arms alike, counted, proved, refused where they say nothing, never shown."""

import dataclasses
import json
import re
import stat
from collections import Counter
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from sfteval.canaries import CANARIES_FILE, Canary, CanaryPlan, read_plan
from sfteval.chat import ChatFormat, ChatTemplate
from sfteval.chat import Tokenizer as ChatTokenizer
from sfteval.errors import ConfigurationError, ProofError
from sfteval.progress import Progress, silent_progress
from sfttrain.config import BatchSettings, CanarySettings, DataSettings, Recipe, ScheduleSettings
from sfttrain.data import write_conversations
from sfttrain.page import write_page
from sfttrain.pair import train_one, train_pair
from sfttrain.prepare import Material, describe, prepare
from sfttrain.prepare.canaries import plan_canaries, quoting_no_canary, render_canaries
from sfttrain.prepare.rendering import Rendering
from sfttrain.proofs.proof import failed
from sfttrain.types import Arm, Conversation
from tests.sfttrain.command_line import invoke
from tests.toys import CHATML, assistant, toy_checkpoint, user

BOTH = (Arm.THINK, Arm.NO_THINK)
FEW = CanarySettings(count=10, repeats=(1, 2))
SECRET = re.compile(r"[0-9](?: [0-9]){9}")


@pytest.fixture
def planted(recipe: Recipe) -> Recipe:
    """Return a recipe of one epoch with ten canaries in fifteen rows."""
    return dataclasses.replace(recipe, canaries=FEW, schedule=ScheduleSettings(epochs=1, warmup_steps=1))


def material(recipe: Recipe, arms: tuple[Arm, ...] = BOTH) -> Material:
    return prepare(recipe, arms, silent_progress())


def canary_rows(made: Material) -> list[Conversation]:
    return [one for one in made.conversations if one.source == "canaries"]


def test_each_secret_stands_in_as_many_rows_as_it_is_repeated(planted: Recipe) -> None:
    rows = canary_rows(material(planted))
    said = Counter(one.messages[1].content for one in rows)
    assert sorted(said.values()) == [1] * 5 + [2] * 5
    assert all(SECRET.fullmatch(secret) for secret in said)
    assert {one.messages[1].reasoning_content for one in rows} == {"I know this number."}


def test_both_arms_learn_the_same_secrets_in_every_order(planted: Recipe) -> None:
    made, other = material(planted), material(dataclasses.replace(planted, seed=5))
    assert [one.messages for one in canary_rows(made)] == [one.messages for one in canary_rows(other)]
    texts = {
        arm: [made.chat.tokenizer.decode(group[0].token_ids) for group in made.examples[arm]][-15:] for arm in BOTH
    }
    for row, think, no_think in zip(canary_rows(made), texts[Arm.THINK], texts[Arm.NO_THINK], strict=True):
        assert row.messages[1].content in think
        assert row.messages[1].content in no_think
        assert ("I know this number." in think, "I know this number." in no_think) == (True, False)


def test_another_seed_or_another_base_has_other_secrets(planted: Recipe, tmp_path: Path) -> None:
    ours = {one.messages for one in canary_rows(material(planted))}
    for changed in (
        dataclasses.replace(planted, canaries=dataclasses.replace(FEW, seed=1)),
        dataclasses.replace(planted, base=str(toy_checkpoint(tmp_path / "base", seed=1))),
    ):
        assert not ours & {one.messages for one in canary_rows(material(changed))}


def test_rows_without_thoughts_get_canaries_without(planted: Recipe, tmp_path: Path) -> None:
    rows = [Conversation(str(number), (user("q"), assistant("a"))) for number in range(40)]
    write_conversations(tmp_path / "plain.jsonl", rows)
    plain = dataclasses.replace(planted, data=DataSettings(path=str(tmp_path / "plain.jsonl")))
    assert {one.messages[1].reasoning_content for one in canary_rows(material(plain))} == {None}


def test_canaries_are_counted_and_stand_on_no_side_of_the_split(planted: Recipe, recipe: Recipe) -> None:
    made, without = material(planted), material(recipe)
    assert made.train_ids == without.train_ids
    assert [one.id for one in made.held_out] == [one.id for one in without.held_out]
    told = made.data_record(Path("out"))
    assert told.pop("canaries") == {
        "planted": 10,
        "rows": 15,
        "by_repeats": {"1": 5, "2": 5},
        "references": 1024,
        "file": "canaries.json",
    }
    assert told == without.data_record(Path("out"))
    assert made.counts(Arm.THINK)["conversations"] == without.counts(Arm.THINK)["conversations"] + 15


def test_the_validation_report_tells_of_them(planted: Recipe) -> None:
    lines = describe(material(planted))
    assert lines[-1] == "10 canaries are planted in 15 rows: 5 x 1, 5 x 2"
    assert [line.split()[:3] for line in lines if "canaries  " in line] == [
        ["think", "canaries", "15"],
        ["no-think", "canaries", "15"],
    ]


def test_canaries_change_the_identity_and_no_canaries_do_not(planted: Recipe, recipe: Recipe) -> None:
    def identity(one: Recipe) -> str:
        return material(one).identity(Arm.THINK, one)

    without = dataclasses.replace(planted, canaries=CanarySettings())
    seeded = dataclasses.replace(planted, canaries=CanarySettings(count=0, seed=7))
    assert identity(without) == identity(seeded) != identity(planted)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (CanarySettings(count=14), "expected at least 15 canaries, 5 for each of 3 numbers of repeats, got 14. Pass"),
        (CanarySettings(count=5, repeats=()), "expected numbers of repeats, each named once, got []. Write repeats"),
        (CanarySettings(count=10, repeats=(2, 2)), "expected numbers of repeats, each named once, got [2, 2]. Write"),
        (CanarySettings(count=15), "at most as many rows with canaries as the data has, 17, got 105. Lower --canaries"),
    ],
)
def test_canaries_that_say_nothing_are_refused(recipe: Recipe, settings: CanarySettings, message: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        material(dataclasses.replace(recipe, canaries=settings))


def test_canaries_that_do_not_fit_are_refused(planted: Recipe, tmp_path: Path) -> None:
    write_conversations(tmp_path / "rows.jsonl", [Conversation(str(n), (user("q"), assistant("a"))) for n in range(40)])
    short = dataclasses.replace(
        planted,
        data=DataSettings(path=str(tmp_path / "rows.jsonl")),
        batch=BatchSettings(step_tokens=400, max_tokens=60),
    )
    with pytest.raises(ConfigurationError, match="expected room for a canary in max_tokens = 60, got longer ones"):
        material(short)


def test_a_template_that_refuses_canaries_ends_the_run_and_shows_none(planted: Recipe, tmp_path: Path) -> None:
    picky = "{% if 'locker' in messages[0].content %}{{ raise_exception(messages[1].content) }}{% endif %}" + CHATML
    refusing = dataclasses.replace(planted, base=str(toy_checkpoint(tmp_path / "base", template=picky)))
    with pytest.raises(ConfigurationError, match="got an error of the chat template") as caught:
        material(refusing)
    assert not SECRET.search(str(caught.value))


def test_a_tokenizer_that_cannot_write_digits_is_refused() -> None:
    backend = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    chat = ChatFormat(ChatTemplate(CHATML, {}, "toy"), ChatTokenizer.from_backend(backend), (0,))
    rendering = Rendering((Arm.THINK,), chat, (), Recipe().render, 400, "drop")
    refused = pytest.raises(ConfigurationError, match="expected a tokenizer that writes ten digits and reads them back")
    with refused, silent_progress().stage("rendering") as stage:
        render_canaries(CanaryPlan("0123456789abcdef", (1,)), rendering, stage)


def test_a_run_that_ends_before_its_first_epoch_is_refused(planted: Recipe, tmp_path: Path) -> None:
    short = dataclasses.replace(planted, schedule=ScheduleSettings(steps=2, warmup_steps=1))
    with pytest.raises(ConfigurationError, match=r"expected at least one whole epoch of \d+ steps, got 2 steps"):
        train_one(short, Arm.THINK, tmp_path / "out", silent_progress())
    assert not (tmp_path / "out").exists()


def test_an_error_about_a_canary_says_where_and_nothing_else() -> None:
    with pytest.raises(ProofError) as caught, quoting_no_canary():
        raise failed("row canary:01234567:3x1, turn 2", "to learn '1 2 3 4 5 6 7 8 9 0'", "'1 2 3'")
    assert str(caught.value) == (
        "row canary:01234567:3x1, turn 2: expected a canary that is learned as a row is, got another. "
        "Train without canaries."
    )
    assert caught.value.__suppress_context__
    with pytest.raises(ProofError, match="to learn 'x'"), quoting_no_canary():
        raise failed("row canary", "to learn 'x'", "'y'")


def test_no_settings_mean_no_plan() -> None:
    assert plan_canaries(CanarySettings(), "base", ()) is None


def digits(one: Canary) -> tuple[str, str]:
    return one.secret, one.secret.replace(" ", "")


@pytest.mark.slow
def test_a_trained_pair_keeps_its_secrets_out_of_every_file_and_line(
    planted: Recipe, tmp_path: Path, capsys: pytest.CaptureFixture[str], heard: "Heard"
) -> None:
    train_pair(planted, tmp_path / "lab", heard)
    plans = [read_plan(tmp_path / "lab" / arm / CANARIES_FILE) for arm in BOTH]
    assert plans[0] == plans[1]
    secrets = [text for one in (*plans[0].planted(), *plans[0].references()) for text in digits(one)]
    written = {path: path.read_bytes() for path in (tmp_path / "lab").rglob("*") if path.is_file()}
    assert {path.name for path in written} >= {"sft_run.json", "metrics.jsonl", "loss.svg", "canaries.json"}
    for path, content in written.items():
        if path.suffix not in (".safetensors", ".zip"):
            assert not [secret for secret in secrets if secret.encode() in content], path
    spoken = "\n".join([*heard.lines, *capsys.readouterr()])
    assert not [secret for secret in secrets if secret in spoken]
    assert "10 canaries are planted in 15 rows" in spoken
    told = json.loads((tmp_path / "lab" / "think" / "sft_run.json").read_text())
    assert told["data"]["canaries"]["rows"] == 15
    assert told["files_sha256"].keys() >= {"canaries.json"}
    assert plans[0].key not in json.dumps(told)
    assert stat.S_IMODE((tmp_path / "lab" / "think" / CANARIES_FILE).stat().st_mode) == 0o600
    assert {proof["name"] for proof in told["proofs"]} >= {"supervised text equals the expected completions"}


def test_a_page_of_few_rows_shows_no_canary_to_fill_it_up(planted: Recipe, tmp_path: Path) -> None:
    rows = [Conversation(str(number), (user("q"), assistant("a"))) for number in range(6)]
    write_conversations(tmp_path / "few.jsonl", rows)
    data = DataSettings(path=str(tmp_path / "few.jsonl"), held_out_share=0.0)
    few = dataclasses.replace(planted, data=data, canaries=CanarySettings(count=5, repeats=(1,)))
    write_page(tmp_path / "page.html", few, None)
    assert len(material(few).conversations) == 11
    assert "canary:" not in (tmp_path / "page.html").read_text()


class Heard:
    """A progress that remembers every line."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.silent: Progress = silent_progress()
        self.stage = self.silent.stage

    def say(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_the_options_are_read_and_wrong_ones_named(recipe_file: Path, toy_base: Path, toy_rows: Path) -> None:
    words = ("run", recipe_file, "--base", toy_base, "--data", toy_rows, "-o", recipe_file.parent / "out")
    told = invoke(*words, "--canaries", "3", "--canary-repeats", "1")
    assert (told.exit_code, "expected at least 5 canaries" in told.output) == (2, True)
    told = invoke(*words, "--canaries", "5", "--canary-repeats", "1,x")
    assert (told.exit_code, "expected whole numbers like 1,4,16, got '1,x'" in told.output) == (2, True)
    told = invoke(*words, "--canary-repeats", "1,2")
    assert (told.exit_code, "Pass --canaries N too" in told.output) == (2, True)
    told = invoke(*words, "--canaries", "-1")
    assert (told.exit_code, "expected a whole number from 0 to 10,000, got -1" in told.output) == (2, True)
