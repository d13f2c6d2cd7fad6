"""A stand-in for comet_ml that writes archives of its format, or misbehaves as it is told to."""

from pathlib import Path

SOURCE = """
import json, os, pathlib, sys, time, zipfile

HOW = {how!r}
if HOW == "crashes":
    raise ImportError("no module named wrapt")
if HOW == "hangs":
    time.sleep(600)


class OfflineExperiment:
    def __init__(self, project_name, offline_directory, **switches):
        on = sorted(name for name, value in switches.items() if value)
        assert not on, on
        self.folder, self.lines, self.files = pathlib.Path(offline_directory), [], {{}}
        self.head = {{"project_name": project_name, "offline_id": self.folder.parent.name + self.folder.name}}

    def put(self, kind, **payload):
        self.lines.append({{"type": kind, "payload": payload}})

    def set_name(self, name):
        self.log_other("Name", name)

    def add_tags(self, tags):
        self.head["tags"] = tags

    def log_metric(self, name, value, step=None):
        if HOW != "drops":
            self.put("metric_msg", metric={{"metricName": name, "metricValue": value, "step": step}})

    def log_metrics(self, metrics):
        for name, value in metrics.items():
            self.log_metric(name, value)

    def log_parameters(self, parameters):
        for name, value in parameters.items():
            self.put("parameter_msg", param={{"paramName": name, "paramValue": value}})

    def log_other(self, key, value):
        self.put("log_other", key=key, value=value)

    def log_html(self, html):
        self.put("html", html=html)

    def log_asset_data(self, text, name):
        if HOW == "refuses":
            return None
        self.files[f"tmp{{len(self.files)}}"] = text.encode()
        self.put("file_upload", file_path=f"tmp{{len(self.files) - 1}}", additional_params={{"fileName": name}})
        return {{"assetId": "1"}}

    def log_asset(self, path, file_name):
        return self.log_asset_data(pathlib.Path(path).read_text(), file_name)

    def end(self):
        if HOW == "exits":
            os._exit(3)
        archive = self.folder / "key.zip"
        with zipfile.ZipFile(archive, "w") as opened:
            opened.writestr("experiment.json", json.dumps(self.head))
            opened.writestr("messages.json", "\\n".join(map(json.dumps, self.lines)))
            for name, content in self.files.items():
                opened.writestr(name, content)
        if HOW in ("tears", "stops halfway"):
            archive.write_bytes(archive.read_bytes()[:60])
        if HOW == "stops halfway":
            pathlib.Path({marker!r}).write_text(f"{{os.getpid()}}")
            time.sleep(600)
"""


def fake_comet(folder: Path, how: str = "works") -> Path:
    """Lay a comet_ml into `folder`, which goes into PYTHONPATH; return where it notes that half a zip is written."""
    marker = folder / "halfway"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "comet_ml.py").write_text(SOURCE.format(how=how, marker=str(marker)))
    return marker
