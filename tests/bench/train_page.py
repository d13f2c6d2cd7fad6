"""What `make bench-train` measured becomes a page: the runs of train.json in, Markdown out. Measures nothing."""

import json
import re
import statistics
from collections.abc import Iterator, Sequence
from typing import Any

from tests.bench.train_job import NAMED, OURS, PEER_DEFAULT
from tests.bench.train_rates import MIB, Found, family, fastest, growth, median_rate, peers, rate, ratio

TARGET_BEST, TARGET_DEFAULT, TARGET_LOSS = 3.0, 5.0, 1e-4
TARGET_GPU_BEST, TARGET_GPU_SHARE = 1.2, 0.45
NOTICEABLE = 128 * MIB  # below this a copy of the logits drowns in the noise of the allocator
SEQUENTIAL = ("trl-default", "trl-single", "trl-flat")  # see the same conversations in the same steps as sfttrain


def line_of(setting: str, figures: Found) -> str:
    """Return one run as a line for the terminal."""
    losses = figures["losses"]
    return (
        f"{setting:26} {rate(figures['tokens'], figures['seconds']):7,.0f} tokens/s "
        f"{rate(figures['tokens'], figures['cpu_seconds']):7,.0f} per CPU second "
        f"{figures['bytes_peak'] / MIB:7,.0f} MiB  loss {losses[0]:.5f} to {losses[-1]:.5f}"
    )


def page(results: Found) -> str:
    """Return the Markdown page."""
    parts = [head(results)]
    for cell in results["cells"]:
        parts += [cell_title(cell), table(cell), *verdicts(cell), *failures(cell), *loss_part(cell)]
    if "memory" in results:
        parts += ["## Memory of `sfttrain` by vocabulary and supervised share", *memory_part(results["memory"])]
    if "gpu" in results:
        parts += ["## GPU", *gpu_part(results["gpu"])]
    parts += ["## Configurations", configurations(results)]
    return "\n\n".join(parts) + "\n"


def head(results: Found) -> str:
    """Return what was measured on what, and how."""
    machine, options, shape, drawn = (results[key] for key in ("machine", "options", "shape", "drawn_lengths"))
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    bf16 = ", ".join(machine["bf16"]) or "no bf16 instructions"
    lines = [
        f"- Machine: {machine['processor']}, {machine['cores']} cores ({bf16}), {options['threads']} threads for each "
        f"side. {versions}, Python {machine['python']}.",
        f"- Model: Qwen3, {shape['layers']} layers of width {shape['width']}, {shape['heads']} heads of "
        f"{shape['head_width']} ({shape['kv_heads']} for keys and values), inner width {shape['inner']}, tied "
        "embeddings, random fp32 weights, the same for all.",
        f"- Rows: {len(drawn)} conversations, log-normal lengths, median {statistics.median(drawn):,.0f}, mean "
        f"{statistics.mean(drawn):,.0f}, longest {max(drawn):,} tokens; tokenised before the clock starts.",
        f"- A step holds {options['conversations']} conversations, for TRL's packed settings as many rows of 2,048 as "
        "those need. AdamW at one constant rate, gradients clipped at 1, no dropout. `sfttrain` computes up to "
        f"{options['max_tokens']:,} tokens at once.",
        f"- A run is {options['steps']} steps, the first dropped, in a fresh process; settings alternate. All run "
        f"once; ours, whatever came within {options['keep']:.0%} of TRL's fastest, and TRL's default unless ours was "
        f"ten times as fast, run {options['runs']} times. Tokens are real ones: padding is not counted. Ratios are "
        "taken within a run, then the median.",
        f"- `+ckpt` is gradient checkpointing; TRL as it comes is `{PEER_DEFAULT}`. `trl-single` (one conversation at "
        "a time, accumulated), `trl-flat` (padding-free) and `trl-packed-wide` (a step's packed rows at once) are "
        "there because one of them could be TRL's best.",
    ]
    title = "# Training speed: `sfttrain` and TRL's SFTTrainer"
    return "\n".join([title, "", "Made by `make bench-train`; the runs themselves are in train.json.", "", *lines])


def cell_title(cell: Found) -> str:
    return (
        f"## Vocabulary {cell['vocabulary']:,}, {cell['share']:.0%} supervised "
        f"({cell['parameters'] / 1e6:.1f} M parameters)"
    )


