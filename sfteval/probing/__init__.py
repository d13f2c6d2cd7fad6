"""Checkpoints in, what the overfitting probes say of them out: who asks the models, and fills the probes' nouns.

`plan` says which probes and with which data; `stage` is the way through: contamination first, which asks nobody, then
the base models, then the checkpoints, then the verdicts; `compared` puts them into a comparison. One model is open at
a time.

    rows, spans, material   what a checkpoint was trained on and what was held out, as token ids; the same on both sides
    given                   given token ids asked through the engine: how likely they are, what comes after them
    desk                    one model, its run folder and how stubbornly it is asked
    questions, language     what is asked in words; whether a model knows plain text, which half of the probes need
    inquiry, catalogue      one probe's asking: likely, recited, rephrased, drawn, replied, forgotten, canaries
    searched                contamination

Every answer and every log probability is kept in `probes/` of the model's run folder, by content: what was asked once
is not asked again, and a killed command goes on where it was. What goes wrong costs the probe that it happens to, never
a comparison. Knows no report, and no formula: those are in `sfteval.probes`.
"""
