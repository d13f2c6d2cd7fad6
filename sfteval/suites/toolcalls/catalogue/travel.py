"""Tools for being elsewhere: journeys, rooms, tables, the weather, other people's money and languages."""

from sfteval.suites.toolcalls.forms import choice, clock, date, flag, many, moment, number, text, tool, whole

AIRPORT, CURRENCY = r"^[A-Z]{3}$", r"^[A-Z]{3}$"

TRAVEL = (
    tool(
        "search_flights",
        "Search one-way flights between two airports on one day.",
        {
            "origin": text("IATA code of the airport of departure.", pattern=AIRPORT),
            "destination": text("IATA code of the airport of arrival.", pattern=AIRPORT),
            "date": date("Day of departure"),
        },
        {
            "passengers": whole("How many people fly.", 1, 9, default=1),
            "cabin": choice("Cabin.", "economy premium_economy business first", default="economy"),
            "nonstop_only": flag("Leave out flights with a stop.", default=False),
        },
    ),
    tool(
        "find_train",
        "Find train connections between two cities.",
        {
            "origin": text("City of departure."),
            "destination": text("City of arrival."),
            "depart_after": moment("Earliest departure"),
        },
        {
            "seat_class": choice("Class.", "first second", default="second"),
            "bicycle": flag("Only trains that take bicycles.", default=False),
        },
    ),
    tool(
        "book_hotel",
        "Book one hotel room in a city.",
        {
            "city": text("The city."),
            "check_in": date("Day of arrival"),
            "nights": whole("How many nights.", 1, 30),
            "guests": whole("How many people sleep in the room.", 1, 4),
        },
        {"breakfast": flag("With breakfast.", default=False)},
    ),
    tool(
        "rent_car",
        "Rent a car at one of our stations.",
        {
            "pickup": text("City of the station."),
            "date": date("Day of pickup"),
            "days": whole("For how many days.", 1, 60),
            "vehicle": choice("Kind of vehicle.", "small estate van electric"),
        },
        {
            "extras": many("Extras to be put in.", {"type": "string", "enum": ["child_seat", "snow_chains", "satnav"]}),
        },
    ),
    tool(
        "plan_route",
        "Plan a route between two places by one means of transport.",
        {
            "start": text("Where it begins."),
            "end": text("Where it ends."),
            "mode": choice("Means of transport.", "walk cycle drive transit"),
        },
        {"avoid": many("What to avoid.", {"type": "string", "enum": ["tolls", "ferries", "motorways"]})},
    ),
    tool(
        "get_weather",
        "Return the weather forecast for a city: temperature, wind and rain of one day.",
        {"city": text("The city."), "date": date("The day")},
        {"units": choice("Units of the answer.", "metric imperial", default="metric")},
    ),
    tool(
        "convert_currency",
        "Convert an amount of money at today's rate.",
        {
            "amount": number("Amount of money.", exclusiveMinimum=0),
            "source": text("ISO 4217 code of the currency that it is in.", pattern=CURRENCY),
            "target": text("ISO 4217 code of the currency that is wanted.", pattern=CURRENCY),
        },
    ),
    tool(
        "translate_text",
        "Translate a text from any language.",
        {
            "text": text("The text, exactly as given."),
            "language": text("ISO 639-1 code of the language to translate into.", pattern=r"^[a-z]{2}$"),
        },
        {"tone": choice("How the reader is addressed.", "formal informal neutral", default="neutral")},
    ),
    tool(
        "book_table",
        "Book a table in a restaurant.",
        {
            "restaurant": text("Name of the restaurant."),
            "date": date("The day"),
            "time": clock("Time of arrival"),
            "people": whole("How many people come.", 1, 20),
        },
        {"seating": choice("Where to sit.", "inside terrace bar", default="inside")},
    ),
    tool(
        "track_parcel",
        "Return where a parcel is.",
        {
            "tracking_number": text(
                "Two capital letters, nine digits, two capital letters.", pattern=r"^[A-Z]{2}\d{9}[A-Z]{2}$"
            )
        },
    ),
)
