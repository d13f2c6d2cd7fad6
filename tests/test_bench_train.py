"""The benchmark's pure parts: what both trainers are given, and what the page makes of their figures."""

import dataclasses
import json

import pytest

from sfttrain.types import NOT_LEARNED
from tests.bench import train_page
from tests.bench.train_gpu import flops_per_token
from tests.bench.train_house import example_of
from tests.bench.train_job import PEER_DEFAULT, SETTINGS, Figures, Job
from tests.bench.train_peer import arguments, columns
from tests.bench.train_process import WorkerError, add, python
from tests.bench.train_rates import fastest, growth, median_rate, peers, rate, ratio, still_running
from tests.bench.train_rows import LONGEST, SHORTEST, STOP_ID, Row, Shape, draw_lengths, draw_rows

ROW = Row((7, 8, 9, STOP_ID), prompt_length=2)


def job(setting, **more):
    return Job(setting, "model", 8192, 0.3, **({"steps": 2, "conversations": 2} | more))


def found(*seconds_of_runs, losses=(9.0, 8.0, 7.5)):
    """Return a setting of three steps of 100 tokens whose runs took these seconds per step."""
    runs = [
        {"run": run, "seconds": [99.0, each, each], "cpu_seconds": [99.0, 2 * each, 2 * each]}
        | {"bytes_imported": 2**28, "bytes_peak": 2**30}
        for run, each in enumerate(seconds_of_runs)
    ]
    shape = {"config": {"bf16": True}, "tokens": [100] * 3, "supervised": [30] * 3}
    return shape | {"losses": list(losses), "runs": runs}


def cell(settings, failed=()):
    shape = {"vocabulary": 8192, "share": 0.3, "parameters": 6_800_000}
    return shape | {"settings": settings, "failed": dict(failed)}


def results(*cells, **more):
    machine = {"processor": "abacus", "cores": 2, "bf16": [], "python": "3.11", "versions": {"trl": "1.16"}}
    options = {"steps": 3, "conversations": 8, "max_tokens": 4096, "runs": 5, "keep": 0.7, "threads": 2, "seed": 0}
    shape = {"layers": 6, "width": 256, "heads": 4, "kv_heads": 2, "head_width": 64, "inner": 768}
    whole = {"machine": machine, "options": options, "shape": shape, "drawn_lengths": [10, 20, 90], "peer_config": {}}
    return whole | {"cells": list(cells)} | more


def test_rows_are_a_function_of_their_seed():
    assert draw_rows(8, 8192, 0.3, seed=1) == draw_rows(8, 8192, 0.3, seed=1)
    assert draw_rows(8, 8192, 0.3, seed=1) != draw_rows(8, 8192, 0.3, seed=2)


def test_both_shares_and_vocabularies_get_the_same_lengths():
    lengths = draw_lengths(16, seed=0)
    for vocabulary, share in ((8192, 0.3), (151_936, 0.8)):
        assert [len(row.token_ids) for row in draw_rows(16, vocabulary, share, seed=0)] == lengths


def test_lengths_stay_in_range_and_reach_its_ends():
    lengths = draw_lengths(4000, seed=0)
    assert (min(lengths), max(lengths)) == (SHORTEST, LONGEST)
    assert sorted(lengths)[2000] == pytest.approx(320, rel=0.05)


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_the_supervised_share_is_what_was_asked_for(share):
    rows = draw_rows(64, 8192, share, seed=0)
    supervised = sum(len(row.token_ids) - row.prompt_length for row in rows)
    assert supervised / sum(len(row.token_ids) for row in rows) == pytest.approx(share, abs=0.002)


def test_words_never_leave_the_vocabulary_and_the_stop_token_comes_last_only():
    for row in draw_rows(32, 100, 0.3, seed=0):
        assert row.token_ids[-1] == STOP_ID
        assert all(2 <= token < 100 for token in row.token_ids[:-1])


def test_both_sides_learn_the_same_tokens():
    example, given = example_of(ROW), columns([ROW])
    assert list(example.token_ids) == [7, 8, 9]
    assert list(example.targets) == [NOT_LEARNED, 9, STOP_ID]
    assert given == {"input_ids": [[7, 8, 9, STOP_ID]], "completion_mask": [[0, 0, 1, 1]]}
    learned = [token for token, mask in zip(given["input_ids"][0], given["completion_mask"][0], strict=True) if mask]
    assert [target for target in example.targets if target != NOT_LEARNED] == learned
    (span,) = example.spans
    assert list(example.targets[span.start : span.stop]) == learned


def test_a_setting_names_its_trainer_its_flags_and_its_precision():
    packed = job("trl-packed+ckpt:fp32")
    assert (packed.trainer, packed.flags, packed.precision) == ("trl-packed", {"ckpt"}, "fp32")
    assert (job("sfttrain:bf16").trainer, job("sfttrain:bf16").flags) == ("sfttrain", frozenset())