def table(cell: Found) -> str:
    """Return one line per setting: ours, then TRL's, fastest first."""
    settings = cell["settings"]
    best = next(iter(peers(settings)), None)
    lines = ["| setting | runs | tokens/s | per CPU second | x TRL default | x TRL best | peak MiB | imports MiB |"]
    lines.append("| :--- |" + " ---: |" * 7)
    for name in [*(name for name in OURS if name in settings), *peers(settings)]:
        found = settings[name]
        against = [
            f"{ratio(found, settings[other]):.2f}" if other in settings else "" for other in (PEER_DEFAULT, best)
        ]
        memory = [
            statistics.median(one[key] for one in found["runs"]) / MIB for key in ("bytes_peak", "bytes_imported")
        ]
        lines.append(
            f"| {name} | {len(found['runs'])} | {median_rate(found):,.0f} | {median_rate(found, 'cpu_seconds'):,.0f} "
            f"| {' | '.join(against)} | {memory[0]:,.0f} | {memory[1]:,.0f} |"
        )
    return "\n".join(lines)


def verdicts(cell: Found) -> list[str]:
    """Return the cell's targets, each met or missed; none where a side was not measured."""
    settings = cell["settings"]
    ours = fastest(settings, OURS)
    if ours is None or not peers(settings):
        return []
    named = fastest(settings, [name for name in peers(settings) if family(name) in NAMED])
    against = [("best of all tried", peers(settings)[0], TARGET_BEST), ("default", PEER_DEFAULT, TARGET_DEFAULT)]
    if named:
        against.insert(1, ("best of default, length-grouped and packed", named, TARGET_BEST))
    lines = [
        verdict(f"{ours} against TRL's {what}, {name}", ratio(settings[ours], settings[name]), target)
        for what, name, target in against
        if name in settings
    ]
    return ["\n".join(lines)]


def verdict(what: str, measured: float, target: float) -> str:
    """Return one target as a line."""
    return f"- {'met' if measured >= target else 'MISSED'}: {what}: {measured:.2f} times (target {target:g})"


def failures(cell: Found) -> list[str]:
    """Return the settings of TRL that did not run, each with its reason."""
    lines = [f"- did not run: {name}: {reason}" for name, reason in cell["failed"].items()]
    return ["\n".join(lines)] if lines else []


def loss_part(cell: Found) -> list[str]:
    """Return whether both sides compute one loss, and their curves."""
    settings = cell["settings"]
    lines = []
    for precision in ("fp32", "bf16"):
        ours = settings.get(f"sfttrain:{precision}")
        same = [name for name in settings if family(name) in SEQUENTIAL and name.endswith(precision)]
        if not ours or not same:
            continue
        first = max(abs(settings[name]["losses"][0] - ours["losses"][0]) for name in same)
        later = max(max(map(gap, settings[name]["losses"], ours["losses"])) for name in same)
        counted = all(settings[name]["supervised"] == ours["supervised"] for name in same)
        met = f"{'met' if first <= TARGET_LOSS else 'MISSED'} (target {TARGET_LOSS:g})"
        lines.append(
            f"- {met if precision == 'fp32' else 'no target'}: {precision} loss per supervised token on the same first "
            f"batch with the same weights differs by at most {first:.1e} from TRL's {', '.join(sorted(same))}; "
            f"over all steps by at most {later:.1e}; "
            f"supervised tokens of every step are {'equal' if counted else 'NOT EQUAL'}."
        )
    return [*(["\n".join(lines)] if lines else []), curves(settings)]


def gap(one: float, other: float) -> float:
    return abs(one - other)


def curves(settings: Found) -> str:
    """Return the losses of every step: ours, TRL's default, its length-grouped and packed best, where measured."""
    wanted = [fastest(settings, [name for name in settings if family(name) == each]) for each in NAMED]
    shown = dict.fromkeys([*(name for name in OURS if name in settings), "trl-default:fp32", PEER_DEFAULT, *wanted])
    names = [name for name in shown if name in settings]
    steps = range(max(len(settings[name]["losses"]) for name in names)) if names else range(0)
    lines = ["| loss before step | " + " | ".join(names) + " |", "| ---: |" + " ---: |" * len(names)]
    for step in steps:
        lines.append(f"| {step} | " + " | ".join(f"{settings[name]['losses'][step]:.4f}" for name in names) + " |")
    return "\n".join(lines)


