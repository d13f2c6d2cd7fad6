"""lm-eval's samples: what was asked, said and scored, and what cannot be known."""

import json

import pytest

from sfteval.errors import DataError
from sfteval.imports import log_of, read_log
from tests.sfteval.imports.logs import DATE, generated, rated, results_of, samples_file


def test_a_generated_answer_keeps_its_text_its_score_and_its_question(tmp_path):
    path = samples_file(tmp_path, generated(17, "2+2?", "It is 4"), results=results_of("org/toy-model"))
    log = log_of(path)
    assert (log.harness, log.task, log.name) == ("lm-eval", "sums", "toy-model")
    assert {key: log.source[key] for key in ("version", "model", "task_version", "date")} == {
        "version": "0.4.13", "model": "org/toy-model", "task_version": "3.0", "date": DATE,
    }  # fmt: skip
    assert len(log.source["config_sha256"]) == 64
    question, answer = log.questions[0], log.answers[0]
    assert (question.id, question.messages[0].content, question.target) == ("17", "2+2?", "4")
    assert (answer.question, answer.text, answer.finish_reason) == ("17", "It is 4", "stop")
    assert dict(answer.metrics) == {"exact_match": 1.0}
    assert log.metrics == log.gating == ("exact_match",)
    assert dict(log.sampling) == {"temperature": 0.0, "max_tokens": 64, "stop": ["\n\n"]}
    assert log.notes == ("lm-eval does not record why an answer ended: one that was cut short counts as finished",)
    assert log.said == f"lm-eval 0.4.13, task sums, model org/toy-model, {DATE}, 1 answers to 1 questions"


def test_several_filters_are_one_question_with_several_metrics(tmp_path):
    rows = [generated(0, "2+2?", "It is 4", value, kind) for kind, value in (("strict", 0.0), ("flexible", True))]
    log = log_of(samples_file(tmp_path, *rows))
    assert [question.id for question in log.questions] == ["0"]
    assert dict(log.answers[0].metrics) == {"exact_match,strict": 0.0, "exact_match,flexible": 1.0}
    assert dict(log.answers[0].extracted) == {"strict": "4", "flexible": "4"}


def test_repeats_are_several_answers_that_share_their_score(tmp_path):
    log = log_of(samples_file(tmp_path, generated(0, "2+2?", "4", resps=[["4", "5"]])))
    assert [(answer.index, answer.text, answer.metrics["exact_match"]) for answer in log.answers] == [
        (0, "4", 1.0), (1, "5", 1.0),
    ]  # fmt: skip
    assert log.num_answers_each == 2
    assert "2 answers to a question, each with the score that all of them got together" in log.notes


def test_a_multiple_choice_row_tells_the_likeliest_choice_and_that_nothing_was_written(tmp_path):
    log = log_of(samples_file(tmp_path, rated(0, "The sky?", [-2.5, -0.25], 1)))
    assert log.answers[0].text == "choice 2 of 2, log-likelihood -0.25:  blue"
    assert dict(log.answers[0].metrics) == {"acc": 1.0, "acc_norm": 1.0}
    assert not log.generated
    assert "given continuations were rated: the model wrote nothing" in log.notes


def test_what_is_no_number_for_one_answer_is_left_out_by_name(tmp_path):
    fields = {"metrics": ["exact_match", "inst_level", "word_perplexity", "bits"], "inst_level": [True, False]}
    row = generated(0, "2+2?", "4", **fields, word_perplexity=[-3.5, 2], bits=0.5)
    told = {"higher_is_better": {"sums": {"exact_match": True, "bits": False}}}
    log = log_of(samples_file(tmp_path, row, results=results_of("m", **told)))
    assert log.metrics == ("exact_match",)
    assert "left out, not one number for each answer: inst_level, word_perplexity" in log.notes
    assert "left out, less of it is better: bits" in log.notes


