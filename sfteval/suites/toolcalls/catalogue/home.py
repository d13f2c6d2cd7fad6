"""Tools of a household: heating, light, music, cooking, the garden, and what keeps time."""

from sfteval.suites.toolcalls.forms import choice, clock, flag, many, number, text, tool, whole

ROOMS = "living_room bedroom kitchen bathroom office"
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday"
TOPPINGS = "ham mushrooms olives onions peppers pineapple salami spinach"

HOME = (
    tool(
        "set_thermostat",
        "Set the target temperature of one room's heating.",
        {
            "room": choice("The room.", ROOMS),
            "celsius": number("Target temperature in degrees Celsius.", minimum=5, maximum=30),
        },
        {"until": clock("When the heating goes back to its schedule")},
    ),
    tool(
        "control_light",
        "Switch the lights of one room, with brightness and colour.",
        {"room": choice("The room.", ROOMS), "power": choice("Switch the light on or off.", "on off")},
        {
            "brightness": whole("Brightness in percent.", 1, 100, default=100),
            "colour": choice("Colour of the light.", "warm_white cold_white red green blue", default="warm_white"),
        },
    ),
    tool(
        "start_vacuum",
        "Send the robot vacuum cleaner to clean rooms, in the order given.",
        {"rooms": many("The rooms to clean.", {"type": "string", "enum": ROOMS.split()}, uniqueItems=True)},
        {"mode": choice("How hard to clean.", "quiet standard deep", default="standard")},
    ),
    tool(
        "set_alarm",
        "Set the alarm clock, once or every week.",
        {"time": clock("When it rings")},
        {
            "days": many("Weekdays on which it repeats, from Monday on.", {"type": "string", "enum": WEEKDAYS.split()}),
            "label": text("What the display shows while it rings."),
        },
    ),
    tool(
        "start_timer",
        "Start a countdown.",
        {"minutes": whole("Length in minutes.", 1, 600)},
        {"label": text("A name, to tell timers apart.")},
    ),
    tool(
        "play_music",
        "Play one piece, album, artist or playlist on a loudspeaker of the house.",
        {
            "name": text("Name of the piece, album, artist or playlist."),
            "kind": choice("What the name is the name of.", "song album artist playlist"),
        },
        {
            "speaker": choice("Where to play it.", ROOMS, default="living_room"),
            "volume": whole("Loudness in percent.", 0, 100),
            "shuffle": flag("Play in random order.", default=False),
        },
    ),
    tool(
        "find_recipe",
        "Search the cookbook for recipes that use all of the given ingredients.",
        {"ingredients": many("Ingredients, singular, in English.", {"type": "string"})},
        {
            "diet": choice("Diet that the recipe must suit.", "any vegetarian vegan gluten_free", default="any"),
            "max_minutes": whole("Longest time that it may take, in minutes.", 5, 300),
        },
    ),
    tool(
        "water_garden",
        "Water one zone of the garden.",
        {
            "zone": choice("The zone.", "lawn beds pots greenhouse"),
            "litres": number("How much water, in litres.", exclusiveMinimum=0, maximum=500),
        },
        {"start": clock("When to begin; at once if absent")},
    ),
    tool(
        "log_workout",
        "Write a finished workout into the training diary.",
        {
            "activity": choice("What was done.", "run walk swim cycle row"),
            "minutes": whole("How long, in minutes.", 1, 1440),
        },
        {
            "kilometres": number("How far, in kilometres.", exclusiveMinimum=0),
            "effort": whole("How hard it felt, from 1 (easy) to 10 (all out).", 1, 10),
        },
    ),
    tool(
        "order_pizza",
        "Order pizzas of one kind from the shop round the corner, for delivery.",
        {
            "size": choice("Size.", "small medium large"),
            "toppings": many(
                "Toppings on top of tomato and cheese.",
                {"type": "string", "enum": TOPPINGS.split()},
                uniqueItems=True,
            ),
        },
        {
            "crust": choice("Crust.", "thin thick gluten_free", default="thin"),
            "quantity": whole("How many of them.", 1, 10, default=1),
        },
    ),
)
