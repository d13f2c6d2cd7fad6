"""What two checkpoints must share, and what their training records tell of each other."""

import pytest

from sfteval.contract import check_contract, drifted, fairness
from sfteval.errors import NotComparableError
from tests.sfteval.scripted import checkpoint

RECORD = {
    "template_sha256": "t",
    "base": {"fingerprint": "b"},
    "data": {"sha256": "d", "train": ["r1", "r2"]},
    "order_sha256": "o",
    "precision": "bf16",
    "recipe": {"optimizer": {"lr": 0.1}, "schedule": {"epochs": 2}},
    "totals": {"steps": 10, "tokens": 100, "supervised_tokens": 40},
}


def test_a_checkpoint_asked_with_its_own_template_is_fine():
    check_contract(checkpoint(training=RECORD, template_sha256="t"))
    check_contract(checkpoint())
    assert not drifted(checkpoint(training=RECORD, template_sha256="t"))


def test_another_template_is_drift():
    with pytest.raises(NotComparableError) as error:
        check_contract(checkpoint(training=RECORD, template_sha256="u"))
    assert "--allow-template-drift" in str(error.value)


def test_a_record_whose_template_is_no_hash_is_drift_and_no_crash():
    assert drifted(checkpoint(training={"template_sha256": 5}, template_sha256="u"))


def test_two_arms_of_one_pair_are_fair_and_their_supervised_tokens_stand_beside():
    other = {**RECORD, "totals": {"steps": 10, "tokens": 90, "supervised_tokens": 20}}
    fair = fairness(
        checkpoint(training=RECORD, template_sha256="t"), checkpoint("b", training=other, template_sha256="t")
    )
    assert fair == {
        "same_base": True, "same_rows": True, "same_order": True, "same_steps": True, "same_optimizer": True,
        "same_template": True,
        "supervised_tokens": [40, 20], "tokens": [100, 90],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"base": {"fingerprint": "c"}}, "same_base"),
        ({"data": {"sha256": "d", "train": ["r1"]}}, "same_rows"),
        ({"order_sha256": "p"}, "same_order"),
        ({"recipe": {"optimizer": {"lr": 0.2}, "schedule": {"epochs": 2}}}, "same_optimizer"),
        ({"totals": {"steps": 11}}, "same_steps"),
    ],
)
def test_each_difference_is_named(change, said):
    assert fairness(checkpoint(training=RECORD), checkpoint("b", training={**RECORD, **change}))[said] is False


def test_what_a_record_does_not_tell_is_not_claimed():
    fair = fairness(checkpoint(), checkpoint("b"))
    assert {key: fair[key] for key in ("same_base", "same_rows", "same_order")} == dict.fromkeys(
        ("same_base", "same_rows", "same_order")
    )
