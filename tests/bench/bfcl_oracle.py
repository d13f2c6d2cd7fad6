"""BFCL's own checker as a child process: cases on standard input, its verdicts on standard output, one line each.

A case is `{"category", "functions", "calls": [{"name", "arguments"}], "ground_truth"}` as BFCL writes functions and
truth; a verdict is `{"valid", "error_type"}`, or `{"crash"}` where the checker raises. Run it with a Python that finds
the package `bfcl-eval` and nothing of ours: `python tests/bench/bfcl_oracle.py < cases.jsonl`. Of the package only the
checker is used; its table of models, which imports every vendor's client, is replaced by one that renames nothing.
"""

import json
import sys
from collections import defaultdict
from types import ModuleType, SimpleNamespace

MODELS = ModuleType("bfcl_eval.constants.model_config")
MODELS.MODEL_CONFIG_MAPPING = defaultdict(lambda: SimpleNamespace(underscore_to_dot=False))  # type: ignore[attr-defined]
sys.modules["bfcl_eval.constants.model_config"] = MODELS

from bfcl_eval.constants.enums import Language  # type: ignore[import-not-found] # noqa: E402
from bfcl_eval.eval_checker.ast_eval.ast_checker import ast_checker  # type: ignore[import-not-found] # noqa: E402


def verdict(case: dict) -> dict:
    """Return what the checker says about one case."""
    calls = [{call["name"]: call["arguments"]} for call in case["calls"]]
    try:
        said = ast_checker(case["functions"], calls, case["ground_truth"], Language.PYTHON, case["category"], "any")
    except Exception as error:  # what it cannot judge, it crashes on
        return {"crash": type(error).__name__}
    return {"valid": said["valid"], "error_type": said.get("error_type")}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(verdict(json.loads(line))))
