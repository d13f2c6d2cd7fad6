"""lm-eval itself, with its dummy model and tasks of two rows each: what it writes today is what we read."""

import json
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec

import pytest

from sfteval.imports import log_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("lm_eval") is None, reason="lm-eval is not installed: pip install 'sfteval[lm-eval]'"),
]

DOCS = [
    {"question": "2+2?", "answer": "lol", "choices": ["3", "4"], "label": 1},
    {"question": "1+1?", "answer": "2", "choices": ["2", "3"], "label": 0},
]
GENERATE = """
task: toy_generate
dataset_path: json
dataset_kwargs: {{data_files: {{test: {data}}}}}
test_split: test
output_type: generate_until
doc_to_text: "Q: {{{{question}}}}\\nA:"
doc_to_target: "{{{{answer}}}}"
generation_kwargs: {{until: ["\\n"], do_sample: false, max_gen_toks: 8}}
repeats: 2
metric_list: [{{metric: exact_match, aggregation: mean, higher_is_better: true}}]
filter_list:
  - {{name: first, filter: [{{function: take_first}}]}}
  - {{name: digits, filter: [{{function: regex, regex_pattern: "([0-9]+)"}}, {{function: take_first}}]}}
metadata: {{version: 1.5}}
"""
CHOOSE = """
task: toy_choose
dataset_path: json
dataset_kwargs: {{data_files: {{test: {data}}}}}
test_split: test
output_type: multiple_choice
doc_to_text: "Q: {{{{question}}}}\\nA:"
doc_to_target: label
doc_to_choice: choices
metric_list: [{{metric: acc}}, {{metric: acc_norm}}, {{metric: brier_score, higher_is_better: false}}]
metadata: {{version: 1.0}}
"""


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lm-eval")
    (folder / "tasks").mkdir()
    data = folder / "docs.jsonl"
    data.write_text("".join(json.dumps(doc) + "\n" for doc in DOCS))
    for name, text in (("generate", GENERATE), ("choose", CHOOSE)):
        (folder / "tasks" / f"{name}.yaml").write_text(text.format(data=data))
    words = ["--model", "dummy", "--tasks", "toy_generate,toy_choose", "--include_path", str(folder / "tasks")]
    words += ["--output_path", str(folder / "out"), "--log_samples"]
    environment = {"HF_HOME": str(folder / "hub"), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-m", "lm_eval", *words], capture_output=True, text=True, env=environment, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return {name: next(folder.glob(f"out/**/samples_toy_{name}_*.jsonl")) for name in ("generate", "choose")}


def test_a_generation_task_of_lm_eval_itself_is_read(logs):
    log = log_of(logs["generate"])
    assert (log.task, log.source["version"], log.source["task_version"]) == ("toy_generate", version("lm_eval"), "1.5")
    assert [question.messages[0].content for question in log.questions] == ["2+2?", "1+1?"]
    assert [(answer.question, answer.index, answer.text) for answer in log.answers] == [
        (name, index, "lol") for name in ("0", "1") for index in (0, 1)
    ]
    assert log.metrics == ("exact_match,first", "exact_match,digits")
    assert [answer.metrics["exact_match,first"] for answer in log.answers] == [1.0, 1.0, 0.0, 0.0]
    assert dict(log.sampling) == {"temperature": 0.0, "max_tokens": 8, "stop": ["\n"]}
    assert len(log.source["config_sha256"]) == 64


def test_a_multiple_choice_task_of_lm_eval_itself_is_read(logs):
    log = log_of(logs["choose"])
    assert not log.generated
    assert log.metrics == ("acc", "acc_norm")
    assert all(answer.text.startswith("choice ") for answer in log.answers)
    assert all(answer.metrics["acc"] in (0.0, 1.0) for answer in log.answers)
