"""What a server can is asked once and never assumed; what it cannot is said, or is not needed."""

import pytest

from sfteval.backends.endpoint import trial
from sfteval.backends.endpoint.capabilities import Capabilities
from sfteval.errors import BackendError, ConfigurationError, TransientError
from tests.sfteval.backends.endpoints import answered, described, request, with_server
from tests.sfteval.backends.scripted_server import EXTENSIONS, PROBE, Script
from tests.sfteval.backends.server_faults import no_fault

TOOL = {"type": "function", "function": {"name": "add", "parameters": {"type": "object", "properties": {}}}}
PLAIN = tuple(name for name in EXTENSIONS if name == "seed")


def test_a_server_that_can_everything():
    assert described(Script()) == {
        "limit_field": "max_tokens",
        "refused": [],
        "unread": [],
        "no_limit": -1,
        "refuses_unknown_fields": False,
        "token_ids": True,
        "tokenize": described_address("/tokenize"),
        "logprobs": "prompt_logprobs",
        "tools": "auto",
        "tools_refusal": "",
        "max_model_len": 4096,
        "think_start_id": 299,
        "think_end_id": 300,
    }


def described_address(route):
    class Address:
        def __eq__(self, other):
            return other.startswith("http://127.0.0.1:") and other.partition(":")[2].endswith(route)

    return Address()


def test_a_server_that_tells_the_ids_of_prompts_alone_tells_none():
    assert described(Script(answer_ids=False))["token_ids"] is False


def test_a_server_that_can_only_chat():
    can = described(
        Script(token_ids=False, tokenize="", prompt_logprobs="", tools="", read=PLAIN, unknown="refused",
               max_model_len=None)
    )  # fmt: skip
    assert can == {
        "limit_field": "max_tokens",
        "refused": ["min_p", "repetition_penalty", "top_k"],
        "unread": [],
        "no_limit": None,
        "refuses_unknown_fields": True,
        "token_ids": False,
        "tokenize": "",
        "logprobs": "",
        "tools": "",
        "tools_refusal": 'HTTP 400: "auto" tool choice requires a tool call parser',
        "max_model_len": None,
        "think_start_id": None,
        "think_end_id": None,
    }


def test_the_server_is_asked_once_however_many_ask_at_the_same_time():
    import asyncio

    async def ask(backend):
        await asyncio.gather(*(backend.answer([request()]) for _ in range(5)))
        await backend.ready()

    server, _ = with_server(Script(), ask)
    num_probes = len(server.seen.probes)
    assert num_probes == len(with_server(Script(), lambda backend: backend.ready())[0].seen.probes)
    assert {body["messages"][0]["content"] for body in server.seen.probes} == {PROBE}
    assert num_probes < 20


def test_a_server_that_has_another_name_for_the_limit_gets_that():
    server, _ = answered(Script(refused=("max_tokens",)), request(max_tokens=9))
    assert server.questions[0]["max_completion_tokens"] == 9
    assert "max_tokens" not in server.questions[0]


def test_a_server_that_thinks_before_it_answers_is_given_room_for_it():
    server, answer = answered(Script(least_tokens=100, say=lambda body: "4"), request(max_tokens=200))
    assert answer.text == "4"
    assert answer.token_ids == tuple(b"4")
    assert max(body["max_tokens"] for body in server.seen.probes if "max_tokens" in body) == 256


def test_fields_that_are_refused_are_left_away_where_nobody_needs_them():
    server, _ = answered(Script(read=PLAIN, unknown="refused", refused=("presence_penalty",)))
    assert set(server.questions[0]) == {
        "model",
        "messages",
        "temperature",
        "top_p",
        "n",
        "frequency_penalty",
        "max_tokens",
        "seed",
    }


def test_fields_that_a_server_takes_whatever_stands_in_them_are_told():
    can = described(Script(read=PLAIN, unknown="ignored"))
    assert can["unread"] == ["chat_template_kwargs", "min_p", "repetition_penalty", "top_k"]
    assert can["refuses_unknown_fields"] is False


def test_a_seed_that_may_not_be_read_is_noted(monkeypatch):
    def notes(script):
        heard = []
        with_server(script, lambda backend: backend.ready(heard.append))
        return heard

    assert notes(Script()) == []
    (refused,) = notes(Script(refused=("seed",)))
    monkeypatch.delitem(EXTENSIONS, "seed")  # now whatever stands there is taken
    (unread,) = notes(Script())
    assert "may not read the seed" in refused == unread


@pytest.mark.parametrize(
    ("refused", "sampling", "message"),
    [
        (
            "temperature",
            {"temperature": 0.5},
            "a temperature that the server takes, got 0.5, which it refuses",
        ),
        (
            "temperature",
            {"temperature": 0.0},
            "a temperature that the server takes, got 0.0, which it refuses",
        ),
        ("top_p", {"temperature": 1.0, "top_p": 0.9}, "a top_p that the server takes, got 0.9"),
        ("top_k", {"temperature": 1.0, "top_k": 4}, "a top_k that the server takes, got 4"),
        ("stop", {"stop": ("x",)}, "a stop that the server takes, got ('x',)"),
    ],
)
def test_sampling_that_the_server_refuses_is_never_silently_dropped(refused, sampling, message):
    with pytest.raises(ConfigurationError) as error:
        answered(Script(refused=(refused,)), request(**sampling))
    assert message in str(error.value)


