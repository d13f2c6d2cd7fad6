"""Tools that compute or look up: units, statistics, equations, days, elements, data tables."""

from sfteval.suites.toolcalls.forms import choice, date, flag, many, number, record, text, tool, whole

UNITS = "metre kilometre mile foot kilogram pound litre gallon celsius fahrenheit"

SCIENCE = (
    tool(
        "convert_units",
        "Convert a measured quantity from one unit to another of the same kind.",
        {
            "value": number("The quantity."),
            "source": choice("The unit that it is in.", UNITS),
            "target": choice("The unit that is wanted.", UNITS),
        },
    ),
    tool(
        "summarise_numbers",
        "Compute one statistic of a list of numbers.",
        {
            "numbers": many("The numbers, in the order given.", {"type": "number"}),
            "statistic": choice("What to compute.", "mean median standard_deviation minimum maximum sum"),
        },
    ),
    tool(
        "solve_quadratic",
        "Solve a*x^2 + b*x + c = 0.",
        {
            "a": number("Coefficient of x squared."),
            "b": number("Coefficient of x."),
            "c": number("The constant."),
        },
        {"complex_roots": flag("Return complex solutions too.", default=False)},
    ),
    tool(
        "count_days",
        "Count the days from one day to another.",
        {"start": date("First day"), "end": date("Last day")},
        {"weekdays_only": flag("Leave out Saturdays and Sundays.", default=False)},
    ),
    tool(
        "look_up_element",
        "Return one property of a chemical element.",
        {
            "symbol": text("Symbol of the element.", pattern=r"^[A-Z][a-z]?$"),
            "property": choice("What is asked.", "atomic_mass melting_point boiling_point density"),
        },
    ),
    tool(
        "roll_dice",
        "Roll dice and return each result.",
        {"dice": whole("How many dice.", 1, 20), "sides": whole("Sides of each die.", 2, 100)},
        {"seed": whole("Makes the result repeatable.", 0, 2147483647)},
    ),
    tool(
        "query_table",
        "Read rows from a table of the company's data.",
        {
            "table": choice("The table.", "customers orders products employees"),
            "columns": many("Columns to return, in this order.", {"type": "string"}),
        },
        {
            "filters": many(
                "Conditions that every row must meet.",
                record(
                    "One condition.",
                    {
                        "column": text("The column."),
                        "operator": choice("How to compare.", "eq ne lt le gt ge contains"),
                        "value": {"type": ["number", "string"], "description": "What to compare with."},
                    },
                ),
            ),
            "order_by": record(
                "How to sort.",
                {"column": text("The column.")},
                {"direction": choice("Which end comes first.", "ascending descending", default="ascending")},
            ),
            "limit": whole("How many rows at most.", 1, 1000, default=100),
        },
    ),
    tool(
        "find_sunrise",
        "Return when the sun rises and sets at a place on a day.",
        {
            "latitude": number("Degrees north; south is negative.", minimum=-90, maximum=90),
            "longitude": number("Degrees east; west is negative.", minimum=-180, maximum=180),
            "date": date("The day"),
        },
    ),
    tool(
        "plot_function",
        "Draw the graph of a function of one variable.",
        {
            "expression": text("The function's term in x, with * and ^, without spaces."),
            "lower": number("Left end of the x axis."),
            "upper": number("Right end of the x axis."),
        },
        {"grid": flag("Draw grid lines.", default=True)},
    ),
)
