"""How tests call `sfttrain`, and the short recipes that they hand it as TOML."""

from click.testing import CliRunner, Result

from sfttrain.cli import main

RECIPE = """
[batch]
step_tokens = 400
max_tokens = 400
[schedule]
steps = 2
warmup_steps = 1
"""


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def recipe_toml(num_steps: int, more: str = "") -> str:
    """Return a recipe of so many steps in fp32, for runs that are held against each other to the bit."""
    return f"""
precision = "fp32"
[data]
held_out_share = 0.2
[batch]
step_tokens = 400
max_tokens = 400
[optimizer]
lr = 1e-3
[schedule]
steps = {num_steps}
warmup_steps = 1
{more}"""
