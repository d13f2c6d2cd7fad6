"""Inspect's model class called from a script, which is less than its `eval` does: no task, no score, no log.

Run by the peers' interpreter: `python serve_inspect.py DATA MAX_TOKENS CONCURRENCY`
"""

import asyncio
import json
import sys
from pathlib import Path

from inspect_ai.model import GenerateConfig, get_model


async def main(prompts: list[str], max_tokens: int, concurrency: int) -> None:
    config = GenerateConfig(max_connections=concurrency, temperature=0.0, max_tokens=max_tokens)
    async with get_model("openai-api/bench/toy", config=config) as model:
        answers = await asyncio.gather(*(model.generate(prompt) for prompt in prompts))
    assert all(answer.completion is not None for answer in answers)


if __name__ == "__main__":
    data, most, number = sys.argv[1:]
    asked = [json.loads(line)["prompt"] for line in Path(data).read_text().splitlines()]
    asyncio.run(main(asked, int(most), int(number)))
