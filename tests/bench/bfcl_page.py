"""What `make bench-bfcl` found becomes a page: bfcl.json in, Markdown out. Measures nothing."""

import json
import statistics
from typing import Any

COLUMNS = ("right", "changed", "passed", "failed", "crashed", "disagree")
TARGETS = {"right answers": 3_000, "answers changed in one step": 3_000}
MOST_LISTED = 20
HEADER = "| category | right calls | changed calls | it passes | it fails | it crashes | we disagree |"


def page(results: dict[str, Any]) -> str:
    """Return the Markdown page."""
    machine, counts, speed = results["machine"], results["counts"], results["speed"]
    lines = [
        "# BFCL: `bfcl_compat` against the official checker, and speed",
        "",
        "Made by `make bench-bfcl`; the counts and the runs themselves are in bfcl.json.",
        "",
        f"- The checker is `ast_checker` of bfcl-eval {results['bfcl_eval']}, run as a process of its own; the items "
        "are those of its own data files.",
        "- Calls are made from the accepted sets; changed calls are one or two steps away: a value, a type, a "
        "spelling, an argument, a name, the order, the number of calls. Same seed, same calls.",
        "- Where the checker crashes it gives no verdict; ours is a failure there.",
        "",
        HEADER,
        "| :--- " + "| ---: " * len(COLUMNS) + "|",
    ]
    lines += [_row(category, count) for category, count in counts.items()]
    total = {column: sum(count[column] for count in counts.values()) for column in COLUMNS}
    lines += [_row("all", total), "", *_disagreements(results["disagreements"]), ""]
    lines += [
        "## Speed",
        "",
        f"One of {machine['cores']} cores of {machine['processor']}, Python {machine['python']}, load "
        f"{results['load']:.1f} at the start; {speed['num_items']} items of {' and '.join(speed['categories'])}, raw "
        "text read and scored by every metric, per CPU second.",
        "",
        "| answers | runs | median | least | most | target |",
        "| :--- | ---: | ---: | ---: | ---: | :--- |",
    ]
    return "\n".join([*lines, *(_rate(name, rates) for name, rates in speed["rates"].items())]) + "\n"


def _row(category: str, count: dict[str, int]) -> str:
    return f"| {category} | " + " | ".join(f"{count[column]:,}" for column in COLUMNS) + " |"


def _disagreements(found: list[dict[str, Any]]) -> list[str]:
    if not found:
        return ["No disagreement."]
    listed = [f"- `{json.dumps(one)}`" for one in found[:MOST_LISTED]]
    more = [f"- and {len(found) - MOST_LISTED} more in bfcl.json"] if len(found) > MOST_LISTED else []
    return [f"Disagreements ({len(found):,}):", "", *listed, *more]


def _rate(name: str, rates: list[float]) -> str:
    median = statistics.median(rates)
    target = TARGETS.get(name)
    told = "" if target is None else f"{target:,}: {'met' if median >= target else 'missed'}"
    return f"| {name} | {len(rates)} | {median:,.0f} | {min(rates):,.0f} | {max(rates):,.0f} | {told} |"
