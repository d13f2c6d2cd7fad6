"""What `make bench-score` measured becomes a page: score.json in, Markdown out. Measures nothing."""

import statistics
from typing import Any

SETTINGS = ("ours, languages known", "lm-eval, languages known", "ours", "lm-eval", "ours on IFBench")
TARGETS = {"ours, languages known": 5_000, "ours": 1_500, "ours on IFBench": 5_000}


def page(results: dict[str, Any]) -> str:
    """Return the Markdown page."""
    machine, rates = results["machine"], results["rates"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    mean = results["num_characters"] / results["num_answers"]
    lines = [
        "# Scoring speed: IFEval by `sfteval` and by lm-eval, IFBench by `sfteval`",
        "",
        "Made by `make bench-score`; the runs themselves are in score.json.",
        "",
        f"- Machine: {machine['processor']}, one of {machine['cores']} cores, load {results['load']:.1f} at the start. "
        f"{versions}, Python {machine['python']}.",
        f"- {results['num_answers']} real answers, {mean:,.0f} characters on average, "
        f"{results['num_instructions']} instructions; strict and loose verdicts, `sfteval` in both modes with reasons.",
        "- Answers per CPU second, medians. Languages known: each side finds every text's language in a cache.",
        "- IFBench has no real answers here: its 300 prompts get two of these each. Most fail, which takes longest.",
        f"- {_punkt(results['resources']['punkt'])}",
        "",
        "| setting | runs | answers/s | least | most | target |",
        "| :--- | ---: | ---: | ---: | ---: | :--- |",
    ]
    lines += [_row(name, rates[name]) for name in SETTINGS]
    known, whole = (
        statistics.median(rates[f"ours{more}"]) / statistics.median(rates[f"lm-eval{more}"])
        for more in (", languages known", "")
    )
    lines += ["", f"`sfteval` is {known:.1f} times as fast with the languages known, {whole:.1f} times without."]
    return "\n".join(lines) + "\n"


def _punkt(found: str | None) -> str:
    if found:
        return f"Sentences and words of the reference mode: {found}."
    return (
        "No punkt data here: lm-eval is spared the two ids that need it, `sfteval` checks them by its own rules only; "
        "their reference verdicts are not measured."
    )


def _row(name: str, rates: list[float]) -> str:
    median = statistics.median(rates)
    target = TARGETS.get(name)
    told = "" if target is None else f"{target:,}: {'met' if median >= target else 'missed'}"
    return f"| {name} | {len(rates)} | {median:,.0f} | {min(rates):,.0f} | {max(rates):,.0f} | {told} |"
