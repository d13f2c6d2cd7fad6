"""Comet archives parsed into plain dicts, and a guard that notes every connection which a process tries."""

import json
import zipfile
from pathlib import Path
from typing import Any

# Python imports `sitecustomize` first of all, in child processes too. An audit hook is told by the interpreter itself,
# whoever opens the connection and however; `random` because comet draws whether to report its warnings to sentry.io.
GUARD = """
import pathlib, random, sys
random.random = lambda: 0.99
NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostby", "socket.sendto", "socket.sendmsg")
def refuse(event, arguments):
    if event.startswith(NETWORK):
        with pathlib.Path({record!r}).open("a") as record:
            record.write(event + repr(arguments) + "\\n")
        raise OSError("no network in this test")
sys.addaudithook(refuse)
"""


def guard(folder: Path) -> Path:
    """Lay the guard into `folder`, which goes into PYTHONPATH; return the file that names what was tried."""
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / "connections"
    (folder / "sitecustomize.py").write_text(GUARD.format(record=str(record)))
    return record


def read(archive: Path) -> dict[str, Any]:
    """Return what an archive holds, by kind."""
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        lines = [json.loads(line) for line in opened.read("messages.json").splitlines()]
        texts = {
            line["payload"]["additional_params"]["fileName"]: opened.read(line["payload"]["file_path"]).decode()
            for line in lines
            if line["type"] == "file_upload"
        }
        experiment = json.loads(opened.read("experiment.json"))
    payloads = [(line["type"], line["payload"]) for line in lines]
    return {
        "experiment": experiment,
        "types": {kind for kind, _ in payloads},
        "metrics": [
            (item["metric"]["metricName"], item["metric"]["step"], item["metric"]["metricValue"])
            for kind, item in payloads
            if kind == "metric_msg" and item["metric"]["metricName"] != "process duration"
        ],
        "parameters": {
            told["paramName"]: told["paramValue"]
            for kind, item in payloads
            if kind == "parameter_msg" and (told := item.get("param") or item["params"])  # the latter holds a list
        },
        "others": {item["key"]: item["value"] for kind, item in payloads if kind == "log_other"},
        "files": texts,
        "html": [item["html"] for kind, item in payloads if kind == "html"],
    }


def everything(archive: Path) -> str:
    """Return all that an archive holds as one text, the names of its members too."""
    with zipfile.ZipFile(archive) as opened:
        held = [opened.read(name).decode("utf-8", "replace") for name in opened.namelist()]
        return "\n".join([archive.name, *opened.namelist(), *held])
