"""A tool fits, but the prompt leaves out an argument that it needs: the right answer asks for it, without any call.

What is missing cannot be told from the prompt and has no default; `missing` names it. The target says no call, as for
an irrelevant prompt; the metadata says which of the two it is. That a question came is not graded, only that no
value was invented.
"""

from sfteval.suites.toolcalls.items import item

MISSING = (
    item("table-no-number", "Book a table at Osteria Lucia on 14 March 2026 at 19:30.", "book_table", missing="people"),
    item(
        "table-no-time",
        "We are five and would like to eat at Fern on 2 July 2026. Book it.",
        "book_table book_hotel",
        missing="time",
    ),
    item("flight-no-day", "Find me a flight from OSL to PRG.", "search_flights find_train", missing="date"),
    item(
        "flight-no-goal",
        "I want to fly out of GVA on 3 October 2026. Show me flights.",
        "search_flights",
        missing="destination",
    ),
    item(
        "train-no-start",
        "When does a train go to Dresden on 6 May 2026 after 9:00?",
        "find_train plan_route",
        missing="origin",
    ),
    item(
        "hotel-no-nights",
        "A room for two in Bled, arriving on 20 June 2026. Please book it.",
        "book_hotel",
        missing="nights",
    ),
    item(
        "car-no-kind", "Rent me a car in Faro for a week from 8 August 2026.", "rent_car book_hotel", missing="vehicle"
    ),
    item("route-no-mode", "How do I get from Tallinn to Riga?", "plan_route get_weather", missing="mode"),
    item(
        "mail-no-address",
        'Send Anna an e-mail, subject "Keys", text "I found them".',
        "send_email post_message",
        missing="to",
    ),
    item(
        "mail-no-body",
        'Write an e-mail to joris@dyke.example with the subject "Saturday".',
        "send_email",
        missing="body",
    ),
    item("channel-none", 'Post "Back at three" to the team chat.', "post_message send_email", missing="channel"),
    item(
        "event-no-time",
        'Put "Tasting" into my calendar for 9 April 2026, it takes an hour.',
        "create_event add_task",
        missing="start",
    ),
    item("event-no-length", 'Calendar, please: "Handover", 5 March 2026, 11:00.', "create_event", missing="minutes"),
    item("alarm-no-time", "Set an alarm for Monday.", "set_alarm start_timer", missing="time"),
    item("timer-no-length", "Start a timer for the bread.", "start_timer set_alarm", missing="minutes"),
    item("heat-no-degrees", "Change the temperature in the office.", "set_thermostat control_light", missing="celsius"),
    item("heat-no-room", "Set the heating to 20 degrees.", "set_thermostat", missing="room"),
    item("water-no-amount", "Please water the beds.", "water_garden", missing="litres"),
    item(
        "transfer-no-iban",
        "Transfer 120 euros from my checking account to my landlord.",
        "transfer_money split_bill",
        missing="iban",
    ),
    item(
        "transfer-no-amount",
        "Pay something from savings to DE02 1203 0000 0000 2020 51.",
        "transfer_money",
        missing="amount",
    ),
    item(
        "refund-no-order",
        "The vase came broken. I want my money back.",
        "request_refund cancel_order",
        missing="order_id",
    ),
    item("parcel-no-number", "Where is my parcel?", "track_parcel request_refund", missing="tracking_number"),
    item("order-no-address", "Order three of KT-0457, please.", "order_items track_parcel", missing="address"),
    item(
        "order-no-postcode",
        "Send one TR-1001 to Storgata 5 in Tromsø, Norway (NO).",
        "order_items",
        missing="address.postcode",
    ),
    item(
        "loan-no-years",
        "What is the monthly payment on 9,500 at 5 percent a year?",
        "compute_loan split_bill",
        missing="years",
    ),
    item("currency-no-goal", "Convert 400 Swiss francs.", "convert_currency convert_units", missing="target"),
    item("convert-no-value", "Convert my height from feet to metres.", "convert_units", missing="value"),
    item("translate-no-language", 'Translate "Please ring twice" for me.', "translate_text", missing="language"),
    item("translate-no-text", "Translate my text into Finnish.", "translate_text send_email", missing="text"),
    item(
        "patient-no-birthday",
        "Doctor's appointment for Eli Marsh on 17 February 2026 at 8:20.",
        "book_appointment",
        missing="patient.born",
    ),
    item("restart-no-place", "Restart the service thumbnails.", "restart_service file_ticket", missing="environment"),
    item(
        "scale-no-count",
        "The deployment web needs more copies.",
        "scale_deployment restart_service",
        missing="replicas",
    ),
    item("user-no-role", "Create an account for Ivo Petrov, ivo@weave.example.", "create_user", missing="role"),
    item("logs-no-since", "Show the errors of the service gateway.", "search_logs file_ticket", missing="since"),
    item("book-no-branch", "Reserve 9780140449136 for me.", "reserve_book", missing="branch"),
    item("tickets-no-day", 'Four tickets for "Nightjar", in the stalls.', "book_tickets book_table", missing="date"),
)