def test_a_server_with_one_temperature_is_asked_at_that_one():
    server, _ = answered(Script(refused=("temperature", "top_p")), request(temperature=1.0))
    assert not {"temperature", "top_p"} & set(server.questions[0])


def test_a_server_that_refuses_only_greedy_answers_is_asked_for_others():
    server, _ = answered(Script(refused_values={"temperature": 0.0}), request(temperature=0.5))
    assert server.questions[0]["temperature"] == 0.5
    with pytest.raises(ConfigurationError) as error:
        answered(Script(refused_values={"temperature": 0.0}), request())
    assert "got 0.0, which it refuses" in str(error.value)


def test_a_server_that_gives_only_greedy_answers_is_asked_for_those():
    server, _ = answered(Script(refused_values={"temperature": 0.7}))
    assert server.questions[0]["temperature"] == 0.0


def test_no_limit_is_called_by_the_name_that_the_server_takes():
    server, _ = answered(Script(refused_values={"top_k": -1}))
    assert server.questions[0]["top_k"] == 0


def test_a_seed_that_is_refused_is_told_and_not_sent():
    server, _ = answered(Script(refused=("seed",)))
    assert "seed" not in server.questions[0]
    assert described(Script(refused=("seed",)))["refused"] == ["seed"]


def test_tools_go_unparsed_where_only_the_parser_is_missing():
    server, _ = answered(Script(tools="none"), request(tools=[TOOL]))
    assert server.questions[0]["tool_choice"] == "none"


def test_tools_that_never_reach_the_model_are_no_tools():
    script = Script(tools="none", tools_in_prompt=False)
    assert described(script)["tools"] == ""


def test_a_server_that_refuses_tools_is_said_to_be_one_and_quoted():
    with pytest.raises(ConfigurationError) as error:
        answered(Script(tools=""), request(tools=[TOOL]))
    assert 'expected a server that takes tools, got one that refuses them: HTTP 400: "auto" tool choice' in str(
        error.value
    )


@pytest.mark.parametrize("route", ["/tokenize", "/v1/tokenize"])
def test_a_tokenizer_is_found_at_the_root_and_beside_the_other_routes(route):
    assert described(Script(tokenize=route))["tokenize"].endswith(route)


def test_a_tokenizer_that_tells_other_ids_than_are_used_is_not_believed():
    assert described(Script(false_tokens=True))["tokenize"] == ""


def test_the_end_of_a_thought_is_known_where_it_is_one_token():
    async def ask(backend):
        before = backend.think_end_id
        await backend.ready()
        return before, backend.think_end_id

    assert with_server(Script(), ask)[1] == (None, 300)
    assert with_server(Script(thinks=False), ask)[1] == (None, None)


def test_the_old_form_of_token_probabilities_is_spoken_too():
    assert described(Script(prompt_logprobs="echo"))["logprobs"] == "echo"


@pytest.mark.parametrize("status", [404, 405, 403])
def test_a_server_without_a_list_of_models_is_taken_at_its_word(status):
    _, answer = answered(Script(models_status=status, say=lambda body: "4"))
    assert answer.text == "4"


def test_a_server_that_cannot_even_list_its_models_is_not_asked():
    with pytest.raises(BackendError) as error:
        answered(Script(models_status=500))
    assert "expected a server that answers, got HTTP 500: no list of models. Start it" in str(error.value)


def test_a_server_that_refuses_a_plain_question_is_quoted():
    with pytest.raises(BackendError) as error:
        answered(Script(refused=("messages",)))
    assert "expected an answer to a plain question, got HTTP 400: Unsupported parameter: 'messages'" in str(error.value)


def test_a_probe_that_breaks_the_server_is_a_capability_that_is_not_there():
    broken = Script(probe_fault=lambda body, number: "500" if "tools" in body else None)
    can = described(broken)
    assert (can["tools"], can["tools_refusal"]) == ("", "HTTP 500: scripted 500")
    assert can["token_ids"] is True


def test_a_probe_that_breaks_the_server_is_not_repeated():
    counts = [
        len(with_server(Script(probe_fault=fault), lambda backend: backend.ready())[0].seen.probes)
        for fault in (no_fault, lambda body, number: "500" if "tools" in body else None)
    ]
    assert counts[0] == counts[1]


def test_a_server_that_is_too_busy_for_a_probe_is_not_taken_for_one_that_cannot(monkeypatch):
    monkeypatch.setattr(trial, "BACKOFF_SECONDS", 0.001)
    with pytest.raises(TransientError) as error:
        described(Script(probe_fault=lambda body, number: "503" if "tools" in body else None))
    assert error.value.is_load


def test_a_probe_that_hangs_is_a_capability_that_is_not_there():
    hanging = Script(probe_fault=lambda body, number: "hang" if "prompt" in body or "tools" in body else None)
    can = described(hanging, seconds=0.3)
    assert (can["logprobs"], can["tools"], can["tools_refusal"]) == ("", "", "none in time")
    assert can["token_ids"] is True


def test_capabilities_have_no_default_that_is_a_promise():
    can = Capabilities()
    assert (can.token_ids, can.tokenize, can.logprobs, can.tools) == (False, "", "", "")
