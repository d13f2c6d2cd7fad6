"""The validation report: a Material in, calm aligned lines out; what became of every row of every source, and why."""

from collections.abc import Iterator, Sequence

from sfttrain.data.report import aligned, describe_all_dropped, harmless, numbers
from sfttrain.prepare.material import Counts, Material, SourceRecord
from sfttrain.types import Arm

NUM_NAMED = 3  # rows named as examples of many
LONGEST_QUOTED = 140  # characters of a template's complaint


def describe(material: Material) -> list[str]:
    """Return the validation report as lines."""
    lines = [*_rows(material.sources), *_why(material.sources), *_tokens(material), *_kinds(material)]
    return [harmless(line) for line in lines]


def _rows(sources: Sequence[SourceRecord]) -> list[str]:
    """Return the table of rows; the columns about weights only where some weight is not 1."""
    weighted = any(source.weight != 1 for source in sources)
    titles = ["source", "format", "read", "dropped", "refused", "too long", "held out", "to learn from"]
    table = [[*titles, *(["left out", "weight", "an epoch"] if weighted else [])]]
    for source in sources:
        values = _row_values(source)
        row = [source.report.path, source.report.format, *numbers(*values[:6])]
        table.append([*row, *([f"{values[6]:,}", f"{source.weight:g}", f"{values[7]:,}"] if weighted else [])])
    if len(sources) > 1:
        sums = [sum(column) for column in zip(*map(_row_values, sources), strict=True)]
        table.append(["all", "", *numbers(*sums[:6]), *([f"{sums[6]:,}", "", f"{sums[7]:,}"] if weighted else [])])
    return aligned(table)


def _row_values(source: SourceRecord) -> list[int]:
    report, refused = source.report, sum(map(len, source.refused.values()))
    given = [report.num_read, report.num_dropped, refused, len(source.overlong), len(source.held_out)]
    return [*given, len(source.train), source.num_left_out, next(iter(source.counts.values())).conversations]


def _why(sources: Sequence[SourceRecord]) -> Iterator[str]:
    yield from describe_all_dropped(source.report for source in sources)
    for source in sources:
        path = source.report.path
        for reason, names in source.refused.items():
            first = source.first_refused[reason]
            shown = first if len(first) <= LONGEST_QUOTED else f"{first[:LONGEST_QUOTED]}..."
            yield f"{path}, refused: {reason} ({_named(names)})"
            yield f"  the first: {shown}"
        if source.overlong:
            yield f"{path}, longer than max_tokens ({_named(source.overlong)})"
        if source.num_also_learned:
            yield f"{path}, held out no more, for the same content is learned from: {source.num_also_learned:,}"


def _named(names: Sequence[str]) -> str:
    more = ", ..." if len(names) > NUM_NAMED else ""
    return f"{len(names):,}: row{'s' if len(names) > 1 else ''} {', '.join(names[:NUM_NAMED])}{more}"


def _tokens(material: Material) -> list[str]:
    """Return the table of what each arm learns in an epoch, of each source, of canaries and of all."""
    table = [["arm", "source", "examples", "of a row", "tokens", "learned", "share %"]]
    for arm in material.examples:
        for source in material.sources:
            table.append([arm, source.report.path, *_token_values(source.counts[arm])])
        if material.canaries is not None:
            table.append([arm, "canaries", *_token_values(material.canaries.counts[arm])])
        if len(material.sources) > 1 or material.canaries is not None:
            table.append([arm, "all", *_token_values(Counts(**material.counts(arm)))])
    return aligned(table)


def _token_values(counts: Counts) -> list[str]:
    per_row = counts.examples / max(counts.conversations, 1)
    share = round(100 * counts.supervised_tokens / max(counts.tokens, 1))
    return numbers(counts.examples, per_row, counts.tokens, counts.supervised_tokens, share)


def _kinds(material: Material) -> Iterator[str]:
    if Arm.THINK in material.examples:
        counts = Counts(**material.counts(Arm.THINK))
        yield f"{Arm.THINK}: {counts.turns_with_reasoning:,} of {counts.turns:,} learned turns have reasoning"
    if num_react := sum(source.num_react for source in material.sources):
        yield f"{num_react:,} rows hold ReAct text, whose observations are read and not learned"
    if material.canaries is not None:
        plan = material.canaries.plan
        doses = ", ".join(f"{num:,} x {repeats:,}" for repeats, num in plan.doses().items())
        yield f"{len(plan.repeats):,} canaries are planted in {plan.num_rows:,} rows: {doses}"
