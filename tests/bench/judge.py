"""`make bench-judge`: 500 pairs judged in both orders, beside a bare `openai` client that sends the same bodies.

A mock server answers each request after 20 ms. Both clients run in this process, alternating, as many requests at once;
ours keeps every verdict on disk besides. Writes reports/bench/judge.md and judge.json.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import openai  # noqa: E402

from sfteval.asking import AskingPolicy  # noqa: E402
from sfteval.judge import prefer, read_rubric  # noqa: E402
from sfteval.judge.gold import read_gold  # noqa: E402
from sfteval.judge.gold_set import SHIPPED  # noqa: E402
from sfteval.judge.material import contest_messages  # noqa: E402
from sfteval.judge.opening import judge_named, open_bench  # noqa: E402
from sfteval.progress import silent_progress  # noqa: E402
from sfteval.types import Contest, Message  # noqa: E402
from tests.bench.serve_page import describe_machine  # noqa: E402

TARGET = 1.5


def contests(num: int) -> list[Contest]:
    """Return so many pairs out of the shipped ones, each asked in its own words."""
    gold = [pair.contest for pair in read_gold(SHIPPED)]
    return [
        Contest(
            str(number),
            (Message("user", f"({number}) {gold[number % len(gold)].messages[0].content}"),),
            gold[number % len(gold)].baseline,
            gold[number % len(gold)].candidate,
        )
        for number in range(num)
    ]


async def bare(url: str, bodies: list[dict[str, Any]], concurrency: int) -> float:
    """Return the seconds that the client alone takes."""
    waiting = iter(bodies)

    async def worker(client: openai.AsyncOpenAI) -> None:
        for body in waiting:
            answer = await client.chat.completions.create(**body)
            assert json.loads(answer.choices[0].message.content or "")["choice"] == "second"

    async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
        started = time.perf_counter()
        await asyncio.gather(*(worker(client) for _ in range(concurrency)))
        return time.perf_counter() - started


async def ours(url: str, pairs: list[Contest], concurrency: int) -> tuple[float, float]:
    """Return the seconds that judging takes, and those of judging once more, when nobody is asked."""
    judge, checkpoint = judge_named(f"{url}#toy", read_rubric("helpfulness"))
    policy = AskingPolicy(concurrency=concurrency)
    with tempfile.TemporaryDirectory() as folder:
        async with open_bench(judge, checkpoint, Path(folder), silent_progress(), policy=policy) as bench:
            started = time.perf_counter()
            found = await prefer(judge, bench, pairs)
            between = time.perf_counter()
            assert all(one.winner == "tie" and one.is_flip for one in found)
            await prefer(judge, bench, pairs)
            return between - started, time.perf_counter() - between


def bodies_of(pairs: list[Contest]) -> list[dict[str, Any]]:
    """Return what our client sends, for the bare one to send."""
    rubric = read_rubric("helpfulness")
    form = {"name": "verdict", "strict": True, "schema": rubric.schema("pairwise")}
    return [
        {
            "model": "toy",
            "messages": [one.as_dict() for one in contest_messages(rubric, pair, candidate_first=swapped)],
            "temperature": 0.0,
            "top_p": 1.0,
            "max_tokens": 1024,
            "seed": 1,
            "response_format": {"type": "json_schema", "json_schema": form},
        }
        for pair in pairs
        for swapped in (False, True)
    ]


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Run both clients in alternation, after one round that is not counted."""
    pairs = contests(options.pairs)
    bodies = bodies_of(pairs)
    runs: dict[str, list[float]] = {"bare": [], "ours": [], "again": []}
    words = [sys.executable, "-m", "tests.bench.judge_mock"]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
        for run in range(options.runs + 1):
            took = asyncio.run(bare(url, bodies, options.concurrency))
            judged, again = asyncio.run(ours(url, pairs, options.concurrency))
            if run:
                runs["bare"].append(took)
                runs["ours"].append(judged)
                runs["again"].append(again)
        assert server.stdin is not None
        server.stdin.close()
    return {"machine": describe_machine(), "openai": openai.__version__, "options": vars(options), "runs": runs}


def page(results: dict[str, Any]) -> str:
    """Return the Markdown page."""
    runs, options, machine = results["runs"], results["options"], results["machine"]
    ratio = statistics.median(a / b for a, b in zip(runs["ours"], runs["bare"], strict=True))
    rows = [
        f"| {name} | {statistics.median(each):.2f} | {min(each):.2f} | {max(each):.2f} |"
        for name, each in (("bare openai client", runs["bare"]), ("judging", runs["ours"]), ("again", runs["again"]))
    ]
    return "\n".join(
        [
            f"# Judging: {options['pairs']} pairs in both orders, each request answered after 20 ms",
            "",
            f"- Machine: {machine['processor']}, {machine['cores']} cores, Python {machine['python']}; openai "
            f"{results['openai']}. {options['concurrency']} requests at once, {options['runs']} alternating runs each.",
            "- Judging renders the material, reads every verdict strictly and keeps it on disk; `again` is the same "
            "call once more, which asks nobody.",
            "",
            "| | seconds, median | least | most |",
            "| :--- | ---: | ---: | ---: |",
            *rows,
            "",
            f"- {'met' if ratio <= TARGET else 'missed'}: {ratio:.2f} times the bare client (target {TARGET})",
            "",
        ]
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=500)
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("-o", "--out", type=Path, default=ROOT / "reports" / "bench")
    given = parser.parse_args()
    out = given.out
    del given.out
    measured = measure(given)
    out.mkdir(parents=True, exist_ok=True)
    (out / "judge.json").write_text(json.dumps(measured, indent=2) + "\n")
    (out / "judge.md").write_text(page(measured))
    print(page(measured))
