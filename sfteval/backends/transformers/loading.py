"""A checkpoint's weights become a model to be asked; whatever is missing is said, never made up.

Weights are read as float32 on a CPU (greedy answers then do not depend on the batch) and as saved on a GPU: which
of the two is part of every question's identity, and known before torch is loaded. No code from a checkpoint is run.
Does not know what is asked.
"""

import ctypes
import warnings
from functools import cache
from pathlib import Path
from typing import Any

from sfteval.errors import BackendError, CheckpointError, SftevalError
from sfteval.types import Checkpoint

DTYPES = {"cpu": "float32", "cuda": "auto"}  # auto: as the weights were saved, which their fingerprint knows


@cache
def computes_on() -> str:
    """Return where weights are loaded here: "cuda" or "cpu"; torch is asked only where there is a driver to ask for."""
    if not has_driver():
        return "cpu"
    try:
        import torch
    except ImportError:  # nothing can be computed here; what is stored was, most likely where there are GPUs
        return "cuda"
    return "cuda" if torch.cuda.is_available() else "cpu"


def has_driver() -> bool:
    """Return whether a GPU of NVIDIA or AMD could be used: without a driver torch finds none either."""
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return Path("/dev/kfd").exists()
    return True


def arithmetic() -> str:
    """Return how answers are computed here, as part of their questions' identity."""
    return f"transformers {computes_on()} {DTYPES[computes_on()]}"


def load_model(checkpoint: Checkpoint) -> Any:
    """Load the weights for asking.

    Raises: BackendError when torch or transformers are missing, CheckpointError when the weights do not load.
    """
    try:
        import torch
        import transformers
    except ImportError as error:
        raise BackendError(
            checkpoint.argument,
            expected="torch and transformers",
            got=f"no module {error.name}",
            next_move="pip install 'sfteval[local]', or serve the checkpoint and give http://HOST:PORT/v1#MODEL",
        ) from error
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    device = computes_on()
    dtype = getattr(torch, DTYPES[device], DTYPES[device])
    folder = checkpoint.base_path or checkpoint.path
    try:
        model, loading = transformers.AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, trust_remote_code=False, local_files_only=True, output_loading_info=True
        )
        _check_all_loaded(checkpoint, loading)
        # What generation_config.json adds (a repetition penalty, say) would fill whatever a request leaves unsaid.
        model.generation_config = transformers.GenerationConfig()
        if checkpoint.base_path is not None and checkpoint.path is not None:
            model = _with_adapter(model, checkpoint.path)
    except SftevalError:
        raise
    except Exception as error:  # configuration and weights of any kind: each library has errors of its own
        raise CheckpointError(
            str(checkpoint.path),
            expected="weights that transformers loads",
            got=" ".join(str(error).split())[:200],
            next_move="Save the checkpoint again, or check that its architecture is known to this transformers",
        ) from error
    return model.eval().to(device)


def _check_all_loaded(checkpoint: Checkpoint, loading: dict[str, Any]) -> None:
    """Refuse weights that do not fill the model: transformers would make up the rest."""
    missing = sorted(loading.get("missing_keys") or ())
    mismatched = sorted(str(entry[0]) for entry in loading.get("mismatched_keys") or ())
    if missing or mismatched:
        lost = [*missing, *mismatched]
        raise CheckpointError(
            str(checkpoint.path),
            expected="weights for the whole model",
            got=f"{len(lost)} tensors missing or of another shape, {lost[0]} among them",
            next_move="Save the checkpoint again: what is missing would be random",
        )


def _with_adapter(model: Any, path: Path) -> Any:
    try:
        from peft import PeftModel
    except ImportError as error:
        raise BackendError(
            str(path), expected="peft to load an adapter", got="not installed", next_move="pip install 'sfteval[peft]'"
        ) from error
    with warnings.catch_warnings():  # peft only warns of adapters that it makes up
        warnings.filterwarnings("error", message="Found missing adapter keys")
        return PeftModel.from_pretrained(model, str(path))
