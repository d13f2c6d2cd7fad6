"""A checkpoint's chat template: Jinja source in, rendered text out, exactly as transformers and vLLM render it.

The sandbox, its options, filters and globals are those of `transformers.utils.chat_template_utils` (version 5), with
two differences: the clock stands still, so that a template that prints a date renders the same text tomorrow, and
`{% generation %}` markers are accepted and ignored. A turn is told as the template reads it: reasoning under the key
that the source names, and arguments of a call as JSON text where it fails on an object. Knows no token ids.
"""

import contextlib
import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import meta, nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sfteval.errors import CheckpointError, TemplateError
from sfteval.types import Json, Message

FROZEN_CLOCK = datetime(2025, 1, 1, tzinfo=UTC)
SPECIAL_NAMES = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
REASONING_KEYS = ("reasoning_content", "thinking", "reasoning")  # the first that the source reads


@dataclass(frozen=True, slots=True)
class ChatTemplate:
    """The Jinja source of one chat format, and the special tokens that it may name."""

    source: str
    special_tokens: Mapping[str, str] = field(default_factory=dict, hash=False)  # {"bos_token": "<s>", ...}
    where: str = "chat template"  # for messages

    def __post_init__(self) -> None:
        """Refuse a source that is not valid Jinja at once, not at the first conversation."""
        _compile(self.source, self.where)

    @classmethod
    def from_folder(cls, folder: Path) -> "ChatTemplate":
        """Read the template as a server does: `chat_template.jinja` first, then `tokenizer_config.json`."""
        settings = read_json(folder / "tokenizer_config.json")
        path = folder / "chat_template.jinja"
        if path.is_file():
            return cls(_text_of(path), _special_tokens(settings), str(path))
        source = inline_template(settings.get("chat_template"))
        if source is None:
            raise TemplateError(
                str(folder),
                expected="a chat template",
                got="none in chat_template.jinja or tokenizer_config.json",
                next_move="Add chat_template.jinja, or train with sfttrain",
            )
        return cls(source, _special_tokens(settings), f"{folder / 'tokenizer_config.json'}, chat_template")

    @property
    def sha256(self) -> str:
        """The identity of the template: what is rendered depends on nothing else but the conversation."""
        return hashlib.sha256(self.source.encode()).hexdigest()

    def variables(self) -> set[str]:
        """Return the names that the template reads and a caller may set, `enable_thinking` for example."""
        given = {"messages", "tools", "documents", "add_generation_prompt", *SPECIAL_NAMES}
        environment = _environment()
        return meta.find_undeclared_variables(environment.parse(self.source)) - given - set(environment.globals)

    @property
    def reasoning_key(self) -> str:
        """The key of a message under which the template looks for reasoning; `reasoning_content` if it never does."""
        return _reasoning_key(self.source)

    def render(
        self,
        messages: Sequence[Message],
        tools: Sequence[Json] = (),
        kwargs: Json | None = None,
        *,
        add_generation_prompt: bool = False,
    ) -> str:
        """Return the text of a conversation; `kwargs` are the template's own variables, as `enable_thinking`."""
        variables: dict[str, Any] = {
            **self.special_tokens,
            "messages": [self._told(message) for message in messages],
            "tools": [dict(tool) for tool in tools] or None,
            "documents": None,
            "add_generation_prompt": add_generation_prompt,
            **(kwargs or {}),
        }
        try:
            return self._render(variables)
        except Exception as error:  # a template is a program of its own: it may raise anything
            roles = ", ".join(message.role for message in messages)
            raise TemplateError(
                self.where,
                expected=f"to render the turns {roles or '(none)'}",
                got=f'"{error}"',
                next_move="Change the conversation, the template's variables or the template",
            ) from error

    def _render(self, variables: dict[str, Any]) -> str:
        template = _compile(self.source, self.where)
        try:
            return template.render(variables)
        except Exception:
            as_text = _arguments_as_text(variables["messages"])
            if as_text is None:
                raise
            with contextlib.suppress(Exception):  # it was not the arguments: the first error says more
                return template.render({**variables, "messages": as_text})
            raise

    def _told(self, message: Message) -> dict[str, Any]:
        told = message.as_dict()
        if "reasoning_content" in told and self.reasoning_key != "reasoning_content":
            told[self.reasoning_key] = told.pop("reasoning_content")
        return told


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object of a file of a checkpoint; a file that is not there is an empty object."""
    if not path.is_file():
        return {}
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise CheckpointError(
            str(path), expected="a JSON object", got=f"{error}", next_move="Copy or save the checkpoint again"
        ) from error
    if not isinstance(value, dict):
        raise CheckpointError(
            str(path), expected="a JSON object", got=type(value).__name__, next_move="Save the checkpoint again"
        )
    return value


def token_text(value: Any) -> str | None:
    """Return the text of a special token, which files write as a string or as `{"content": ...}`; None: not set."""
    text = value.get("content") if isinstance(value, dict) else value
    if not isinstance(text, str | None):
        raise TemplateError(
            "tokenizer_config.json", expected="special tokens as text", got=repr(text)[:40], next_move="Mend the file"
        )
    return text


def _special_tokens(settings: Json) -> dict[str, str]:
    found = {name: token_text(settings.get(name)) for name in SPECIAL_NAMES}
    return {name: text for name, text in found.items() if text is not None}


def inline_template(value: Any) -> str | None:
    """Return the source in `tokenizer_config.json`: a string, or the one named "default" of a list of named ones."""
    if isinstance(value, list):
        named = {entry.get("name"): entry.get("template") for entry in value if isinstance(entry, dict)}
        value = named.get("default")
    return value if isinstance(value, str) else None


def _text_of(path: Path) -> str:
    try:
        source = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise TemplateError(str(path), expected="UTF-8 text", got=str(error), next_move="Save it as UTF-8") from error
    if not source.strip():
        raise TemplateError(
            str(path), expected="a chat template", got="an empty file", next_move="Restore the template"
        )
    return source


def _arguments_as_text(messages: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """Return the messages with every call's arguments as JSON text (DeepSeek-V3 reads nothing else); None: no calls."""
    if not any(message.get("tool_calls") for message in messages):
        return None
    return [
        {**message, "tool_calls": [_call_as_text(call) for call in message["tool_calls"]]}
        if message.get("tool_calls")
        else message
        for message in messages
    ]