def memory_part(cases: Sequence[Found]) -> Iterator[str]:
    """Yield a table of peaks and what a larger supervised share added, beside what its logits would have."""
    lines = [
        "| vocabulary | supervised of tokens at once | weights, gradients and AdamW MiB | peak above imports MiB |"
    ]
    lines.append("| ---: |" + " ---: |" * 3)
    for case in cases:
        lines.append(
            f"| {case['vocabulary']:,} | {case['supervised']:,} of {case['tokens']:,} "
            f"| {16 * case['parameters'] / MIB:,.0f} | {(case['bytes_peak'] - case['bytes_imported']) / MIB:,.0f} |"
        )
    yield "\n".join(lines)
    growths = [growth(cases, vocabulary) for vocabulary in sorted({case["vocabulary"] for case in cases})]
    yield "\n".join(
        f"- {'met' if one['grown'] <= one['logits'] / 2 else 'MISSED'}: vocabulary {one['vocabulary']:,}: "
        f"{one['rows']:,} more supervised tokens added {one['grown'] / MIB:,.0f} MiB; one fp32 copy of their logits "
        f"alone would be {one['logits'] / MIB:,.0f} MiB (target: less than half of it)"
        for one in growths
        if one["logits"] >= NOTICEABLE
    )


def gpu_part(gpu: Found | None) -> Iterator[str]:
    """Yield the accelerator's part, or that it did not run."""
    if gpu is None:
        yield "GPU part: did not run, no accelerator here."
        return
    settings = gpu["settings"]
    yield (
        f"{gpu['device']}, Qwen3-0.6B shape, random weights, bf16; products of 8,192 x 8,192 in bf16 measured at "
        f"{gpu['peak'] / 1e12:,.0f} TFLOP/s. Logits are counted for supervised tokens only."
    )
    lines = ["| setting | runs | tokens/s | of measured peak | peak MiB |", "| :--- |" + " ---: |" * 4]
    for name in [*(name for name in OURS if name in settings), *peers(settings)]:
        found = settings[name]
        memory = statistics.median(one["bytes_peak"] for one in found["runs"]) / MIB
        lines.append(
            f"| {name} | {len(found['runs'])} | {median_rate(found):,.0f} | {used(gpu, name):.1%} | {memory:,.0f} |"
        )
    yield "\n".join(lines)
    yield from failures(gpu)
    ours, best = fastest(settings, OURS), next(iter(peers(settings)), None)
    if ours is None or best is None:
        return
    met = "met" if used(gpu, ours) >= TARGET_GPU_SHARE else "MISSED"
    yield (
        verdict(f"{ours} against TRL's best, {best}", ratio(settings[ours], settings[best]), TARGET_GPU_BEST)
        + f"\n- {met}: {used(gpu, ours):.1%} of measured matmul peak (target {TARGET_GPU_SHARE:.0%})"
    )


def used(gpu: Found, name: str) -> float:
    """Return the share of the measured peak that a setting's tokens were worth."""
    return median_rate(gpu["settings"][name]) * gpu["flops_per_token"] / gpu["peak"]


def configurations(results: Found) -> str:
    """Return what TRL was told beyond its defaults; its whole configuration is in train.json under `peer_config`."""
    told: dict[str, Found] = {}
    for cell in results["cells"]:
        for name, found in cell["settings"].items():
            told.setdefault(name, found["config"])
    peer = {name: config for name, config in told.items() if name not in OURS}
    shared = {key: value for key, value in next(iter(peer.values()), {}).items() if _in_all(key, value, peer)}
    lines = [f"- {name}: `{json.dumps(config)}`" for name, config in told.items() if name in OURS]
    if peer:
        lines.append(f"- every TRL setting, where it departs from SFTConfig's defaults: `{json.dumps(shared)}`")
    for name, config in peer.items():
        lines.append(f"- {name}: `{json.dumps({key: config[key] for key in config if key not in shared})}`")
    for key in ("gradient_checkpointing", "bf16", "loss_type", "optim", "padding_free", "packing_strategy"):
        if key in results["peer_config"]:
            lines.append(f"- `{PEER_DEFAULT}`, {key}: `{results['peer_config'][key]}`")
    return "\n".join([*lines, "- TRL's whole configuration: train.json, `peer_config`"])


def _in_all(key: str, value: Any, configs: dict[str, Found]) -> bool:
    return all(key in config and config[key] == value for config in configs.values())


def compact(results: Found) -> str:
    """Return train.json: indented, with every list of numbers on one line."""
    text = json.dumps(results, indent=1)
    return re.sub(r"\[([^\[\]{}\"]*)\]", lambda found: f"[{' '.join(found[1].split())}]", text) + "\n"
