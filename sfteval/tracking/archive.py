"""A Comet archive and the order that it was written to in; what the archive lacks, or nothing, out.

Comet says in its log, and nowhere else, that it dropped something; and a process that was killed leaves half a zip.
So that an archive is known to be whole before it gets its name, it is read back. Does not import Comet.
Source of the format: archives of comet_ml 3.58, read.
"""

import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def lacking(archive: Path, order: Mapping[str, Any]) -> str:
    """Return what of the order the archive does not hold, in words; "" where it is whole.

    Points of metrics are counted by name; files and the page are looked up. A torn archive lacks everything.
    """
    try:
        held, files, num_pages = _read(archive)
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError) as torn:
        return f"a torn archive ({torn})"
    wanted = Counter(order["metrics"].keys())
    wanted.update({name: len(points) for name, points in order["series"].items()})
    missing = sorted((wanted - held).keys()) + sorted({*order["tables"], *order["assets"]} - files)
    if order["html"] and num_pages != 1:
        missing.append(f"{num_pages} pages for one")
    return f"an archive without {', '.join(missing[:5])}" if missing else ""


def _read(archive: Path) -> tuple[Counter[str], set[str], int]:
    """Return the points of each metric, the names of the files that are there, and the number of pages."""
    with zipfile.ZipFile(archive) as opened:
        if torn := opened.testzip():
            raise zipfile.BadZipFile(torn)
        json.loads(opened.read("experiment.json"))
        messages = [json.loads(line) for line in opened.read("messages.json").splitlines()]
        members = set(opened.namelist())
    points = Counter(message["metric"]["metricName"] for message in _of(messages, "metric_msg"))
    uploads = [upload for upload in _of(messages, "file_upload") if upload["file_path"] in members]
    files = {upload["additional_params"]["fileName"] for upload in uploads}
    return points, files, sum(1 for _ in _of(messages, "html"))


def _of(messages: Iterable[Mapping[str, Any]], kind: str) -> Iterable[Mapping[str, Any]]:
    return (message["payload"] for message in messages if message["type"] == kind)
