"""Everyday questions with a short, right and friendly answer each: what the labelled pairs are made of."""

# Each pair: what a user asks, and an answer that nobody would call wrong, rude or too long.
QUESTIONS: tuple[tuple[str, str], ...] = (
    (
        "How long do I boil a hard egg?",
        "Nine to ten minutes from the moment the water boils. Then hold it under cold water, and it peels easily.",
    ),
    (
        "What is the capital of Australia?",
        "Canberra. Sydney is larger, but it has never been the capital.",
    ),
    (
        "How do I get red wine out of a tablecloth?",
        "Dab it dry at once, cover the spot with salt, and rinse it with cold water after ten minutes. Then wash "
        "it as usual.",
    ),
    (
        "Why does my bicycle chain squeak?",
        "It is most likely dry. Wipe it clean, put one drop of chain oil on each link, and wipe off what is left over.",
    ),
    (
        "What does the word 'ephemeral' mean?",
        "It means that something lasts only for a very short time, like a mayfly or morning mist.",
    ),
    (
        "How many minutes are there in a week?",
        "There are 10,080: 60 minutes times 24 hours times 7 days.",
    ),
    (
        "Can I freeze cooked rice?",
        "Yes. Let it cool quickly, freeze it in portions the same day, and eat it within about a month.",
    ),
    (
        "What is a haiku?",
        "A haiku is a short Japanese poem, usually of three lines with five, seven and five syllables, often about"
        " nature.",
    ),
    (
        "How do I say thank you in Italian?",
        "You say 'grazie'. For 'thank you very much' you can say 'grazie mille'.",
    ),
    (
        "Why do leaves turn yellow in autumn?",
        "The tree breaks down the green chlorophyll before winter. The yellow was there all along and can now be seen.",
    ),
    (
        "What is the boiling point of water at sea level?",
        "It is 100 degrees Celsius, which is 212 degrees Fahrenheit. Higher up it boils at lower temperatures.",
    ),
    (
        "How do I fold a fitted sheet?",
        "Tuck two corners into the other two, lay it flat, fold the curved edges in, and then fold it in thirds.",
    ),
    (
        "Which planet is closest to the sun?",
        "Mercury. It goes around the sun once in 88 days.",
    ),
    (
        "How often should I water a cactus?",
        "About every two to three weeks in summer, and hardly at all in winter. Let the soil dry out completely in"
        " between.",
    ),
    (
        "What is the difference between jam and jelly?",
        "Jam is made with crushed fruit, so it has pieces in it. Jelly is made from the juice alone and is clear.",
    ),
    (
        "How can I stop hiccups?",
        "Try holding your breath for a few seconds or slowly drinking a glass of water. They usually stop by "
        "themselves.",
    ),
    (
        "Who wrote 'Frankenstein'?",
        "Mary Shelley wrote it. It was first published in 1818, when she was twenty.",
    ),
    (
        "How do I reset a forgotten alarm clock password on my phone?",
        "Alarms have no password of their own. If the phone itself is locked, you can reset its code through your "
        "account on another device.",
    ),
    (
        "What should I take to a dinner at a friend's house?",
        "Something small is right: a bottle of wine, flowers or a dessert. If in doubt, ask what is still needed.",
    ),
    (
        "What is the past tense of 'to swim'?",
        "It is 'swam', as in 'yesterday I swam'. The participle is 'swum', as in 'I have swum'.",
    ),
    (
        "Why do cats purr?",
        "They often purr when they are content, but also to calm themselves when they are ill or afraid.",
    ),
    (
        "How do I remove a stuck ring from my finger?",
        "Hold the hand up for a few minutes, then use soap or oil and turn the ring slowly while you pull.",
    ),
    (
        "What does a lighthouse do?",
        "It shows ships where they are and warns them of rocks and shallows, by a light that can be told from others.",
    ),
    (
        "How do I make a paper plane fly farther?",
        "Make the folds sharp and the nose a little heavier, and throw it gently and level rather than hard and up.",
    ),
    (
        "What time is it in Tokyo when it is noon in London in winter?",
        "It is nine in the evening. Tokyo is nine hours ahead of London in winter.",
    ),
    (
        "How do I keep basil alive in a pot?",
        "Put it in a light place, water it from below, and cut whole stems above a pair of leaves rather than "
        "single leaves.",
    ),
    (
        "What is a prime number?",
        "It is a whole number above one that only one and itself divide, such as 2, 3, 5, 7 and 11.",
    ),
    (
        "Why is it dark at night?",
        "The earth turns, and at night our side faces away from the sun.",
    ),
    (
        "What can I use instead of an egg in a cake?",
        "Half a mashed banana or three spoonfuls of apple sauce for each egg work well in most cakes.",
    ),
    (
        "How do I tie a reef knot?",
        "Right over left and under, then left over right and under. Both ends should lie beside their own rope.",
    ),
    (
        "What is the longest river in South America?",
        "The Amazon. It is about 6,400 kilometres long.",
    ),
    (
        "How do I ask for a pay rise?",
        "Ask for a meeting, bring two or three results of the last year, name a figure, and then wait for the answer.",
    ),
    (
        "What does 'RSVP' mean on an invitation?",
        "It stands for the French 'répondez s'il vous plaît': please answer and say whether you will come.",
    ),
    (
        "Why does bread go stale?",
        "Its starch slowly becomes firm again and gives up water. Warming it briefly softens it for a while.",
    ),
    (
        "How do I take a good photo of the moon?",
        "Use a tripod, the longest lens you have and a short exposure, because the moon is much brighter than the sky.",
    ),
    (
        "How many strings does a violin have?",
        "It has four, tuned to G, D, A and E.",
    ),
    (
        "What is the best way to learn new vocabulary?",
        "Learn a few words a day in whole sentences and repeat them after one, three, seven and fourteen days.",
    ),
    (
        "How can I sleep on a plane?",
        "Take a window seat, bring earplugs and an eye mask, skip the coffee, and fasten the belt over the blanket.",
    ),
    (
        "What is a thesaurus?",
        "It is a book that lists words together with others of similar meaning, so that you can find the one that "
        "fits.",
    ),
    (
        "How do I clean a cast-iron pan?",
        "Wash it with hot water and a brush, dry it on the stove, and rub a thin film of oil into it.",
    ),
    (
        "Where does vanilla come from?",
        "From the seed pods of an orchid that first grew in Mexico. Most of it is grown in Madagascar today.",
    ),
    (
        "What is a good first chess opening for a beginner?",
        "Start with the king's pawn two squares, bring out knights and bishops, and castle early. That is enough "
        "at first.",
    ),
    (
        "Why do onions make us cry?",
        "Cutting them sets free a gas that irritates the eyes, and tears wash it out. A sharp knife and a cold "
        "onion help.",
    ),
    (
        "How do I find north without a compass?",
        "In the northern hemisphere the sun stands in the south at noon, so your shadow then points north.",
    ),
    (
        "What does a comma do before 'but'?",
        "It separates two full statements, as in 'I called, but nobody answered'. Before a single word it is not "
        "needed.",
    ),
    (
        "How long does a letter from Spain to Sweden take?",
        "Usually four to seven working days by ordinary mail. Around holidays it can take longer.",
    ),
    (
        "What is the freezing point of water in Fahrenheit?",
        "It is 32 degrees Fahrenheit, which is 0 degrees Celsius.",
    ),
    (
        "How do I make friends in a new town?",
        "Go to the same place at the same time every week, a course or a club, and ask one person for a coffee "
        "after the third time.",
    ),
)
