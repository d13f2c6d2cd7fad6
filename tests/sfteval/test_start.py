"""What a light command loads: asking a served model waits for no library that only comparing or a local model needs."""

import subprocess
import sys

HEAVY = {"pandas", "scipy", "statsmodels", "torch", "transformers", "comet_ml", "openai", "datasets", "pyarrow"}


def test_asking_an_endpoint_loads_no_library_of_comparing_or_of_local_models():
    code = (
        "import sys, sfteval.cli.run, sfteval.pipeline, sfteval.backends.endpoint\n"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "aiohttp" in loaded
    assert not loaded & HEAVY
