"""The mock server with a judge's verdict for an answer: `python -m tests.bench.judge_mock` prints its port."""

import asyncio
import json
from typing import Any

from sfteval.judge import read_rubric
from tests.bench import serve_mock


def verdict() -> str:
    """Return what a judge says that always prefers the answer that stands second."""
    criteria = {criterion.name: "second" for criterion in read_rubric("helpfulness").criteria}
    return json.dumps({"reason": "It is plainer and says more.", "criteria": criteria, "choice": "second"})


if __name__ == "__main__":
    answer: dict[str, Any] = json.loads(json.dumps(serve_mock.ANSWER))
    answer["choices"][0]["message"]["content"] = verdict()
    serve_mock.Connection.answer = serve_mock.packed("200 OK", answer)
    asyncio.run(serve_mock.serve(0))