def test_perplexity_is_left_out_where_nothing_tells_which_way_is_better(tmp_path):
    row = generated(0, "2+2?", "4", metrics=["exact_match", "perplexity"], perplexity=3.0)
    assert log_of(samples_file(tmp_path, row)).metrics == ("exact_match",)


def test_a_value_that_is_not_a_number_is_missing_and_counted(tmp_path):
    log = log_of(samples_file(tmp_path, generated(0, "2+2?", "4", float("nan")), generated(1, "1+1?", "2")))
    assert [answer.metrics["exact_match"] for answer in log.answers] == [None, 1.0]
    assert "1 values are missing or no number" in log.notes


def test_a_metric_that_is_no_rate_never_gates(tmp_path):
    row = generated(0, "2+2?", "4", metrics=["bleu", "exact_match"], bleu=37.5)
    log = log_of(samples_file(tmp_path, row))
    assert log.metrics == ("bleu", "exact_match")
    assert log.gating == ("exact_match",)


@pytest.mark.parametrize("wrap", [lambda chat: chat, lambda chat: [chat]])
def test_chat_messages_that_went_to_a_server_are_read_back(tmp_path, wrap):
    chat = json.dumps([{"role": "system", "content": "Be brief."}, {"role": "user", "content": " 2+2? "}])
    row = generated(0, "", "4", doc={"a": "2", "b": "2"})
    row["arguments"]["gen_args_0"]["arg_0"] = wrap(chat)
    question = log_of(samples_file(tmp_path, row)).questions[0]
    assert [(turn.role, turn.content) for turn in question.messages] == [("system", "Be brief."), ("user", " 2+2? ")]
    assert question.prompts[-1] == " 2+2? "


def test_a_templated_prompt_is_known_by_the_documents_own_text(tmp_path):
    row = generated(0, "2+2?", "4")
    row["arguments"]["gen_args_0"]["arg_0"] = "<|im_start|>user\n2+2?<|im_end|>\n<|im_start|>assistant\n"
    row["doc"] |= {"key": 1000}
    question = log_of(samples_file(tmp_path, row)).questions[0]
    assert question.messages[0].content == "2+2?"
    assert question.prompts[0] == "2+2?"
    assert question.names == ("1000",)


def test_two_models_with_different_templates_were_asked_the_same_question(tmp_path):
    digests = set()
    for side in ("a", "b"):
        row = generated(0, "2+2?", side)
        row["arguments"]["gen_args_0"]["arg_0"] = f"<{side}>2+2?</{side}>"
        question = log_of(samples_file(tmp_path / side, row)).questions[0]
        digests.add((question.digest, question.messages))
    assert len(digests) == 1


def test_the_older_form_with_plain_lists_is_read_too(tmp_path):
    row = generated(0, "2+2?", "4")
    row["arguments"] = [["Q: 2+2?\nA:", {"until": "\n"}]]
    del row["metrics"], row["filter"]
    log = log_of(samples_file(tmp_path, row))
    assert log.metrics == ("exact_match",)
    assert dict(log.sampling) == {"stop": ["\n"]}


def test_a_renamed_file_is_known_by_its_content(tmp_path):
    path = samples_file(tmp_path, generated(0, "2+2?", "4")).rename(tmp_path / "mine.txt")
    assert log_of(path).task == "lm-eval"
    assert path.rename(tmp_path / "b.samples_sums.jsonl").exists()
    assert log_of(tmp_path / "b.samples_sums.jsonl").task == "sums"


def test_rows_of_our_own_form_are_no_log(tmp_path):
    path = tmp_path / f"samples_sums_{DATE}.jsonl"
    path.write_text('{"id": "1", "response": "4"}\n')
    assert read_log(path) is None
    with pytest.raises(DataError, match="expected a log of lm-eval or inspect, got a file of another form"):
        log_of(path)


def refused(path):
    with pytest.raises(DataError) as error:
        log_of(path)
    return str(error.value)


def test_a_torn_line_is_named(tmp_path):
    path = samples_file(tmp_path, generated(0, "2+2?", "4"), generated(1, "1+1?", "2"))
    path.write_bytes(path.read_bytes()[:-30])
    assert f"{path}, line 2: expected a JSON object, got " in refused(path)


