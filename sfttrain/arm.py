"""Which arm sees what: one conversation in, the conversation of the think or of the no-think arm out. Pure.

The think arm keeps reasoning as the data holds it; the no-think arm never sees any. Both tell the template so, so that
an empty thought that a template prefills belongs to the prompt. Does not render.
"""

from dataclasses import replace

from sfttrain.types import Arm, Conversation


def shown_to(arm: Arm, conversation: Conversation) -> Conversation:
    """Return what this arm learns from; everything but reasoning and the template's variables is the same."""
    kwargs = {**conversation.template_kwargs, **arm.template_kwargs}
    if arm is Arm.THINK:
        return replace(conversation, template_kwargs=kwargs, no_think_messages=None)
    messages = conversation.no_think_messages or conversation.messages
    bare = tuple(replace(message, reasoning_content=None) for message in messages)
    return replace(conversation, messages=bare, template_kwargs=kwargs, no_think_messages=None)
