"""Adapters that stand finished become a whole model in their place, without a step taken again.

What is written is, to the bit, what the same run would have written with `merge` from the start; the figures and the
record of its training stay beside it. Does not know how the adapters were learned.
"""

import dataclasses
import shutil
from pathlib import Path
from typing import Any

from sfttrain.checkpoint import RUN_FILE, is_finished, new_folder, read_run, save_model, write_run
from sfttrain.config import Recipe
from sfttrain.lora import CONFIG_FILE, WEIGHTS_FILE, add_adapter, load_adapter, merged
from sfttrain.model import is_tiny, load_model, resolve_layout, training_device
from sfttrain.optim import one_thread
from sfttrain.prepare import Material
from sfttrain.types import Arm


def waits_for_merging(material: Material, arm: Arm, recipe: Recipe, out: Path) -> bool:
    """Return whether a recipe wants a whole model of the very adapters that stand finished at `out`."""
    if not (recipe.lora.rank and recipe.lora.merge):
        return False
    apart = dataclasses.replace(recipe, lora=dataclasses.replace(recipe.lora, merge=False))
    return is_finished(out, material.identity(arm, apart))


def merge_finished(material: Material, arm: Arm, recipe: Recipe, out: Path) -> None:
    """Replace the adapters at `out` by the base with them added to its weights.

    Raises: ConfigurationError where a weight is not finite.
    """
    run = read_run(out)
    with new_folder(out) as folder, one_thread(is_tiny(material.base, training_device())):
        save_model(folder, _merged_model(material, recipe, out), material.base, material.stop_token_ids)
        for name in run.pop("files_sha256"):
            if name not in (CONFIG_FILE, WEIGHTS_FILE, RUN_FILE) and not (folder / name).exists():
                shutil.copy(out / name, folder / name)  # with its mode: canaries.json is its owner's alone
        told = run["recipe"] | {"lora": run["recipe"]["lora"] | {"merge": True}}
        write_run(folder, run | {"identity": material.identity(arm, recipe), "recipe": told})


def _merged_model(material: Material, recipe: Recipe, out: Path) -> Any:
    base = load_model(material.base, training_device(), resolve_layout(recipe.batch.layout, material.base))
    model = add_adapter(base, recipe.lora, recipe.seed)
    load_adapter(model, out)
    return merged(model)