def test_the_plan_holds_what_the_target_names():
    assert len(SETTINGS) == len(set(SETTINGS)) == 21
    assert PEER_DEFAULT in SETTINGS
    for name in ("trl-default", "trl-grouped", "trl-packed"):
        for flag in ("", "+ckpt"):
            assert {f"{name}{flag}:bf16", f"{name}{flag}:fp32"} <= set(SETTINGS)


def test_every_setting_of_trl_sees_about_as_many_tokens_a_step():
    rows = [Row((2,) * 1500, 10)] * 4  # two steps of 3,000 tokens, nearer to one packed row of 2,048 than to two
    told = {name: arguments(job(f"{name}:bf16"), rows) for name in ("trl-default", "trl-single", "trl-packed")}
    told |= {"trl-packed-wide": arguments(job("trl-packed-wide:bf16"), rows)}
    sizes = {
        name: (one["per_device_train_batch_size"], one.get("gradient_accumulation_steps", 1))
        for name, one in told.items()
    }
    assert sizes == {"trl-default": (2, 1), "trl-single": (1, 2), "trl-packed": (1, 1), "trl-packed-wide": (1, 1)}
    rows = [Row((2,) * 1600, 10)] * 4
    assert arguments(job("trl-packed:bf16"), rows)["gradient_accumulation_steps"] == 2
    assert arguments(job("trl-packed-wide:bf16"), rows)["per_device_train_batch_size"] == 2


def test_checkpointing_and_precision_reach_trl():
    assert arguments(job("trl-grouped+ckpt:fp32"), [ROW])["gradient_checkpointing"] is True
    assert arguments(job("trl-grouped+ckpt:fp32"), [ROW])["bf16"] is False
    assert arguments(job("trl-grouped:bf16"), [ROW])["gradient_checkpointing"] is False
    assert arguments(job("trl-grouped:bf16"), [ROW])["train_sampling_strategy"] == "group_by_length"


def test_a_rate_drops_the_first_step():
    assert rate([1000, 30, 30], [50.0, 1.0, 2.0]) == 20.0


def test_runs_are_filed_beside_each_other_and_the_curve_once():
    settings = {}
    for run, seconds in enumerate(([1.00049, 2.0], [3.0, 4.0])):
        figures = Figures(seconds, [9.0, 9.0], [5, 6], [2, 3], [8.1234567, 8.0], 7, 11, {"a": 1}, {"b": 2})
        add(settings, "sfttrain:bf16", run, dataclasses.asdict(figures))
    kept = settings["sfttrain:bf16"]
    assert [one["seconds"] for one in kept["runs"]] == [[1.0, 2.0], [3.0, 4.0]]
    assert [one["bytes_peak"] for one in kept["runs"]] == [11, 11]
    assert (kept["losses"], kept["tokens"], kept["config"]) == ([8.123457, 8.0], [5, 6], {"a": 1})


def test_a_failing_process_is_an_error_with_its_last_line(capsys):
    with pytest.raises(WorkerError, match=r"^ValueError: no such kernel$"):
        python("-c", "raise ValueError('no such kernel')")
    assert "Traceback" in capsys.readouterr().err


def test_a_ratio_compares_within_a_run_and_skips_runs_that_one_side_missed():
    ours, theirs = found(1.0, 10.0, 1.0), found(3.0, 40.0)  # the second run met a busy machine
    assert ratio(ours, theirs) == pytest.approx(3.5)  # of 3 and 4; medians of the rates would say 21.5
    assert median_rate(ours) == 100.0
    assert median_rate(ours, "cpu_seconds") == 50.0


def test_the_fastest_is_by_median_and_only_among_those_measured():
    settings = {"sfttrain:bf16": found(1.0), "trl-default:bf16": found(4.0, 4.0, 0.1), "trl-packed:bf16": found(2.0)}
    assert fastest(settings, ["trl-default:bf16", "trl-packed:bf16", "trl-flat:bf16"]) == "trl-packed:bf16"
    assert fastest(settings, ["trl-flat:bf16"]) is None
    assert peers(settings) == ["trl-packed:bf16", "trl-default:bf16"]


def test_only_what_could_still_matter_runs_again():
    settings = {
        "sfttrain:fp32": found(50.0),
        PEER_DEFAULT: found(40.0),
        "trl-packed:bf16": found(10.0),
        "trl-flat:bf16": found(14.0),
        "trl-single:bf16": found(15.0),
    }
    assert still_running(settings, 0.7) == {"sfttrain:fp32", PEER_DEFAULT, "trl-packed:bf16", "trl-flat:bf16"}
    assert still_running({}, 0.7) == set()
    assert PEER_DEFAULT not in still_running(settings | {PEER_DEFAULT: found(501.0)}, 0.7)  # ten times ours


def test_memory_growth_is_held_against_one_copy_of_the_logits():
    cases = [
        {"vocabulary": 1000, "supervised": 80, "bytes_peak": 5_000},
        {"vocabulary": 1000, "supervised": 30, "bytes_peak": 4_000},
        {"vocabulary": 2000, "supervised": 90, "bytes_peak": 9_999},
    ]
    assert growth(cases, 1000) == {"vocabulary": 1000, "rows": 50, "grown": 1_000, "logits": 200_000}


