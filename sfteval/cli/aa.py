"""`sfteval aa`: how often this gate cries wolf, and what it sees, measured on stored answers."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sfteval.cli.options import debug_option, progress_for
from sfteval.cli.stored import stored_runs

if TYPE_CHECKING:
    from sfteval.replays import Material, Rates
    from sfteval.rules import Rules

EXAMPLES = """
\b
Examples:
  sfteval run CKPT --suite starter --samples 8 --set temperature=0.7
  sfteval aa run:runs/ckpt-1a2b3c4d --suite starter --gate gate.toml
  sfteval aa run:runs/old-1a2b3c4d run:runs/new-5e6f7a8b --suite starter -o reports/aa
"""


def _drops(context: click.Context, parameter: click.Parameter, text: str) -> tuple[float, ...]:
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise click.BadParameter(f'expected numbers with commas between, got "{text}"') from error
    if not all(0.0 < drop < 1.0 for drop in found):
        raise click.BadParameter(f"expected numbers between 0 and 1, got {text}")
    return found


@click.command("aa", epilog=EXAMPLES)
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option("--suite", "suites", multiple=True, required=True, metavar="NAME|PATH", help="What the runs were asked.")
@click.option("--gate", "gate", type=click.Path(path_type=Path), metavar="GATE.toml",
              help="The gate to replay: metrics, margins, alpha, golden samples [default: the suites' own].",
              )  # fmt: skip
@click.option("--simulate", type=click.IntRange(20, 1_000_000), default=2_000, show_default=True,
              help="Replays without a loss, and as many with one as large as the smallest margin.")  # fmt: skip
@click.option("--drops", default="0.02,0.05,0.1", show_default=True, metavar="DIFFERENCES", callback=_drops,
              help="Other true losses to look for; a quarter of the replays each.")  # fmt: skip
@click.option("--samples", "num_samples", type=click.IntRange(1), default=1, show_default=True,
              help="Answers to each prompt on each side.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the dealing.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Write aa.json, aa.svg and badge.svg there.")
@click.option("--json", "as_json", is_flag=True, help="Print the rates as JSON and nothing else.")
@debug_option
def command(
    runs: tuple[str, ...], suites: tuple[str, ...], gate: Path | None, simulate: int, drops: tuple[float, ...],
    num_samples: int, seed: int, out: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Replay the whole gate on stored answers: how often does it call a regression where there is none?

    RUN is a stored run (`run:DIR`) with several samples to each prompt, or several runs of the same suite. Greedy
    answers of one checkpoint agree by construction and show nothing.
    """
    from sfteval.replays import Rates, badge, curve, replay
    from sfteval.rules import STANDARD, read_rules

    progress, rules = progress_for(as_json), read_rules(gate) if gate else STANDARD
    materials = gathered(runs, suites, rules)
    margin = smallest_margin(materials)
    losses = sorted({0.0, *drops, *filter(None, [margin])})
    planned = [(drop, simulate if drop in (0.0, margin) else simulate // 4) for drop in losses]
    rates: list[Rates] = []
    with progress.stage("replaying", total=sum(num for _, num in planned)) as stage:
        for drop, num in planned:
            counts: Counter[Any] = Counter()
            for verdict in replay(
                materials, num_replays=num, drop=drop, num_samples=num_samples, seed=seed, rules=rules
            ):
                counts[verdict] += 1
                stage.advance()
            rates.append(Rates(drop, num, counts))
    found = told(rates, materials, rules)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "aa.json").write_text(found + "\n", encoding="utf-8")
        (out / "aa.svg").write_text(curve(rates), encoding="utf-8")
        (out / "badge.svg").write_text(badge(rates[0]), encoding="utf-8")
    for line in [found] if as_json else lines(rates, margin, rules.alpha):
        click.echo(line)


def gathered(runs: tuple[str, ...], suites: tuple[str, ...], rules: "Rules") -> "tuple[Material, ...]":
    """Return what stored runs give to deal."""
    from sfteval.replays import material_of

    with stored_runs(runs, suites, "sfteval aa") as found:
        return material_of(found, rules)


def smallest_margin(materials: "tuple[Material, ...]") -> float | None:
    """Return the smallest margin of all gating tasks: a loss of that size must not pass; None: no task has one."""
    return min((material.task.margin for material in materials if material.task.margin > 0.0), default=None)


def told(rates: "list[Rates]", materials: "tuple[Material, ...]", rules: "Rules") -> str:
    """Return the rates as JSON, and of which gate they are."""
    from sfteval.types import Verdict

    def known(rate: "Rates", verdict: Verdict) -> dict[str, float]:
        found = rate.interval(verdict)
        return {"share": rate.share(verdict), "low": found.low, "high": found.high}

    rows = [
        {"drop": rate.drop, "num_replays": rate.num_replays}
        | {str(verdict): known(rate, verdict) for verdict in Verdict}
        for rate in rates
    ]
    metrics = [
        {"task": one.task.name, "metric": metric, "margin": one.task.margin, "n": len(one.clusters)}
        for one in materials
        for metric in one.task.gating
    ]
    gate = {"alpha": rules.alpha, "metrics": metrics, "rules": rules.record()}
    return json.dumps({"schema_version": 1, "gate": gate, "rates": rows}, indent=2, sort_keys=True)


def lines(rates: "list[Rates]", margin: float | None, alpha: float) -> Iterator[str]:
    """Yield the rates as a table, and in a sentence each: false alarms, and losses as large as the margin that pass."""
    from sfteval.types import Verdict

    yield f"{'true loss':>9} {'replays':>8} {'pass':>12} {'inconclusive':>12} {'regress':>12}"
    for rate in rates:
        shares = (rate.share(verdict) for verdict in (Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.REGRESS))
        yield f"{rate.drop:>9.3f} {rate.num_replays:>8,} " + " ".join(f"{share:>12.1%}" for share in shares)
    yield ""
    yield f"This gate cries wolf in {_share(rates[0], Verdict.REGRESS)} of replays without any loss."
    for rate in rates:
        if rate.drop == margin:
            passed = _share(rate, Verdict.PASS)
            yield f"A loss of {margin:g}, its smallest margin, passes in {passed}; made for at most {alpha:.1%}."


def _share(rate: "Rates", verdict: Any) -> str:
    found = rate.interval(verdict)
    return f"{rate.share(verdict):.1%} [95 %: {found.low:.1%}, {found.high:.1%}]"
