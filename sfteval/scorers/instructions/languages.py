"""Which language a text is in: langdetect, made deterministic.

Its profiles are loaded once, under a lock, in a fixed order, into a factory of our own with seed 0; verdicts are cached
by text, and at most 20,000 characters are looked at. Loaded only when somebody asks. Does not know constraints.
Source: langdetect 1.0.9; its races and its unseeded draws: research on evaluation peers, section 2.1.
"""

from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

MAX_CHARACTERS = 20_000
_LOCK = Lock()
_FACTORY: list[Any] = []


@lru_cache(maxsize=8192)
def language_of(text: str) -> str | None:
    """Return the ISO code, "unknown" where no language stands out, None where nothing can be detected (digits)."""
    from langdetect.lang_detect_exception import LangDetectException

    detector = _factory().create()
    detector.append(text[:MAX_CHARACTERS])
    try:
        return str(detector.detect())
    except LangDetectException:
        return None


def _factory() -> Any:
    with _LOCK:
        if not _FACTORY:
            from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory

            factory = DetectorFactory()
            factory.seed = 0
            profiles = sorted(path for path in Path(PROFILES_DIRECTORY).iterdir() if not path.name.startswith("."))
            factory.load_json_profile([path.read_text(encoding="utf-8") for path in profiles])
            _FACTORY.append(factory)
        return _FACTORY[0]
