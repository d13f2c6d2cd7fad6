"""Ways to spoil a good answer without touching what it says: rudeness around it, padding behind it."""

# What stands before and behind an answer that is rude; the answer itself is left as it is.
RUDE: tuple[tuple[str, str], ...] = (
    ("Seriously? You could have found that out in two seconds.", "Next time use your head before you waste my time."),
    ("What a stupid question.", "Even a child knows that."),
    ("I cannot believe that I have to explain this to you.", "Try to remember it, if that is not too much for you."),
    ("Oh dear, here we go again.", "Do not ask me such nonsense again."),
    ("You clearly have no idea of anything.", "Is that simple enough for you?"),
    ("Since you are too lazy to look it up:", "You are welcome, I suppose, not that you deserve it."),
    ("Well, for people like you I have to say it slowly.", "Now stop bothering me."),
    ("Only a fool would ask that.", "There, even you should understand it."),
)

# What stands behind an answer and adds nothing to it; each is longer than most answers.
PADDING: tuple[str, ...] = (
    (
        "There is of course a lot more that could be said about this topic, which has many sides and which "
        "different people see in different ways. It is always good to keep in mind that every situation is a "
        "little different, and that what has been said above is to be understood in this sense. All in all, the "
        "answer given above sums up the matter."
    ),
    (
        "As you can see, the question is an interesting one, and it is asked by many people in many places. "
        "Questions like this one come up again and again in daily life. That is why it is worth while to look at "
        "it closely, as was done above, and to come to an answer, which was given above, and which, as was said, "
        "answers the question."
    ),
    (
        "To repeat the most important point once more: what matters is exactly what was said at the beginning of "
        "this answer. In other words, if somebody asked the same question again, the same answer would be given "
        "again. It can therefore be said that the question has been answered, and that the answer has been given "
        "in full."
    ),
    (
        "I hope that this answer is of help to you in connection with the question that you have asked. Should "
        "there be other questions in connection with this or with any other topic, they can of course be asked at "
        "any time, and they will be answered just as this one has been answered, as well and as fully as possible "
        "under the circumstances."
    ),
    (
        "It should also be noted that knowledge of this kind is useful on many occasions, both expected and "
        "unexpected ones. Many people find that knowing such things is better than not knowing them. In this "
        "respect, as in others, it is a good thing to ask, and it is equally a good thing to receive an answer to "
        "what one has asked."
    ),
    (
        "Before closing, let us look back at what we have seen. We began with a question. We then considered the "
        "question. After that an answer was given to the question. This answer can be found above. In closing, it "
        "can be said that the way from the question to the answer has been completed, and that nothing stands in "
        "the way of using the answer."
    ),
)
