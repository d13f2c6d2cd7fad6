"""Every way in which a server can misbehave, and what each is taken for: this request, this try, or the run."""

import asyncio
import email.utils
import time

import pytest

from sfteval.backends.endpoint import client, trial
from sfteval.backends.endpoint.capabilities import Capabilities
from sfteval.backends.endpoint.patience import retry_after_seconds
from sfteval.backends.endpoint.wire import chat_body
from sfteval.checkpoints import resolve_checkpoint
from sfteval.errors import BackendError, RefusedError, TransientError
from tests.sfteval.backends.endpoints import answered, request, with_server
from tests.sfteval.backends.scripted_server import Script
from tests.sfteval.backends.server_faults import always, first_try, storm


def failure(script, kind, **options):
    """Return the error, of exactly this class, with which the question fails once the server was found to be well."""

    async def ask(backend):
        await backend.ready()
        with pytest.raises(BackendError) as error:
            await backend.answer([request()])
        assert type(error.value) is kind, error.value
        return error.value

    return with_server(script, ask, **options)[1]


# -- this try ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("malformed", "a malformed answer (Expecting value"),
        ("empty_body", "a malformed answer (Expecting value"),
        ("not_utf8_json", "a malformed answer (Expecting value"),
        ("not_utf8", "a malformed answer ('utf-8' codec can't decode"),
        ("deep", "a malformed answer (maximum recursion depth exceeded"),
        ("list", "a malformed answer (not an object)"),
        ("empty_choices", "a malformed answer (no choices)"),
        ("error_in_200", "a malformed answer (no choices)"),
        ("null_message", "a malformed answer (a message or usage that is no object)"),
        ("list_message", "a malformed answer (a message or usage that is no object)"),
        ("numeric_content", "a malformed answer (content is no text)"),
        ("bad_calls", "a malformed answer (tool_calls is no list of objects)"),
        ("deep_call", "a malformed answer (tool_calls is no list of objects)"),
        ("surrogate", "a malformed answer ('utf-8' codec can't encode"),
        ("nan", "a malformed answer (NaN is not a number)"),
        ("negative_ids", "a malformed answer (a token id that no vocabulary has)"),
        ("huge_ids", "a malformed answer (a token id that no vocabulary has)"),
        ("text_ids", "a malformed answer (token ids that are no list of whole numbers)"),
        ("true_ids", "a malformed answer (token ids that are no list of whole numbers)"),
        ("negative_usage", "a malformed answer (completion_tokens is no count)"),
        ("huge_usage", "a malformed answer (completion_tokens is no count)"),
        ("text_usage", "a malformed answer (completion_tokens is no count)"),
        ("aborted", "a malformed answer (broken off: abort)"),
        ("odd_stop", "a malformed answer (a stop_reason that is neither text nor a token id)"),
        ("truncated", "Response payload is not completed"),
        ("truncated_chunks", "Response payload is not completed"),
        ("disconnect", "Server disconnected"),
        ("500", "HTTP 500: scripted 500"),
        ("502", "HTTP 502: scripted 502"),
        ("408", "HTTP 408: scripted 408"),
        ("425", "HTTP 425: scripted 425"),
        ("409", "HTTP 409: scripted 409"),
    ],
)
def test_nonsense_and_mishaps_may_be_tried_again(fault, said):
    error = failure(Script(fault=always(fault)), TransientError)
    assert said in str(error)
    assert not error.is_load
    assert error.retry_after_seconds is None


def test_a_server_that_hangs_is_left_after_the_time_limit():
    started = time.monotonic()
    error = failure(Script(fault=always("hang")), TransientError, seconds=0.3)
    assert "got none in time" in str(error)
    assert 0.3 <= time.monotonic() - started < 3


@pytest.mark.parametrize("status", ["429", "503", "529"])
def test_too_much_to_do_says_so_and_for_how_long(status):
    error = failure(Script(fault=always(status), retry_after="7"), TransientError)
    assert error.is_load
    assert error.retry_after_seconds == 7.0
    assert f"HTTP {status}: scripted {status}. Call the same command again" in str(error)


def test_a_storm_passes():
    async def ask(backend):
        await backend.ready()
        outcomes = []
        for _ in range(4):
            try:
                await backend.answer([request()])
                outcomes.append("answer")
            except TransientError as error:
                outcomes.append(error.is_load)
        return outcomes

    assert with_server(Script(fault=storm(3)), ask)[1] == [True, True, True, "answer"]


@pytest.mark.parametrize("fault", ["malformed", "truncated", "disconnect", "500", "deep"])
def test_a_session_goes_on_after_a_mishap(fault):
    async def ask(backend):
        await backend.ready()
        with pytest.raises(TransientError):
            await backend.answer([request()])
        return (await backend.answer([request()]))[0].text

    assert with_server(Script(fault=first_try(fault), say=lambda body: "4"), ask)[1] == "4"


def test_an_answer_of_unreasonable_size_is_not_read(monkeypatch):
    monkeypatch.setattr(client, "MOST_BYTES", 1 << 16)
    for fault in ("long", "long_chunks"):
        assert "a malformed answer (more than 0 MiB)" in str(failure(Script(fault=always(fault)), TransientError))


def test_a_packed_answer_is_not_unpacked():
    assert "a malformed answer" in str(failure(Script(fault=always("gzip")), TransientError))


@pytest.mark.parametrize("fault", ["nan", "nan_values", "high", "other_tokens", "empty_choices", "short"])
def test_log_probabilities_that_are_none_are_malformed(fault):
    async def ask(backend):
        await backend.ready()
        with pytest.raises(TransientError) as error:
            await backend.logprobs([[1, 2]])
        return str(error.value)

    assert "a malformed answer" in with_server(Script(fault=always(fault)), ask)[1]


