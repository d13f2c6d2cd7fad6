"""The labelled pairs that come with the package, made by construction: a judge can be validated out of the box.

`make` writes them anew (`python -m sfteval.judge.gold_set`), a test compares the bytes. They show whether a judge sees
what is plainly worse; agreement with people on close pairs is shown only by pairs that people labelled.
"""

from pathlib import Path

SHIPPED = Path(__file__).parent / "helpfulness.jsonl"
