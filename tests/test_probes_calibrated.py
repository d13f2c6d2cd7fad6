"""The probes keep their promises on runs whose nature is known: one seed of the calibration, on the starter pair."""

import pytest

from tests.bench.probes import make_world, probe_world
from tests.bench.probes_page import DECISIVE, broken_promises

pytestmark = pytest.mark.slow

SEED = 0  # none of those on which the probes are calibrated


@pytest.fixture(scope="module")
def found(starter, tmp_path_factory):
    folder = tmp_path_factory.mktemp("calibration")
    paths = make_world(folder, SEED, chat=starter.checkpoints / "no-think")
    return probe_world(paths, folder / "runs", SEED)


def test_every_decisive_probe_fails_the_parrot_passes_the_healthy_run_and_ties_its_twin(found):
    assert [promise for promise in broken_promises(found) if promise[0] in DECISIVE] == []
    assert {found[run][probe]["verdict"] for run in ("parrot", "healthy") for probe in DECISIVE} == {"fail", "pass"}


def test_what_does_not_apply_says_why(found):
    skipped = {probe: said["sentence"] for probe, said in found["healthy"].items() if said["verdict"] == "skipped"}
    assert set(skipped) == {"perturb", "diversity", "format_leak", "forgetting"}
    assert all("plain English text" in sentence for sentence in skipped.values())
