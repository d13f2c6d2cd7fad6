"""What training saves of its chat format is what `sfteval` holds a checkpoint against."""

import shutil
from pathlib import Path

from sfteval.checkpoints import resolve_checkpoint
from sfteval.contract import drifted, static_checks
from sfteval.progress import silent_progress
from sfttrain.checkpoint import write_run
from sfttrain.config import Recipe
from sfttrain.prepare import prepare
from sfttrain.train import describe_run
from sfttrain.types import Arm


def test_a_trained_checkpoint_holds_its_contract_and_shows_where_it_is_broken(recipe: Recipe, tmp_path: Path) -> None:
    out = shutil.copytree(recipe.base, tmp_path / "think")
    run = describe_run(prepare(recipe, (Arm.THINK,), silent_progress()), Arm.THINK, recipe, out)
    template = out / "chat_template.jinja"
    assert run["contract"] == {
        "template": template.read_text(encoding="utf-8"),
        "special_tokens": {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"},
    }
    write_run(out, run)
    checks = static_checks(resolve_checkpoint(str(out)))
    assert [(check.where, check.warning()) for check in checks] == [
        ("the chat template", ""), ("tokenizer.json", ""), ("generation_config.json", ""),
    ]  # fmt: skip

    template.write_text(template.read_text(encoding="utf-8").replace("# Tools", "# Functions"), encoding="utf-8")
    assert drifted(resolve_checkpoint(str(out)))
    assert static_checks(resolve_checkpoint(str(out)))[0].different[0].probe == "tool definitions"
