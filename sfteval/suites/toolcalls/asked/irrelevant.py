"""No tool on offer does what is asked: the right answer is in words, without any call.

Some prompts are near to a tool (its subject, its verb), some are answered from what anybody knows, some only thank. A
malformed attempt is an attempt all the same.
"""

from sfteval.suites.toolcalls.items import item

IRRELEVANT = (
    item("train-not-plane", "Book me a ticket for the night train to Warsaw.", "search_flights rent_car plan_route"),
    item("cancel-hotel", "Please cancel my hotel booking in Graz.", "book_hotel book_table cancel_order"),
    item("light-outside", "Is the lamp in the bedroom on at the moment?", "control_light set_thermostat"),
    item("stop-vacuum", "Make the robot vacuum stop, the cat is frightened.", "start_vacuum control_light play_music"),
    item("delete-alarm", "Remove all my alarms.", "set_alarm start_timer create_event"),
    item("read-mail", "Read me the newest e-mail from Petra.", "send_email post_message search_documents"),
    item("edit-event", "Move tomorrow's dentist appointment to Thursday.", "create_event book_appointment set_alarm"),
    item("weather-past", "Why is the sky blue?", "get_weather find_sunrise"),
    item("capital", "What is the capital of Mongolia?", "plan_route get_weather translate_text"),
    item("poem-rain", "Write four lines of verse about rain on a tin roof.", "get_weather play_music translate_text"),
    item("thanks", "Thanks, that was all for today!", "add_task create_note send_email set_alarm"),
    item("who-are-you", "What can you help me with?", "order_items request_refund track_parcel"),
    item("explain-iban", "What do the first two letters of an IBAN stand for?", "transfer_money convert_currency"),
    item("balance", "How much money is left in my savings account?", "transfer_money split_bill compute_loan"),
    item("buy-shares", "Buy me twenty shares of TMBR.", "get_share_price transfer_money convert_currency"),
    item("return-book", "Extend the loan of the library book I have at home.", "reserve_book search_documents"),
    item("cubic", "Solve x³ − 2x + 1 = 0.", "convert_units count_days roll_dice"),
    item("derivative", "What is the derivative of sin(x)?", "solve_quadratic summarise_numbers convert_units"),
    item("drop-table", "Delete every row of the table customers.", "query_table search_documents match_lines"),
    item("logs-off", "Switch off debug logging for the service parser.", "search_logs scale_deployment file_ticket"),
    item("remove-user", "Noor has left us; delete her account.", "create_user send_email"),
    item("compile", "Compile the project and run its tests.", "write_file replace_in_file match_lines"),
    item("rename-file", "Rename notes/hello.txt to notes/hi.txt.", "match_lines search_documents create_note"),
    item("refund-cinema", "Give me my tickets for Nightjar back in money.", "book_tickets book_table"),
    item("wine", "Which wine goes with grilled trout?", "find_recipe order_pizza book_table"),
    item("calories", "How many calories did I burn on yesterday's run?", "log_workout start_timer summarise_numbers"),
    item("photo", "Draw me a picture of a fox in the snow.", "plot_function create_note search_documents"),
    item("rate-history", "What was the exchange rate of the pound in 1992?", "convert_units get_weather count_days"),
    item(
        "paraphrase",
        'Say "The parcel could not be delivered" in simpler English.',
        "track_parcel send_email create_note",
    ),
    item("greeting", "Good morning!", "set_alarm control_light play_music get_weather"),
)
