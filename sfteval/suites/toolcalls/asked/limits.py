"""Enums and ranges: what the prompt says in its own words must become a value that the schema allows."""

from sfteval.suites.toolcalls.items import any_order, call, item, one_of

LIMITS = (
    item(
        "dim-least",
        "Living room light on, as dark as it goes without being off.",
        "control_light",
        call("control_light", room="living_room", power="on", brightness=1),
    ),
    item(
        "heat-most",
        "Turn the heating in the bathroom up to the highest temperature that it allows.",
        "set_thermostat",
        call("set_thermostat", room="bathroom", celsius=30),
    ),
    item(
        "half-litre",
        "Half a litre for the pots, please.",
        "water_garden",
        call("water_garden", zone="pots", litres=0.5),
    ),
    item(
        "longest-timer",
        "Start the longest timer that you can.",
        "start_timer",
        call("start_timer", minutes=600),
    ),
    item(
        "mute-start",
        'Start the song "Field" in the office, but without any sound at first.',
        "play_music",
        call("play_music", name="Field", kind="song", speaker="office", volume=0),
    ),
    item(
        "all-out",
        "An hour on the bike, 31 km, the hardest I have ever done: log it with the top effort.",
        "log_workout",
        call("log_workout", activity="cycle", minutes=60, kilometres=31, effort=10),
    ),
    item(
        "couple-premium",
        "Premium economy seats from LIS to BOS on 10 November 2026 for a family of five: which flights are there?",
        "search_flights",
        call(
            "search_flights",
            origin="LIS",
            destination="BOS",
            date="2026-11-10",
            passengers=5,
            cabin="premium_economy",
        ),
    ),
    item(
        "fortnight",
        "Book a room in Piran for a fortnight from 5 September 2026, for me and my wife.",
        "book_hotel",
        call("book_hotel", city="Piran", check_in="2026-09-05", nights=14, guests=2),
    ),
    item(
        "fraction-mile",
        "Three quarters of a mile in metres?",
        "convert_units",
        call("convert_units", value=0.75, source="mile", target="metre"),
    ),
    item(
        "below-zero",
        "It was forty below zero, in Celsius. In Fahrenheit?",
        "convert_units",
        call("convert_units", value=-40, source="celsius", target="fahrenheit"),
    ),
    item(
        "big-number",
        "Convert one and a half million Korean won into US dollars.",
        "convert_currency",
        call("convert_currency", amount=1500000, source="KRW", target="USD"),
    ),
    item(
        "small-number",
        "I have five cents, that is 0.05 euros. What is it in Danish kroner?",
        "convert_currency",
        call("convert_currency", amount=0.05, source="EUR", target="DKK"),
    ),
    item(
        "midnight-alarm",
        "Set the alarm for one minute past midnight.",
        "set_alarm start_timer",
        call("set_alarm", time="00:01"),
    ),
    item(
        "leap-day",
        "Weather in Cairo on the leap day of 2028, please.",
        "get_weather",
        call("get_weather", city="Cairo", date="2028-02-29"),
    ),
    item(
        "new-year-eve",
        "Find a train from Basel to Milan that leaves in the last hour of 2026, so not before 23:00.",
        "find_train",
        call("find_train", origin="Basel", destination="Milan", depart_after="2026-12-31T23:00"),
    ),
    item(
        "full-table",
        "A table inside at Orchard Hall for twenty on 28 May 2026 at noon.",
        "book_table",
        call("book_table", restaurant="Orchard Hall", date="2026-05-28", time="12:00", people=20),
    ),
    item(
        "minor-fault",
        'Component printer: "Tray light blinks". It is neither an outage nor cosmetic; call it a three.',
        "file_ticket",
        call("file_ticket", title="Tray light blinks", severity=3, component="printer"),
    ),
    item(
        "debug-everything",
        "Give me all that the service parser has logged since 9:05 on 14 February 2026, down to the debug lines.",
        "search_logs",
        call("search_logs", service="parser", level="debug", since="2026-02-14T09:05"),
    ),
    item(
        "most-entries",
        "Pull as many entries as a single call can of what the service edge logged at info or above since 17:30 on "
        "2 June 2026.",
        "search_logs",
        call("search_logs", service="edge", level="info", since="2026-06-02T17:30", limit=500),
    ),
    item(
        "interest-free",
        "My brother lends me 6,000 without interest and I pay it back over 5 years. What is that a month?",
        "compute_loan",
        call("compute_loan", principal=6000, annual_percent=0, years=5),
    ),
    item(
        "generous-tip",
        "The two of us had dinner for 96.40 and want to tip a fifth of that. How much for each?",
        "split_bill",
        call("split_bill", total=96.4, people=2, tip_percent=20),
    ),
    item(
        "due-at-once",
        'Invoice Mo Lam for "Piano lesson", one at 55 pounds sterling, payable at once.',
        "create_invoice",
        call(
            "create_invoice",
            customer={"name": "Mo Lam"},
            lines=[{"description": "Piano lesson", "quantity": 1, "unit_price": 55}],
            currency="GBP",
            due_days=0,
        ),
    ),
    item(
        "wrong-size",
        "You sent me size 38 instead of 42. Order W901276. Refund, please.",
        "request_refund",
        call(
            "request_refund",
            order_id="W901276",
            reason="wrong_item",
        ),
    ),
    item(
        "second-thoughts",
        "I have unpacked order H300007 and nothing is wrong with it, I simply changed my mind. Please refund it.",
        "request_refund cancel_order",
        call(
            "request_refund",
            order_id="H300007",
            reason="changed_mind",
        ),
    ),
    item(
        "university-fortnight",
        "Hold 9781861972712 at the university branch for as long as it is allowed.",
        "reserve_book",
        call("reserve_book", isbn="9781861972712", branch="university", hold_days=14),
    ),
    item(
        "stopped",
        "Stop every copy of the deployment legacy, without deleting it.",
        "scale_deployment restart_service",
        call("scale_deployment", deployment="legacy", replicas=0),
    ),
    item(
        "no-reminder-lead",
        'Calendar entry "Pick up Ida", 12 June 2026, 16:10, five minutes, with the reminder at the moment it begins.',
        "create_event",
        call("create_event", title="Pick up Ida", start="2026-06-12T16:10", minutes=5, reminder_minutes=0),
    ),
    item(
        "south-west",
        "Sunrise at 33.45 degrees south and 70.67 degrees west on Christmas Day 2026?",
        "find_sunrise",
        call("find_sunrise", latitude=-33.45, longitude=-70.67, date="2026-12-25"),
    ),
    item(
        "percentile-dice",
        "As many dice as you may roll at once, a hundred sides each.",
        "roll_dice",
        call("roll_dice", dice=20, sides=100),
    ),
    item(
        "everything-on-it",
        "A large pizza with salami, onions and peppers, thin crust, just one.",
        "order_pizza",
        call("order_pizza", size="large", toppings=any_order("salami", "onions", "peppers")),
    ),
    item(
        "green-third",
        "Office light on, green, at a third of full brightness, rounded down to whole percent.",
        "control_light",
        call("control_light", room="office", power="on", colour="green", brightness=33),
    ),
    item(
        "constant-only",
        "Solve −x² + 0.25 = 0, complex solutions included.",
        "solve_quadratic",
        call("solve_quadratic", a=-1, b=0, c=0.25, complex_roots=True),
    ),
    item(
        "one-day-van",
        "I need something big with four wheels to move a sofa, for a single day: 30 March 2026, your station in Namur. "
        "A van.",
        "rent_car",
        call("rent_car", pickup="Namur", date="2026-03-30", days=1, vehicle="van"),
    ),
    item(
        "tungsten",
        "How heavy is an atom of tungsten?",
        "look_up_element",
        call("look_up_element", symbol="W", property="atomic_mass"),
    ),
    item(
        "swap-language",
        'Put "Mind the step" into Dutch.',
        "translate_text",
        call("translate_text", text=one_of("Mind the step", "Mind the step."), language="nl"),
    ),
)
