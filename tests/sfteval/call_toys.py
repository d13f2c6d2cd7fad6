"""Toys for tests from raw text to `scores/<task>.jsonl`: one tool, one target, and answers scored into a folder."""

import json
from pathlib import Path

from sfteval.progress import silent_progress
from sfteval.score import UNKNOWN, Writing, score
from sfteval.store import RunFolder
from sfteval.types import Generation, Message, Sample, Task

TOOL = {"name": "look", "parameters": {"properties": {"place": {"type": "string"}}, "required": ["place"]}}
TARGET = {"calls": [{"name": "look", "arguments": {"place": "pier"}}]}
NO_CALL: dict = {"calls": []}
HERMES = '<tool_call>{"name": "look", "arguments": {"place": "pier"}}</tool_call>'
XML = "<tool_call><function=look><parameter=place>pier</parameter></function></tool_call>"


def scored(
    folder: Path, *texts: str | Generation, target: dict = TARGET, writing: Writing = UNKNOWN, **options: str
) -> list[dict]:
    """Return the lines of the scores file for answers to one sample each."""
    samples = tuple(Sample(f"s{n}", (Message("user", "Look."),), (TOOL,), target) for n in range(len(texts)))
    task = Task("calls", "toolcalls", samples, ("exact",), options=options)
    answers = [
        text if isinstance(text, Generation) else Generation("calls", f"s{n}", 0, f"q{n}", text, "stop")
        for n, text in enumerate(texts)
    ]
    with RunFolder(folder) as run:
        score([task], {"calls": answers}, run, silent_progress(), writing=writing)
    return [json.loads(line) for line in (folder / "scores" / "calls.jsonl").read_text().splitlines()]
