"""Write the shipped labelled pairs anew: `python -m sfteval.judge.gold_set`."""

import json

from sfteval.identity import write_atomically
from sfteval.judge.gold_set import SHIPPED
from sfteval.judge.gold_set.make import gold_rows

if __name__ == "__main__":
    write_atomically(SHIPPED, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in gold_rows()))
