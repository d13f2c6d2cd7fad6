"""What tests share: the real data where it is, and one starter pair trained once per `make test`."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).parent.parent
os.environ.pop("GITHUB_ACTIONS", None)  # what a gate tells a runner in a test is not for the one that runs the tests


def pytest_collection_modifyitems(config, items):
    """Run the fast tests first: a wrong line is found before anything is trained.

    Of two workers (`make test`) one begins with vLLM, and so with the starter pair; the other leaves what needs that
    pair to the end. They never share a file's fixtures.
    """
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)
    if hasattr(config, "workerinput"):
        waiting = {item.path for item in items if "starter" in item.fixturenames}
        items.sort(key=lambda item: (item.get_closest_marker("vllm") is None, item.path in waiting))
        for item in items:
            of_vllm = item.get_closest_marker("vllm") is not None
            item.add_marker(pytest.mark.xdist_group("vllm" if of_vllm else str(item.path)))


SKIPPED: list[str] = []


def pytest_runtest_logreport(report):
    if report.skipped and isinstance(report.longrepr, tuple):
        SKIPPED.append(report.longrepr[2])


def pytest_collectreport(report):
    if report.skipped and isinstance(report.longrepr, tuple):
        SKIPPED.append(report.longrepr[2])


def pytest_sessionfinish(session):
    """In CI a test that could run must run: a machine without a browser or without the data may leave those out."""
    excused = ["chromium is not installed", *([] if "SFTEVAL_DATA" in os.environ else ["set SFTEVAL_DATA"])]
    left_out = [reason for reason in SKIPPED if not any(excuse in reason for excuse in excused)]
    if os.environ.get("CI") == "true" and left_out:
        print("\nskipped in CI:", *sorted(set(left_out)), sep="\n  ")
        session.exitstatus = 1


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The real benchmark files, which are not ours to ship: `SFTEVAL_DATA`, or `../shared/data` beside the checkout."""
    folder = Path(os.environ.get("SFTEVAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no benchmark data: set SFTEVAL_DATA to the folder that holds ifeval/, ifbench/ and bfcl/")
    return folder


class World:
    """A folder in which `sfteval quickstart` was called with its default paths."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.report = folder / "reports" / "quickstart"
        self.checkpoints = folder / "checkpoints" / "quickstart"
        self.runs = folder / "runs"
        self.seconds = 0.0

    def quickstart(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "sfteval", "quickstart", *words], cwd=self.folder, capture_output=True, text=True
        )
        self.seconds = time.monotonic() - started
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def copy(self, folder: Path) -> "World":
        """Return a world with the same checkpoints in which nothing was asked yet."""
        shutil.copytree(self.checkpoints, folder / "checkpoints" / "quickstart")
        return World(folder)


@pytest.fixture(scope="session")
def starter(tmp_path_factory) -> World:
    """The starter pair, trained and compared once; `SFTEVAL_STARTER` names a folder that has one already."""
    if ready := os.environ.get("SFTEVAL_STARTER"):
        world = World(Path(ready))
        world.quickstart()
        return world
    with_worker = "PYTEST_XDIST_WORKER" in os.environ  # each has a folder of its own in the session's
    base = tmp_path_factory.getbasetemp().parent if with_worker else tmp_path_factory.getbasetemp()
    world = World(base / "starter")
    world.folder.mkdir(exist_ok=True)
    with FileLock(base / "starter.lock"):
        if not (world.report / "results.json").exists():
            world.quickstart()
    return world


@pytest.fixture(scope="session")
def judged(starter, tmp_path_factory) -> World:
    """The same pair with the tiny judge of `quickstart --full`; what that said is in `said.txt`."""
    with_worker = "PYTEST_XDIST_WORKER" in os.environ
    base = tmp_path_factory.getbasetemp().parent if with_worker else tmp_path_factory.getbasetemp()
    world = World(base / "judged")
    with FileLock(base / "judged.lock"):
        if not (world.folder / "said.txt").exists():
            starter.copy(world.folder)
            shutil.copytree(starter.runs, world.runs, ignore=shutil.ignore_patterns(".*"))
            done = world.quickstart("--full")
            (world.folder / "said.txt").write_text(done.stdout + done.stderr)
    return world