def _call_as_text(call: Json) -> dict[str, Any]:
    function = call.get("function")
    if not isinstance(function, Mapping) or isinstance(function.get("arguments"), str | None):
        return dict(call)
    return {**call, "function": {**function, "arguments": json.dumps(function["arguments"], ensure_ascii=False)}}


@functools.lru_cache(maxsize=64)
def _reasoning_key(source: str) -> str:
    """Return the first key that the source reads as an attribute or names in quotes; prose does not count."""
    tree = _environment().parse(source)
    read = {node.attr for node in tree.find_all(nodes.Getattr)} | {
        node.value for node in tree.find_all(nodes.Const) if isinstance(node.value, str)
    }
    return next((key for key in REASONING_KEYS if key in read), REASONING_KEYS[0])


@functools.lru_cache(maxsize=64)
def _compile(source: str, where: str) -> jinja2.Template:
    try:
        return _environment().from_string(source)
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(
            f"{where}, line {error.lineno}",
            expected="valid Jinja",
            got=f'"{error.message}"',
            next_move="Mend the template",
        ) from error


@functools.cache
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_IgnoreGenerationMarkers, loopcontrols]
    )
    environment.filters["tojson"] = _tojson
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = FROZEN_CLOCK.strftime
    return environment


class _IgnoreGenerationMarkers(Extension):
    """`{% generation %} ... {% endgeneration %}` renders its body: our masks do not rest on markers."""

    tags = {"generation"}  # noqa: RUF012  (the name that jinja2 reads)

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return list(parser.parse_statements(("name:endgeneration",), drop_needle=True))


def _tojson(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """Write JSON without Jinja's HTML escapes."""
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _raise_exception(message: str) -> None:
    raise jinja2.TemplateError(message)