def test_operations_per_token_of_one_layer_by_hand():
    shape = Shape(10, layers=1, width=2, heads=1, kv_heads=1, head_width=2, inner=3)
    matrices = 2 * (2 * 2 + 2 * 2 + 3 * 3)  # query and output, key and value, the three of the feed-forward
    attention = 4 * 2 * (1 + 2 + 3 + 4) / 4  # four tokens see 1 to 4; scores and sums, 2 wide each
    head = 2 * 2 * 10 * 2 / 4  # two of four tokens are learned
    assert flops_per_token(shape, [ROW]) == 3 * (2 * matrices + attention + head)


def test_the_page_says_which_targets_were_met():
    settings = {
        "sfttrain:bf16": found(1.0, 1.0),
        "trl-packed:bf16": found(3.5, 3.5),
        "trl-flat:bf16": found(2.5, 2.5),
        PEER_DEFAULT: found(6.0, 6.0),
    }
    page = train_page.page(results(cell(settings)))
    assert "- MISSED: sfttrain:bf16 against TRL's best of all tried, trl-flat:bf16: 2.50 times (target 3)" in page
    assert "length-grouped and packed, trl-packed:bf16: 3.50 times (target 3)" in page
    assert f"- met: sfttrain:bf16 against TRL's default, {PEER_DEFAULT}: 6.00 times (target 5)" in page
    assert "| sfttrain:bf16 | 2 | 100 | 50 | 6.00 | 2.50 | 1,024 | 256 |" in page


def test_the_page_holds_the_losses_against_each_other():
    ours, theirs = found(1.0, losses=(9.0, 8.0, 7.0)), found(1.0, losses=(9.00005, 8.5, 7.0))
    page = train_page.page(results(cell({"sfttrain:fp32": ours, "trl-default:fp32": theirs})))
    assert "- met (target 0.0001): fp32 loss" in page
    assert "differs by at most 5.0e-05 from TRL's trl-default:fp32; over all steps by at most 5.0e-01" in page
    assert "| 1 | 8.0000 | 8.5000 |" in page
    worse = found(1.0, losses=(9.001, 8.5, 7.0)) | {"supervised": [30, 29, 30]}
    page = train_page.page(results(cell({"sfttrain:fp32": ours, "trl-default:fp32": worse})))
    assert "- MISSED (target 0.0001): fp32 loss" in page
    assert "supervised tokens of every step are NOT EQUAL" in page


def test_packed_losses_are_no_evidence_because_its_steps_see_other_conversations():
    page = train_page.page(results(cell({"sfttrain:fp32": found(1.0), "trl-packed:fp32": found(1.0)})))
    assert "same first batch" not in page


def test_the_page_claims_nothing_that_was_not_measured():
    page = train_page.page(results(cell({"sfttrain:bf16": found(1.0)}, failed={"trl-flat:bf16": "out of memory"})))
    assert "- met" not in page
    assert "MISSED" not in page
    assert "GPU" not in page
    assert "Memory of" not in page
    assert "- did not run: trl-flat:bf16: out of memory" in page
    assert "GPU part: did not run, no accelerator here." in train_page.page(results(gpu=None))


def test_the_page_tells_memory_and_its_verdict():
    def case(supervised, peak):
        shape = {"vocabulary": 151_936, "share": 0.3, "parameters": 2**20, "tokens": 4000, "bytes_imported": 0}
        return shape | {"supervised": supervised, "bytes_peak": peak}

    page = train_page.page(results(memory=[case(1000, 2**30), case(3000, 2**30 + 2**26)]))
    assert "| 151,936 | 1,000 of 4,000 | 16 | 1,024 |" in page
    assert "- met: vocabulary 151,936: 2,000 more supervised tokens added 64 MiB; one fp32 copy" in page
    page = train_page.page(results(memory=[case(1000, 2**30), case(3000, 2**31)]))
    assert "- MISSED: vocabulary 151,936: 2,000 more supervised tokens added 1,024 MiB" in page


def test_a_gpu_s_figures_become_a_share_of_what_it_measured():
    settings = {"sfttrain:bf16": found(1.0), "trl-packed:bf16": found(2.0)}
    gpu = {"device": "some GPU", "peak": 1000.0, "flops_per_token": 5.0, "settings": settings, "failed": {}}
    page = train_page.page(results(gpu=gpu))
    assert "| sfttrain:bf16 | 1 | 100 | 50.0% | 1,024 |" in page
    assert "- met: 50.0% of measured matmul peak (target 45%)" in page
    assert "- met: sfttrain:bf16 against TRL's best, trl-packed:bf16: 2.00 times (target 1.2)" in page


def test_train_json_keeps_lists_of_numbers_on_one_line_and_reads_back():
    whole = results(cell({"sfttrain:bf16": found(1.0)}))
    text = train_page.compact(whole)
    assert json.loads(text) == whole
    assert '     "losses": [9.0, 8.0, 7.5],' in text.splitlines()
