"""The probe conversations: rendered here as transformers renders them, each with something that no other one has."""

import pytest

from sfteval.contract.formats import Rendered, rendered
from sfteval.contract.probes import EVERYDAY, probes_for
from tests.sfteval.stock_templates import needs_trl, stock

UNDATED = ("qwen2_5", "qwen3", "qwen3_5_think", "llama3", "llama3_1", "gemma3")


@needs_trl
@pytest.mark.parametrize("family", UNDATED)
def test_every_probe_is_rendered_as_transformers_renders_it(family):
    transformers = pytest.importorskip("transformers")
    chat = stock(family)
    peer = transformers.PreTrainedTokenizerFast(tokenizer_object=chat.tokenizer.backend, **chat.template.special_tokens)
    num_rendered = 0
    for probe in probes_for(chat.template):
        ours = rendered(chat, probe, {})
        if isinstance(ours, Rendered):
            theirs = peer.apply_chat_template(
                [message.as_dict() for message in probe.messages],
                tools=list(probe.tools) or None,
                chat_template=chat.template.source,
                add_generation_prompt=probe.add_generation_prompt,
                tokenize=False,
                **probe.template_kwargs,
            )
            assert chat.tokenizer.decode(ours.token_ids) == theirs, probe.name
            num_rendered += 1
    assert num_rendered >= 12


@needs_trl
def test_no_two_probes_are_the_same_prompt():
    prompts = [rendered(stock("qwen3"), probe, {}).token_ids for probe in EVERYDAY]
    assert len(set(prompts)) == len(EVERYDAY)


@needs_trl
def test_only_known_switches_of_a_template_become_probes():
    def switches(family):
        return [probe.name for probe in probes_for(stock(family).template)[len(EVERYDAY) :]]

    assert switches("qwen3") == ["enable_thinking = true", "enable_thinking = false"]
    assert switches("gptoss") == ["reasoning_effort = low", "reasoning_effort = high"]
    assert probes_for(stock("qwen2_5").template) == EVERYDAY


@needs_trl
def test_a_switch_is_a_probe_if_either_template_reads_it():
    names = [probe.name for probe in probes_for(stock("qwen2_5").template, stock("qwen3").template)]
    assert names[-2:] == ["enable_thinking = true", "enable_thinking = false"]
