"""Tools of a shop and a bank: orders, refunds, transfers, bills, loans, shares, tickets for a show."""

from sfteval.suites.toolcalls.forms import choice, date, flag, many, number, record, text, tool, whole

ADDRESS = record(
    "Where it goes.",
    {
        "street": text("Street and number."),
        "city": text("City."),
        "postcode": text("Postcode."),
        "country": text("ISO 3166 code of the country, two capital letters.", pattern=r"^[A-Z]{2}$"),
    },
)

MONEY = (
    tool(
        "order_items",
        "Order articles from the shop.",
        {
            "items": many(
                "The articles.",
                record(
                    "One article.",
                    {
                        "sku": text("Number of the article.", pattern=r"^[A-Z]{2}-\d{4}$"),
                        "quantity": whole("How many of it.", 1, 99),
                    },
                ),
            ),
            "address": ADDRESS,
        },
        {
            "express": flag("Deliver by the next working day.", default=False),
            "gift_note": text("What the card says, for a gift."),
        },
    ),
    tool(
        "request_refund",
        "Ask for an order's money back.",
        {
            "order_id": text("Number of the order: a capital letter and six digits.", pattern=r"^[A-Z]\d{6}$"),
            "reason": choice("Why.", "damaged wrong_item late changed_mind"),
        },
        {"keep_article": flag("The customer keeps the article.", default=False)},
    ),
    tool(
        "cancel_order",
        "Cancel an order that has not been sent yet.",
        {"order_id": text("Number of the order: a capital letter and six digits.", pattern=r"^[A-Z]\d{6}$")},
    ),
    tool(
        "transfer_money",
        "Transfer money from an account of the user's to an IBAN.",
        {
            "account": choice("Account that pays.", "checking savings"),
            "iban": text("IBAN that is paid, without spaces.", pattern=r"^[A-Z]{2}\d{2}[A-Z0-9]{10,30}$"),
            "amount": number("Amount of money.", exclusiveMinimum=0, maximum=50000),
        },
        {
            "currency": choice("Currency.", "EUR GBP USD", default="EUR"),
            "reference": text("What the recipient reads.", maxLength=140),
        },
    ),
    tool(
        "split_bill",
        "Split a bill evenly.",
        {
            "total": number("The bill, without tip.", exclusiveMinimum=0),
            "people": whole("How many pay.", 2, 50),
        },
        {"tip_percent": number("Tip in percent of the bill.", minimum=0, maximum=50, default=0)},
    ),
    tool(
        "compute_loan",
        "Compute the monthly payment for a loan that is paid back in equal parts.",
        {
            "principal": number("What is borrowed.", exclusiveMinimum=0),
            "annual_percent": number("Interest per year, in percent.", minimum=0, maximum=40),
            "years": whole("How long it is paid back, in years.", 1, 40),
        },
    ),
    tool(
        "get_share_price",
        "Return the price of a share.",
        {"symbol": text("Ticker symbol, capital letters.", pattern=r"^[A-Z]{1,5}$")},
        {"date": date("Closing price of this day; the latest price if absent")},
    ),
    tool(
        "book_tickets",
        "Book tickets for a show.",
        {
            "show": text("Name of the show."),
            "date": date("The day"),
            "category": choice("Where the seats are.", "stalls circle gallery box"),
            "quantity": whole("How many tickets.", 1, 12),
        },
        {"concession": flag("Reduced price, for students and pensioners.", default=False)},
    ),
    tool(
        "create_invoice",
        "Write an invoice.",
        {
            "customer": record(
                "Who pays.", {"name": text("Name of the person or company.")}, {"vat_id": text("VAT number.")}
            ),
            "lines": many(
                "What is charged.",
                record(
                    "One line.",
                    {
                        "description": text("What it is."),
                        "quantity": number("How many, or how many hours.", exclusiveMinimum=0),
                        "unit_price": number("Price of one, in the invoice's currency.", minimum=0),
                    },
                ),
            ),
        },
        {
            "currency": choice("Currency.", "EUR GBP USD", default="EUR"),
            "due_days": whole("Days until it must be paid.", 0, 90, default=30),
        },
    ),
)
