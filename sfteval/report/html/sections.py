"""A Comparison in, what each section of the page says out: sentences, table cells and pictures for the template.

Decides wording and order, never a number. Does not know HTML beyond the pictures of its neighbours.
"""

from collections.abc import Mapping
from typing import Any

from sfteval.report.calls import help_sentences
from sfteval.report.contract import contract_sentence, differing_table
from sfteval.report.fairness import fairness_sentence
from sfteval.report.html.budgets import budget_blocks
from sfteval.report.html.calls import call_blocks
from sfteval.report.html.facts import fact_rows
from sfteval.report.html.instructions import instruction_blocks
from sfteval.report.html.judges import judge_blocks
from sfteval.report.html.price import cost_rows, outcome_rows
from sfteval.report.html.probe_cards import probe_cards
from sfteval.report.html.scoreboard import scoreboard
from sfteval.report.html.slice_groups import slice_blocks
from sfteval.report.html.verdict import shown_name, side_block, verdict_block
from sfteval.report.instructions import resources_sentence, rules_sentence, sensitivity_sentences
from sfteval.report.passes import passes_rows
from sfteval.report.seeds import HEAD as SEEDS_HEAD
from sfteval.report.seeds import seeds_rows
from sfteval.report.spread import spread_sentences
from sfteval.report.text import one_line, typeset, typeset_signs
from sfteval.types import Comparison

SHOWN_APART = {"command", "contract", "scope", "seeds"}
TITLES = {
    "scoreboard": "By how much?",
    "slices": "Where?",
    "calls": "Where does it break?",
    "instructions": "Which instructions?",
    "probes": "Did they memorise?",
    "budgets": "Is thinking worth its tokens?",
    "judge": "What did the judge say?",
    "samples": "See for yourself",
    "price": "Did they finish, and at what price?",
    "reproduce": "How was this made?",
}


def page(comparison: Comparison) -> dict[str, Any]:
    """Return everything that the template shows, in the order of the page."""
    names = shown_name(comparison.baseline), shown_name(comparison.candidate)
    blocks = {
        "names": names,
        "sides": [
            side_block("a", "baseline", comparison.baseline),
            side_block("b", "candidate", comparison.candidate),
        ],
        "verdict": verdict_block(comparison),
        "fairness": fairness_sentence(comparison),
        "rules": rules_sentence(comparison),
        "scoreboard": scoreboard(comparison),
        "sensitivity": [
            *(typeset_signs(sentence) for sentence in sensitivity_sentences(comparison)),
            *spread_sentences(comparison),
        ],
        "passes": [(name, a, b, typeset(difference), n) for name, a, b, difference, n in passes_rows(comparison)],
        "seeds": {"head": SEEDS_HEAD, "rows": seeds_rows(comparison)},
        "slices": slice_blocks(comparison, names),
        "calls": call_blocks(comparison, names),
        "helped": help_sentences(comparison),
        "instructions": instruction_blocks(comparison),
        "probes": probe_cards(comparison),
        "budgets": budget_blocks(comparison, names),
        "judge": judge_blocks(comparison),
        "num_samples": len(comparison.pairs),
        "outcomes": outcome_rows(comparison),
        "costs": cost_rows(comparison.costs),
        "command": one_line(str(comparison.reproduce.get("command", ""))),
        "contract": {"sentence": contract_sentence(comparison), "rows": differing_table(comparison)},
        "resources": resources_sentence(comparison),
        "reproduce": fact_rows({key: value for key, value in comparison.reproduce.items() if key not in SHOWN_APART}),
        "settings": [fact_rows(comparison.baseline_settings), fact_rows(comparison.candidate_settings)],
    }
    contents = [(name, title) for name, title in TITLES.items() if _is_there(name, blocks)]
    return blocks | {"titles": TITLES, "contents": contents}


def _is_there(name: str, blocks: Mapping[str, Any]) -> bool:
    """Tell whether the page has a section, by the name of its place."""
    if name == "scoreboard":
        return bool(blocks["scoreboard"]["rows"])
    if name == "price":
        return bool(blocks["outcomes"] or blocks["costs"])
    if name in ("slices", "budgets"):
        return any(blocks[name].values())
    return name in ("samples", "reproduce") or bool(blocks[name])