# -- this request ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["400", "413", "422"])
def test_a_request_that_is_refused_is_refused_alone(status):
    error = failure(Script(fault=first_try(status)), RefusedError)
    assert f"HTTP {status}: scripted {status}. Shorten the prompt" in str(error)


def test_an_answer_that_a_filter_withheld_is_missing():
    assert "got finish_reason content_filter" in str(failure(Script(fault=always("content_filter")), RefusedError))


def test_a_prompt_beyond_the_context_is_refused_alone():
    async def ask(backend):
        await backend.ready()
        with pytest.raises(RefusedError) as error:
            await backend.answer([request("long " * 100)])
        return str(error.value), (await backend.answer([request()]))[0].text

    message, text = with_server(Script(max_model_len=100, say=lambda body: "4"), ask)[1]
    assert "maximum context length is 100 tokens. Shorten the prompt" in message
    assert text == "4"


# -- the run -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "next_move"),
    [
        ("401", "Set SFTEVAL_API_KEY"),
        ("403", "Set SFTEVAL_API_KEY"),
        ("404", "Check the address, and the model's name"),
        ("405", "Read the server's log"),
        ("501", "Read the server's log"),
        ("307", "Read the server's log"),
    ],
)
def test_what_no_other_request_would_escape_ends_the_run(status, next_move):
    error = failure(Script(fault=always(status)), BackendError)
    assert f"HTTP {status}: scripted {status}. {next_move}" in str(error)
    assert error.exit_code == 13


def test_a_redirect_is_not_followed_with_our_key_in_hand():
    async def ask(backend):
        await backend.ready()
        with pytest.raises(BackendError):
            await backend.answer([request()])

    server, _ = with_server(Script(fault=storm(1, "307")), ask)
    assert len(server.questions) == 1


def test_a_model_that_is_not_served_names_those_that_are():
    with pytest.raises(BackendError) as error:
        answered(Script(models=("a", "b")))
    assert 'expected the model "toy", got a, b. Write one of these after the #.' in str(error.value)


def test_a_server_that_is_not_there_is_one_sentence():
    from sfteval.backends.endpoint import open_endpoint

    async def go():
        async with open_endpoint(resolve_checkpoint("http://127.0.0.1:9/v1#toy")) as backend:
            await backend.ready()

    with pytest.raises(BackendError) as error:
        asyncio.run(go())
    assert "http://127.0.0.1:9/v1: expected a server that answers, got Cannot connect to host" in str(error.value)
    assert "Start it, or mend the address." in str(error.value)
    assert error.value.exit_code == 13


def test_a_storm_while_the_server_is_asked_what_it_can_is_waited_out(monkeypatch):
    monkeypatch.setattr(trial, "BACKOFF_SECONDS", 0.001)
    server, answer = answered(Script(probe_fault=storm(8), say=lambda body: "4"))
    assert answer.text == "4"
    assert answer.token_ids == tuple(b"4")
    assert len(server.seen.probes) > 13


def test_a_storm_that_does_not_pass_ends_it(monkeypatch):
    monkeypatch.setattr(trial, "BACKOFF_SECONDS", 0.001)
    with pytest.raises(TransientError) as error:
        answered(Script(probe_fault=always("429")))
    assert error.value.is_load


def test_a_servers_words_reach_a_message_cut_and_printable():
    error = failure(Script(fault=always("words")), RefusedError)
    assert "\x1b" not in str(error)
    assert "\n" not in str(error)
    assert "[31mred" in str(error)
    assert len(str(error)) < 400


# -- patience ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("1.5", 1.5),
        (" 30 ", 30.0),
        ("86400", 120.0),
        ("999999999", 120.0),
        ("9" * 400, None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("1e9", None),
        ("٣", None),
        ("soon", None),
        ("", None),
        ("Mon, 32 Foo 99999 00:00:00 GMT", None),
        ("Sun, 22 Nov 1970 00:00:00 GMT", 0.0),
        ("Sun, 22 Nov 2126 00:00:00 GMT", 120.0),
    ],
)
def test_how_long_a_server_wants_to_be_left_alone(value, seconds):
    assert retry_after_seconds({"Retry-After": value}) == seconds


def test_a_date_is_counted_from_the_servers_own_clock():
    headers = {"Date": "Sun, 22 Nov 2026 10:00:00 GMT", "Retry-After": "Sun, 22 Nov 2026 10:00:20 GMT"}
    assert retry_after_seconds(headers) == 20.0


def test_a_date_without_the_servers_clock_is_counted_from_ours():
    until = email.utils.formatdate(time.time() + 30, usegmt=True)
    assert 28 <= retry_after_seconds({"Retry-After": until}) <= 31


def test_a_request_that_was_not_answered_is_sent_once_and_not_again():
    server, _ = with_server(Script(fault=always("500")), _ask_once)
    assert len(server.questions) == 1


async def _ask_once(backend):
    await backend.ready()
    with pytest.raises(TransientError):
        await backend.answer([request()])
    assert chat_body(request(), "toy", await backend.capabilities())["model"] == "toy"


@pytest.mark.parametrize(("asked", "longest", "said"), [(2048, 1024, 1024), (512, 1024, 512), (2048, None, 2048)])
def test_an_answer_may_not_be_longer_than_the_context_of_a_server_that_tells_its_own(asked, longest, said):
    body = chat_body(request(max_tokens=asked), "toy", Capabilities(max_model_len=longest))
    assert body["max_tokens"] == said
