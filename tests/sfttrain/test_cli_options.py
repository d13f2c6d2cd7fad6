"""What the options of the commands do, on a recipe that names its own base and sources."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sfttrain.command_line import RECIPE, invoke

pytestmark = pytest.mark.slow


@pytest.fixture
def whole_recipe(tmp_path: Path, toy_base: Path, toy_rows: Path) -> Path:
    """A recipe that names its base and two sources, relative to nothing."""
    path = tmp_path / "whole.toml"
    other = tmp_path / "other.jsonl"
    rows = [json.dumps({"prompt": f"Count to {number}", "completion": "1"}) for number in range(10)]
    other.write_text("\n".join(rows) + "\n")
    sources = f"[[data.sources]]\npath = {str(toy_rows)!r}\n[[data.sources]]\npath = {str(other)!r}\nweight = 0.5\n"
    path.write_text(f"base = {str(toy_base)!r}\n[data]\nheld_out_share = 0.2\n{sources}{RECIPE}")
    return path


def record(out: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((out / "sft_run.json").read_text())
    return told


def test_a_recipe_of_several_sources_is_learned_from_and_data_stands_instead_of_all(
    whole_recipe: Path, toy_rows: Path, tmp_path: Path
) -> None:
    assert invoke("run", whole_recipe, "-o", tmp_path / "both").exit_code == 0
    both = record(tmp_path / "both")["data"]["sources"]
    assert [(Path(one["path"]).name, one["weight"], one["format"]) for one in both] == [
        ("rows.jsonl", 1.0, "messages"),
        ("other.jsonl", 0.5, "prompt/completion"),
    ]
    assert invoke("run", whole_recipe, "-o", tmp_path / "one", "--data", toy_rows).exit_code == 0
    (one,) = record(tmp_path / "one")["data"]["sources"]
    assert Path(one["path"]).name == "rows.jsonl"


@pytest.mark.slow
def test_a_plan_tells_memory_and_time_and_writes_nothing(whole_recipe: Path, tmp_path: Path) -> None:
    planned = invoke("run", whole_recipe, "-o", tmp_path / "out", "--plan")
    assert planned.exit_code == 0
    lines = planned.stdout.splitlines()
    assert lines[0] == "27,104 parameters, 27,104 of them learn (100.0%, all weights)"
    assert any(line.startswith("think: 2 steps, ") for line in lines)
    both = invoke("pair", whole_recipe, "-o", tmp_path / "out", "--plan").stdout
    assert "no-think: 2 steps, " in both
    assert "both, one after the other: about " in both
    assert not (tmp_path / "out").exists()


def test_a_row_that_is_too_long_is_dropped_or_ends_it(whole_recipe: Path, tmp_path: Path) -> None:
    whole_recipe.write_text(whole_recipe.read_text().replace("max_tokens = 400", "max_tokens = 150"))
    refused = invoke("run", whole_recipe, "-o", tmp_path / "out", "--on-overlong", "error")
    assert refused.exit_code == 2
    assert refused.stderr.splitlines()[-1] == (
        "Error: row row-0: expected examples of up to max_tokens = 150 tokens, got one of 398. Raise max_tokens in "
        '[batch], shorten the row, or set on_overlong = "drop" in [data].'
    )
    assert not (tmp_path / "out").exists()
    assert invoke("run", whole_recipe, "-o", tmp_path / "out", "--on-overlong", "drop").exit_code == 0
    assert record(tmp_path / "out")["data"]["sources"][0]["rows_overlong"] == 8


@pytest.mark.parametrize("command", ["run", "pair"])
def test_an_adapter_that_is_not_there_cannot_be_merged(command: str, whole_recipe: Path, tmp_path: Path) -> None:
    result = invoke(command, whole_recipe, "-o", tmp_path / "out", "--merge")
    assert (result.exit_code, result.stderr) == (
        2,
        "Error: --merge: expected adapters: rank above 0 in [lora], got 0. Set it, or leave --merge out.\n",
    )


def test_adapters_are_written_reused_and_merged_by_one_command(whole_recipe: Path, tmp_path: Path) -> None:
    whole_recipe.write_text(whole_recipe.read_text() + "[lora]\nrank = 2\n")
    command = ("run", whole_recipe, "-o", tmp_path / "out")
    assert invoke(*command).exit_code == 0
    assert (tmp_path / "out" / "adapter_model.safetensors").is_file()
    assert f"think: {tmp_path / 'out'} is finished with this recipe, data and base" in invoke(*command).stderr
    assert invoke(*command, "--merge").exit_code == 0
    assert not (tmp_path / "out" / "adapter_config.json").exists()
    assert (tmp_path / "out" / "model.safetensors").is_file()


@pytest.mark.slow
def test_a_comet_archive_is_written_where_it_is_asked_for(whole_recipe: Path, tmp_path: Path) -> None:
    assert invoke("run", whole_recipe, "-o", tmp_path / "out", "--comet").exit_code == 0
    assert len(list((tmp_path / "out").glob("*.zip"))) == 1


def test_a_pair_is_matched_by_tokens_where_that_is_said(whole_recipe: Path, tmp_path: Path) -> None:
    result = invoke("pair", whole_recipe, "-o", tmp_path / "lab", "--match", "tokens")
    assert result.exit_code == 0
    assert "both arms: the same rows in the same order, each for as long as it takes" in result.stderr
    think, no_think = (record(tmp_path / "lab" / arm)["totals"]["steps"] for arm in ("think", "no-think"))
    assert think < no_think


def test_one_process_has_nobody_to_share_its_weights_with(whole_recipe: Path, tmp_path: Path) -> None:
    result = invoke("run", whole_recipe, "-o", tmp_path / "out", "--fsdp")
    assert result.exit_code == 2
    assert "Error: --fsdp: expected more than one process, got one." in result.stderr


def test_a_stopped_run_is_refused_taken_up_or_left_aside(whole_recipe: Path, tmp_path: Path, monkeypatch: Any) -> None:
    from sfttrain import train

    class Pressed(train.Interrupts):
        def __enter__(self) -> "Pressed":
            self.pressed = True
            return self

    command = ("run", whole_recipe, "-o", tmp_path / "out")
    with monkeypatch.context() as patched:
        patched.setattr(train, "Interrupts", Pressed)
        assert invoke(*command).exit_code == 130
    other = invoke(*command, "--seed", 9, "--resume")
    assert other.exit_code == 2
    assert "got that of another. Start from nothing with --no-resume" in other.stderr
    assert "going on after step 1" in invoke(*command, "--resume").stderr
    with monkeypatch.context() as patched:
        patched.setattr(train, "Interrupts", Pressed)
        assert invoke(*command, "--seed", 9).exit_code == 130
    assert "going on" not in invoke(*command, "--seed", 9, "--no-resume").stderr


def test_what_a_dataset_looks_like_is_shown(whole_recipe: Path) -> None:
    shown = invoke("show", whole_recipe, "--overview")
    assert shown.exit_code == 0
    assert "think: " in shown.stdout
    assert "no-think: " in shown.stdout
    assert "side by side, no padding (sfttrain)" in shown.stdout


def test_tokens_are_parted_where_that_is_asked_for(whole_recipe: Path) -> None:
    assert "⟦222<|im_end|>⟧" in invoke("show", whole_recipe, "--row", "row-2", "--arm", "no-think").stdout
    parted = invoke("show", whole_recipe, "--row", "row-2", "--arm", "no-think", "--tokens").stdout
    assert "⟦2·2·2·<|im_end|>·⟧" in parted


def test_a_page_of_rows_is_written(whole_recipe: Path, tmp_path: Path) -> None:
    page = tmp_path / "new" / "page.html"
    shown = invoke("show", whole_recipe, "--html", page, "--row", "row-2")
    assert (shown.exit_code, shown.stdout) == (0, f"{page} written\n")
    assert "Row row-2" in page.read_text()
    assert "Row row-1" not in page.read_text()


def test_several_datasets_are_validated_together_and_their_tokens_counted(
    toy_base: Path, toy_rows: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.jsonl"
    again.write_text(toy_rows.read_text())
    done = invoke("data", toy_rows, again, "--base", toy_base)
    assert done.exit_code == 0
    rows = [[Path(line.split()[0]).name, line.split()[1]] for line in done.stdout.splitlines() if line]
    assert rows.count(["rows.jsonl", "messages"]) == rows.count(["again.jsonl", "messages"]) == 2
    assert "all" in [row[0] for row in rows]
    assert invoke("data", toy_rows, tmp_path / "nowhere.jsonl").exit_code == 2
    assert invoke("data").exit_code == 2
