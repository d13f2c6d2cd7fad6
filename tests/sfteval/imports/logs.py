"""Logs of other harnesses as those write them, small and made here: rows of lm-eval, samples of inspect."""

import json
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

from sfteval.identity import content_hash

DATE = "2026-11-22T10-00-00.123456"

# -- lm-eval -----------------------------------------------------------------------------------------------------------


def generated(number: int, question: str, said: str, correct: Any = 1.0, kind: str = "none", **fields: Any) -> dict:
    """Return a row of a generation task with one metric, `exact_match`."""
    doc = {"question": question, "answer": "4"}
    settings = {"until": ["\n\n"], "do_sample": False, "temperature": 0.0, "max_gen_toks": 64}
    row = {
        "doc_id": number,
        "doc": doc,
        "target": "4",
        "arguments": {"gen_args_0": {"arg_0": f"Q: {question}\nA:", "arg_1": settings}},
        "resps": [[said]],
        "filtered_resps": [said.split()[-1] if said.split() else ""],
        "filter": kind,
        "metrics": ["exact_match"],
        "doc_hash": content_hash(doc),
        "prompt_hash": content_hash(question),
        "target_hash": content_hash("4"),
        "exact_match": correct,
    }
    return row | fields


def rated(number: int, question: str, likelihoods: list[float], right: int) -> dict:
    """Return a row of a multiple-choice task: one request a choice, `acc` and `acc_norm`."""
    doc = {"question": question, "choices": ["red", "blue"], "label": right}
    chosen = likelihoods.index(max(likelihoods))
    return {
        "doc_id": number,
        "doc": doc,
        "target": str(right),
        "arguments": {
            f"gen_args_{i}": {"arg_0": f"Q: {question}\nA:", "arg_1": f" {choice}"}
            for i, choice in enumerate(doc["choices"])
        },
        "resps": [[[str(value), "False"]] for value in likelihoods],
        "filtered_resps": [[str(value), "False"] for value in likelihoods],
        "filter": "none",
        "metrics": ["acc", "acc_norm"],
        "doc_hash": content_hash(doc),
        "prompt_hash": content_hash(question),
        "target_hash": content_hash(str(right)),
        "acc": float(chosen == right),
        "acc_norm": float(chosen == right),
    }


def samples_file(folder: Path, *rows: Any, task: str = "sums", results: dict | None = None) -> Path:
    """Write a samples file with the name that lm-eval gives it; `results` beside it, where there are some."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"samples_{task}_{DATE}.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    if results is not None:
        (folder / f"results_{DATE}.json").write_text(json.dumps({"results": {}} | results))
    return path


def results_of(model: str, task: str = "sums", **fields: Any) -> dict:
    """Return what `results_DATE.json` says of a model."""
    return {
        "configs": {task: {"task": task, "num_fewshot": 0}},
        "versions": {task: 3.0},
        "higher_is_better": {task: {"exact_match": True}},
        "lm_eval_version": "0.4.13",
        "model_name": model,
    } | fields


# -- inspect -----------------------------------------------------------------------------------------------------------


def sampled(name: Any, question: Any, said: Any, value: Any = "C", epoch: int = 1, **fields: Any) -> dict:
    """Return a sample with one score, `match`."""
    sample = {
        "id": name,
        "epoch": epoch,
        "input": question,
        "target": "4",
        "messages": [],
        "output": {
            "model": "mockllm/model",
            "choices": [{"message": {"role": "assistant", "content": said}, "stop_reason": "stop"}],
            "completion": said if isinstance(said, str) else "",
            "usage": {"input_tokens": 7, "input_tokens_cache_read": 2, "output_tokens": 5, "total_tokens": 14},
            "time": 0.5,
        },
        "scores": {"match": {"value": value, "answer": "4", "explanation": "because"}},
        "metadata": {},
    }
    return sample | fields


def header(task: str = "sums", model: str = "mockllm/model", **fields: Any) -> dict:
    """Return what stands before the samples."""
    return {
        "version": 2,
        "status": "success",
        "eval": {
            "created": "2026-11-22T10:00:00+00:00",
            "task": task,
            "task_version": 1,
            "task_args": {},
            "dataset": {"name": "toys"},
            "model": model,
            "model_generate_config": {"temperature": 0.5, "max_tokens": 64},
            "config": {},
            "packages": {"inspect_ai": "0.3.285"},
        },
        "plan": {"name": "plan", "steps": [{"solver": "generate", "params": {}}], "config": {"stop_seqs": ["END"]}},
    } | fields


def json_log(path: Path, *samples: dict, **fields: Any) -> Path:
    """Write a `.json` log."""
    path.write_text(json.dumps(header(**fields) | {"samples": list(samples)}, indent=2))
    return path


def archive(
    path: Path, *samples: dict, method: int = zipfile.ZIP_DEFLATED, head: str = "header.json", **fields: Any
) -> Path:
    """Write a `.eval` log."""
    members = {head: header(**fields)} if head else {}
    members |= {f"samples/{sample['id']}_epoch_{sample['epoch']}.json": sample for sample in samples}
    with zipfile.ZipFile(path, "w", method) as log:
        for name, value in members.items():
            log.writestr(name, json.dumps(value))
    return path


def zstandard_archive(path: Path, *samples: dict, frames: int = 1, **fields: Any) -> Path:
    """Write a `.eval` log as inspect does since it packs with Zstandard, which Python's zipfile cannot write."""
    import pyarrow

    members = {f"samples/{sample['id']}_epoch_{sample['epoch']}.json": sample for sample in samples}
    with path.open("wb") as log:
        entries = []
        for name, value in ({"header.json": header(**fields)} | members).items():
            data = json.dumps(value).encode()
            size = -(-len(data) // frames)
            pieces = [data[start : start + size] for start in range(0, len(data), size)]
            packed = b"".join(pyarrow.compress(piece, codec="zstd", asbytes=True) for piece in pieces)
            sizes = (zlib.crc32(data), len(packed), len(data), len(name))
            entries.append((name.encode(), sizes, log.tell()))
            log.write(struct.pack("<4s5H3I2H", b"PK\x03\x04", 63, 0, 93, 0, 33, *sizes, 0) + name.encode() + packed)
        start = log.tell()
        for name, sizes, offset in entries:
            fixed = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 63, 63, 0, 93, 0, 33, *sizes, 0, 0, 0, 0, 0, offset)
            log.write(fixed + name)
        size = log.tell() - start
        log.write(struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, len(entries), len(entries), size, start, 0))
    return path
