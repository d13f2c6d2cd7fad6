"""Tasks of lm-eval in a folder, with rows of our own: multiple choice, generation with a filter, one likelihood."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

CAPITALS = [
    {"question": "Which town is the capital of France?", "choices": ["Lyon", "Paris", "Nice"], "label": 1},
    {"question": "Which town is the capital of Peru?", "choices": ["Lima", "Cusco", "Arequipa"], "label": 0},
    {"question": "Which town is the capital of Japan?", "choices": ["Osaka", "Kyoto", "Tokyo"], "label": 2},
    {"question": "Which town is the capital of Kenya?", "choices": ["Nairobi", "Mombasa", "Kisumu"], "label": 0},
    {"question": "Which town is the capital of Norway?", "choices": ["Bergen", "Oslo", "Trondheim"], "label": 1},
    {"question": "Which town is the capital of Chile?", "choices": ["Arica", "Temuco", "Santiago"], "label": 2},
]
SUMS = [{"question": f"What is {a} + {a + 3}?", "answer": str(2 * a + 3)} for a in range(2, 8)]
SHOTS = [{"question": f"What is {a} + {a}?", "answer": str(2 * a)} for a in range(11, 17)]


def accuracy(*names: str, **fields: Any) -> list[dict[str, Any]]:
    return [{"metric": name, "aggregation": "mean", "higher_is_better": True, **fields} for name in names]


def write_task(folder: Path, name: str, splits: Mapping[str, Sequence[Mapping[str, Any]]], **fields: Any) -> Path:
    """Write `name.yaml` and its rows, and return the file; `fields` are the task's own."""
    files = {}
    for split, rows in splits.items():
        path = folder / f"{name}-{split}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        files[split] = str(path)
    task = {
        "task": name,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": files, "cache_dir": str(folder / "cache")},
        "test_split": "test",
        "metadata": {"version": 1.0},
        **fields,
    }
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(task), encoding="utf-8")
    return folder / f"{name}.yaml"


def capitals(folder: Path, name: str = "toy_capitals", **fields: Any) -> Path:
    asked = {
        "output_type": "multiple_choice",
        "doc_to_text": "Question: {{question}}\nAnswer:",
        "doc_to_choice": "choices",
        "doc_to_target": "label",
        "metric_list": accuracy("acc", "acc_norm"),
    }
    return write_task(folder, name, {"test": CAPITALS}, **(asked | fields))


def sums(folder: Path, name: str = "toy_sums", rows: Sequence[Mapping[str, Any]] = SUMS, **fields: Any) -> Path:
    asked = {
        "output_type": "generate_until",
        "doc_to_text": "{{question}}",
        "doc_to_target": "{{answer}}",
        "fewshot_split": "train",
        "num_fewshot": 2,
        "generation_kwargs": {"until": ["\n\n"], "max_gen_toks": 16, "do_sample": False, "temperature": 0.0},
        "filter_list": [pipeline("number", regex("(-?[0-9]+)"))],
        "metric_list": accuracy("exact_match"),
    }
    return write_task(folder, name, {"test": rows, "train": SHOTS}, **(asked | fields))


def pipeline(name: str, *functions: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "filter": [*functions, {"function": "take_first"}]}


def regex(pattern: str, **fields: Any) -> dict[str, Any]:
    return {"function": "regex", "regex_pattern": pattern, **fields}


def last_words(folder: Path, rows: Sequence[Mapping[str, Any]], name: str = "toy_last_words", **fields: Any) -> Path:
    asked = {
        "output_type": "loglikelihood",
        "doc_to_text": "{{question}}",
        "doc_to_target": "{{answer}}",
        "metric_list": [
            {"metric": "perplexity", "aggregation": "perplexity", "higher_is_better": False},
            *accuracy("acc"),
        ],
    }
    return write_task(folder, name, {"test": rows}, **(asked | fields))
