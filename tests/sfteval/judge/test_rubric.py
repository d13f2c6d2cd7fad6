from dataclasses import replace

import pytest

from sfteval.errors import ConfigurationError
from sfteval.judge import read_rubric, rubric_names
from sfteval.judge.asking import Judge


def test_the_shipped_rubrics_are_read_and_say_what_they_ask_for():
    assert rubric_names() == ("helpfulness", "helpfulness_points", "reference", "starter_reference")
    rubric = read_rubric("helpfulness")
    names = [criterion.name for criterion in rubric.criteria]
    assert names == ["clarity", "tone", "helpfulness", "constraints", "correctness"]
    for form in ("pairwise", "pointwise"):
        text = rubric.instructions(form, "abc")
        assert "KEY is abc." in text
        assert "$" not in text
        assert all(name in text for name in names)
        assert list(rubric.schema(form)["properties"]["criteria"]["properties"]) == names


def test_other_fences_are_another_judge(monkeypatch):
    judge = Judge("m", read_rubric("helpfulness"))
    before = [judge.identity(form) for form in ("pairwise", "pointwise")]
    monkeypatch.setattr("sfteval.judge.material.KEY_LENGTH", 11)
    after = [judge.identity(form) for form in ("pairwise", "pointwise")]
    assert len({*before, *after}) == 4


def test_every_word_is_part_of_the_identity():
    rubric = read_rubric("helpfulness")
    assert rubric.sha256("pairwise") != rubric.sha256("pointwise")
    assert rubric.sha256("pairwise") != read_rubric("reference").sha256("pairwise")


def test_a_judge_is_another_when_anything_about_it_changes(tmp_path):
    text = tmp_path / "mine.toml"
    text.write_text(
        '[[criterion]]\nname = "wit"\npairwise = "Which is wittier?"\npointwise = "Is it witty?"\n'.join(
            ['name = "mine"\n', ""]
        )
    )
    judge = Judge("m", read_rubric(str(text)))
    reworded = tmp_path / "reworded.toml"
    reworded.write_text(text.read_text().replace("wittier", "funnier"))
    others = [
        Judge("n", judge.rubric),
        Judge("m", read_rubric(str(reworded))),
        Judge("m", judge.rubric, num_tries=2),
        Judge("m", replace(judge.rubric, version=2)),
    ]
    identities = {one.identity("pairwise") for one in (judge, *others)}
    assert len(identities) == 5
    assert judge.identity("pairwise") == Judge("m", judge.rubric, repeat=1).identity("pairwise")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("x = ", "expected a rubric in TOML"),
        ('name = "r"\n', "expected 1 to 12"),
        ('name = "r"\ncriterion = 3\n', r"expected \[\[criterion\]\] tables"),
        ('name = "r"\n[[criterion]]\nname = "a b"\n', "expected a name of letters"),
        ('name = "r"\n[[criterion]]\nname = "a"\n', "pairwise: expected a question"),
        ('name = "r"\n[[criterion]]\nname = "a"\npairwis = "?"\n', 'Did you mean "pairwise"'),
        (
            'name = "r"\n[[criterion]]\nname = "a"\npairwise = "?"\npointwise = "?"\nanchors = { 9 = "x" }\n',
            "expected what 1 to 5 points mean",
        ),
    ],
)
def test_a_rubric_with_a_mistake_says_where(tmp_path, body, said):
    path = tmp_path / "r.toml"
    path.write_text(body)
    with pytest.raises(ConfigurationError, match=said):
        read_rubric(str(path))


def test_an_unknown_rubric_names_the_nearest():
    with pytest.raises(ConfigurationError, match='Did you mean "helpfulness"'):
        read_rubric("helpfullness")
