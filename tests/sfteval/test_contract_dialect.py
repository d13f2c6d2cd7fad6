"""Which dialect a checkpoint writes its tool calls in."""

from pathlib import Path

from sfteval.contract.dialect import spoken_dialect
from sfteval.types import Checkpoint

TURNS = (
    "{% for message in messages %}{{ message.content }}{% for call in message.tool_calls %}CALL{% endfor %}{% endfor %}"
)
HERMES = '<tool_call>{{ {"name": call.function.name, "arguments": call.function.arguments} | tojson }}</tool_call>'
LLAMA = '{{ {"name": call.function.name, "parameters": call.function.arguments} | tojson }}'


def folder_of(path: Path, call: str) -> Path:
    (path / "chat_template.jinja").write_text(TURNS.replace("CALL", call))
    return path


def test_the_folder_s_template_tells(tmp_path: Path):
    folder = folder_of(tmp_path, LLAMA)
    assert spoken_dialect(Checkpoint(str(folder), "directory", "c", path=folder)) == "llama3_json"


def test_what_training_saved_goes_before_the_folder(tmp_path: Path):
    folder = folder_of(tmp_path, LLAMA)
    training = {"contract": {"template": TURNS.replace("CALL", HERMES), "special_tokens": {}}}
    assert spoken_dialect(Checkpoint(str(folder), "directory", "c", path=folder, training=training)) == "hermes"


def test_an_endpoint_and_a_folder_without_a_template_tell_nothing(tmp_path: Path):
    assert spoken_dialect(Checkpoint("http://127.0.0.1/v1", "endpoint", "c", url="http://127.0.0.1/v1")) is None
    assert spoken_dialect(Checkpoint(str(tmp_path), "directory", "c", path=tmp_path)) is None