def test_a_row_that_lm_eval_does_not_write_is_named(tmp_path):
    path = samples_file(tmp_path, generated(0, "2+2?", "4"), generated(1, "1+1?", "2", resps=[]))
    assert f"{path}, line 2: expected a sample as lm-eval 0.4 logs it" in refused(path)


@pytest.mark.parametrize("arguments", [{}, [], "text", None, {"gen_args_0": {}}, {"gen_args_0": 3}, [[]]])
def test_arguments_of_any_other_form_are_one_sentence(tmp_path, arguments):
    assert "expected a sample as lm-eval 0.4 logs it" in refused(
        samples_file(tmp_path, generated(0, "2+2?", "4", arguments=arguments))
    )


def test_a_document_that_occurs_twice_is_refused(tmp_path):
    row = generated(3, "2+2?", "4")
    assert "line 2: expected each document once for each filter, got doc_id 3 a second time" in refused(
        samples_file(tmp_path, row, row)
    )


def test_another_document_under_the_same_id_is_refused(tmp_path):
    rows = generated(3, "2+2?", "4", kind="strict"), generated(3, "2+3?", "5", kind="flexible")
    assert "got doc_id 3 a second time" in refused(samples_file(tmp_path, *rows))


def test_aggregated_results_are_told_apart_from_samples(tmp_path):
    samples_file(tmp_path, generated(0, "2+2?", "4"), results=results_of("m"))
    message = refused(tmp_path / f"results_{DATE}.json")
    assert "expected lm-eval's samples, one answer a line, got its aggregated results. Run lm_eval with" in message


def test_a_row_that_is_nested_too_deep_is_one_sentence(tmp_path):
    path = samples_file(tmp_path, generated(0, "2+2?", "4"))
    path.write_text(path.read_text() + '{"doc_id": 1, "doc": ' + "[" * 100_000 + "\n")
    assert f"{path}, line 2: expected a JSON object" in refused(path)


def test_a_line_that_is_too_long_is_refused_without_being_read(tmp_path, monkeypatch):
    monkeypatch.setattr("sfteval.imports.hostile.MAX_LINE_BYTES", 2000)
    path = samples_file(tmp_path, generated(0, "2+2?", "4"), generated(1, "x" * 3000, "4"))
    assert f"{path}, line 2: expected a line of at most 2,000 bytes" in refused(path)


def test_a_number_too_large_to_be_one_is_missing(tmp_path):
    path = samples_file(tmp_path, generated(0, "2+2?", "4", 12345))
    path.write_text(path.read_text().replace("12345", "1e999"))
    assert dict(log_of(path).answers[0].metrics) == {"exact_match": None}


def test_requests_that_only_norm_the_others_are_no_choices(tmp_path):
    row = rated(0, "The sky?", [-2.5, -3.5], 0)
    row["arguments"] |= {f"gen_args_{i + 2}": {"arg_0": "", "arg_1": f" {i}"} for i in range(2)}
    row["resps"] += [[["-0.5", "False"]], [["-0.25", "False"]]]
    assert log_of(samples_file(tmp_path, row)).answers[0].text == "choice 1 of 2, log-likelihood -2.5:  red"


def test_greedy_sampling_without_a_temperature_is_temperature_0(tmp_path):
    row = generated(0, "2+2?", "4")
    row["arguments"]["gen_args_0"]["arg_1"] = {"do_sample": False, "until": []}
    assert dict(log_of(samples_file(tmp_path, row)).sampling) == {"temperature": 0.0}


def test_what_a_document_holds_and_was_not_asked_is_no_prompt(tmp_path):
    row = generated(0, "2+2?", "4", doc={"question": "2+2?", "solution": "Two and two are four."})
    assert log_of(samples_file(tmp_path, row)).questions[0].prompts == ("2+2?", "Q: 2+2?\nA:")
