"""What a log says about its server's end: real last words, told apart, on one line, with the next move."""

import pytest

from sfteval.backends.vllm.deaths import KILLED, explain, last_line, read_log, tail

CORE = "(EngineCore pid=12) ERROR 11-22 10:00:00 [core.py:935] "


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB", "out of memory"),
        ("ValueError: Free memory on device cuda:0 (3.1/79 GiB) is less than desired", "out of memory"),
        ("RuntimeError: [enforce fail at alloc_cpu.cpp:127] CPUAllocator: can't allocate memory", "out of memory"),
        ("ValueError: To serve at least one request with the model's max seq len (40960), 5.62 GiB KV cache is needed",
         "no room for one whole sequence"),
        ("OSError: [Errno 98] Address already in use", "its port was taken"),
        ("Value error, Model architectures ['OddForCausalLM'] are not supported for now.",
         "an architecture that it does not know"),
        ("Transformers does not recognize this architecture. ", "an architecture that it does not know"),
        ("ValueError: Bfloat16 is only supported on GPUs with compute capability of at least 8.0",
         "a dtype that this machine does not know"),
        ("ValueError: torch.float16 dtype is not supported for CPU", "a dtype that this machine does not know"),
        ("RuntimeError: Failed to infer device type", "no GPU for it here"),
        ("api_server.py: error: unrecognized arguments: --no-such-option 3", "an option that it does not take"),
        ("ValueError: LoRA rank 64 is greater than max_lora_rank 16.", "an adapter that it cannot serve"),
        ("ModuleNotFoundError: No module named 'torch'", "an installation that is not whole"),
        ("/x/python cannot be started: [Errno 2] No such file or directory", "an installation that is not whole"),
        ("Segmentation fault", "it ended"),
    ],
)  # fmt: skip
def test_known_causes_are_told_apart(line, cause):
    log = f"INFO loading\n{CORE}{line}\n{CORE}RuntimeError: Engine core initialization failed. See root cause above.\n"
    death = explain(log, 1)
    assert death.cause == cause
    assert death.next_move


def test_the_first_cause_that_a_log_names_is_the_cause():
    log = "CUDA out of memory\nModuleNotFoundError: No module named 'x'\n"
    assert explain(log, 1).cause == "out of memory"


def test_a_process_that_was_killed_outright_ran_out_of_memory():
    assert explain("INFO fine so far\n", KILLED).cause == "out of memory"
    assert explain("INFO fine so far\n", 1).cause == "it ended"


def test_the_tail_is_one_line_without_frames_times_or_repetitions():
    log = (
        f"{CORE}Traceback (most recent call last):\n"
        f'{CORE}  File "core.py", line 3, in f\n'
        f"{CORE}    raise ValueError\n"
        f"{CORE}ValueError: odd\n"
        f"{CORE}ValueError: odd\n"
        "(APIServer pid=1) RuntimeError: Engine core initialization failed\n"
    )
    assert tail(log) == "ValueError: odd / RuntimeError: Engine core initialization failed"


def test_a_cause_that_stands_early_is_shown_before_the_last_lines():
    log = f"{CORE}CUDA out of memory\n" + "".join(f"line {i}\n" for i in range(40))
    assert tail(log).startswith("CUDA out of memory / ... / line 25 / line 26")
    assert tail(log).endswith("line 39")


def test_what_a_terminal_would_obey_never_leaves_a_log():
    assert tail("bad \x1b[31mred\x1b[0m \x00\u202e end\n") == "bad [31mred [0m end"
    assert len(tail("x" * 10_000 + "\n")) <= 160


def test_a_progress_note_is_the_last_line_that_says_something():
    assert last_line("(APIServer pid=3) INFO 11-22 10:00:00 [x.py:3] Loading weights\n\n  \n") == "Loading weights"
    assert last_line("") == ""


def test_only_the_end_of_a_log_is_read_and_none_that_is_not_there(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b"old\n" + b"x" * 300_000 + b"\nnew \xff\n")
    assert read_log(path).endswith("\nnew \ufffd\n")
    assert "old" not in read_log(path)
    assert read_log(path, path.stat().st_size - 3) == " \ufffd\n"
    assert read_log(tmp_path / "none") == ""
