"""One experiment as `order.json` in the folder that is named, its Comet archive beside it: a process of its own.

The only module that imports comet, and it imports nothing of ours. Everything that comet logs by itself (source,
arguments, output, packages, host, git) is off, so that the archive holds what it was given and nothing else; the host
is not looked up either, and no configuration of the home folder is read. Does not know where the numbers come from.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any


def main(folder: Path) -> None:
    """Write the archive of the order that lies in `folder`."""
    # Here and not in the parent: Python has found its own packages by now, some of which may lie in the real home.
    os.environ["HOME"] = os.environ["USERPROFILE"] = str(folder)
    import comet_ml

    order: dict[str, Any] = json.loads((folder / "order.json").read_text(encoding="ascii"))
    experiment = comet_ml.OfflineExperiment(
        project_name=order["project"],
        offline_directory=str(folder),
        log_code=False,
        log_graph=False,
        auto_param_logging=False,
        auto_metric_logging=False,
        auto_output_logging=False,
        auto_log_co2=False,
        parse_args=False,
        log_env_details=False,
        log_env_gpu=False,
        log_env_cpu=False,
        log_env_host=False,
        log_env_network=False,
        log_env_disk=False,
        log_git_metadata=False,
        log_git_patch=False,
        disabled=False,
        display_summary_level=0,
    )
    _fill(experiment, order)
    experiment.end()


def _fill(experiment: Any, order: dict[str, Any]) -> None:
    experiment.set_name(order["name"])
    experiment.add_tags(order["tags"])
    experiment.log_metrics(order["metrics"])
    for name, points in order["series"].items():
        for step, value in points:
            experiment.log_metric(name, value, step=step)
    if order["parameters"]:
        experiment.log_parameters(order["parameters"])
    for name, value in order["others"].items():
        experiment.log_other(name, value)
    for name, text in order["tables"].items():
        _checked(experiment.log_asset_data(text, name=name), name)
    for name, path in order["assets"].items():
        _checked(experiment.log_asset(path, file_name=name), name)
    if order["html"]:
        experiment.log_html(order["html"])


def _checked(logged: object, name: str) -> None:
    """Comet returns nothing where it did not take a file, and says so only in its log."""
    if logged is None:
        raise SystemExit(f"comet took no file {name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
