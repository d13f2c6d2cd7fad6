"""The benchmark of asking: what its page says of what was measured, and a mock server that is not in the way."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from tests.bench import serve_page
from tests.bench.serve import mock
from tests.bench.serve_mock import MARK, Connection

ROOT = Path(__file__).resolve().parents[1]


def runs(**seconds):
    return {
        name.replace("_", "-"): [{"phase": phase, "process": process} for phase, process in pairs]
        for name, pairs in seconds.items()
    }


def test_ratios_are_taken_within_a_run_and_then_the_median():
    found = runs(bare=[(1.0, 1), (2.0, 1), (1.0, 1)], sfteval=[(1.2, 2), (2.2, 2), (4.0, 2)])
    assert serve_page.verdict_phase(found, 1.5) == (
        "- met: request phase 1.20 times the bare client's (target: at most 1.5)"
    )
    assert serve_page.verdict_phase(found, 1.1).startswith("- MISSED: ")


def test_the_whole_process_is_held_against_the_fastest_of_the_others():
    found = runs(bare=[(1, 1)], sfteval=[(1, 2)], inspect=[(5, 20)], inspect_model=[(4, 5.8)], lm_eval=[(2, 10)])
    assert list(serve_page.mock_verdicts(found))[1] == (
        "- MISSED: whole process 2.9 times faster than inspect-model (target: at least 3)"
    )
    found["inspect-model"][0]["process"] = 6.1
    assert list(serve_page.mock_verdicts(found))[1].startswith("- met: whole process 3.0 times faster")


def test_the_table_shows_medians_ranges_and_what_is_not_known():
    found = runs(sfteval=[(1, 2), (3, 4), (2, 9)])
    found["lm-eval"] = [{"process": 5.0}]
    assert serve_page.table(found).splitlines()[2:] == [
        "| sfteval | 2.00 (1.00-3.00) | 4.00 (2.00-9.00) |",
        "| lm-eval | not known | 5.00 (5.00-5.00) |",
    ]


def test_a_page_says_that_vllm_did_not_run():
    options = {"num": 2000, "concurrency": 64, "runs": 1}
    machine = {"processor": "P", "cores": 2, "python": "3.11", "versions": {"aiohttp": "3"}}
    results = {"options": options, "machine": machine, "peers": {"lm_eval": "0.4"}, "mock": runs(bare=[(1, 1)])}
    page = serve_page.page(results)
    assert "aiohttp 3, lm_eval 0.4" in page
    assert page.endswith("vLLM: did not run.\n")


def test_the_bare_client_asks_the_mock_every_body_once(tmp_path):
    bodies = [{"model": "toy", "messages": [{"role": "user", "content": f"{n}? {MARK.decode()}"}]} for n in range(40)]
    (tmp_path / "bodies").write_text("".join(json.dumps(body) + "\n" for body in bodies))
    with mock() as url:
        words = [url, str(tmp_path / "bodies"), "8", str(tmp_path / "figures")]
        subprocess.run([sys.executable, "-m", "tests.bench.serve_bare", *words], cwd=ROOT, check=True)
        seen = asyncio.run(_times(url))
    seconds = json.loads((tmp_path / "figures").read_text())["asking"]
    assert seen["num"] == 40
    assert 5 * Connection.delay_seconds <= seen["seconds"] <= seconds


async def _times(url):
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rsplit(":", 1)[1].split("/")[0]))
    writer.write(b"GET /bench/times HTTP/1.1\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    body = await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
    writer.close()
    await writer.wait_closed()
    return json.loads(body)
