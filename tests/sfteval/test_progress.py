"""Progress: plain lines for pipes; on a terminal one live display, however many stages are open."""

import io

import pytest
from rich.console import Console

from sfteval.progress import _Plain, _Rich, seconds


@pytest.fixture
def bars():
    shown = _Rich()
    shown.console = Console(file=io.StringIO(), force_terminal=True, width=120, highlight=False)
    return shown


def test_two_stages_at_once_share_one_display(bars):
    with bars.stage("asking A", total=2) as a:
        display = bars.bars
        with bars.stage("asking B", total=4) as b:
            a.advance(1, "8 at once")
            b.advance(3, "16 at once")
            assert bars.bars is display
            bars.bars.refresh()
            assert [(bar.description, bar.completed) for bar in display.tasks] == [("asking A", 1), ("asking B", 3)]
        assert [bar.description for bar in display.tasks] == ["asking A"]
        assert display.live.is_started
    assert not display.live.is_started
    written = bars.console.file.getvalue()
    assert "16 at once" in written
    assert written.index("asking B   ") < written.rindex("asking A   ")


def test_stages_may_end_in_any_order(bars):
    a, b = bars.stage("asking A"), bars.stage("asking B")
    a.__enter__()
    b.__enter__()
    a.__exit__(None, None, None)
    assert bars.bars.live.is_started
    b.__exit__(None, None, None)
    assert not bars.bars.live.is_started


def test_a_stage_that_fails_leaves_no_display_behind(bars):
    with pytest.raises(ValueError, match="no"), bars.stage("asking A"):
        raise ValueError("no")
    assert not bars.bars.live.is_started
    with bars.stage("again"):
        assert bars.bars.live.is_started
    bars.say("the [bold] end")
    assert "the [bold] end" in bars.console.file.getvalue()


def test_a_pipe_gets_one_line_a_stage(capsys):
    with _Plain().stage("asking A", total=2) as stage:
        stage.advance(2)
    assert capsys.readouterr().err == "asking A (2): 0.0 s\n"


def test_a_pipe_gets_a_sign_of_life_with_the_live_figure(capsys, monkeypatch):
    monkeypatch.setattr("sfteval.progress.PLAIN_INTERVAL_SECONDS", 0.0)
    with _Plain().stage("asking A", total=2000) as stage:
        stage.advance(1000, "64 at once")
    assert capsys.readouterr().err.splitlines()[0] == "  asking A: 1,000 of 2,000, 64 at once"


@pytest.mark.parametrize(
    ("total", "advances", "line"),
    [
        (None, [(0, "20 s Loading weights")], "  opening A: 20 s Loading weights"),
        (None, [(0, "")], "  opening A: under way"),
        (None, [(7, "")], "  opening A: 7"),
        (5, [(0, "")], "  opening A: 0 of 5"),
    ],
)
def test_a_sign_of_life_counts_only_what_can_be_counted(capsys, monkeypatch, total, advances, line):
    monkeypatch.setattr("sfteval.progress.PLAIN_INTERVAL_SECONDS", 0.0)
    with _Plain().stage("opening A", total=total) as stage:
        for advance in advances:
            stage.advance(*advance)
    assert capsys.readouterr().err.splitlines()[0] == line


def test_durations_are_for_people():
    assert [seconds(value) for value in (0.04, 9.96, 12.4, 200)] == ["0.0 s", "10.0 s", "12 s", "3 min 20 s"]
