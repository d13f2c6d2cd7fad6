"""Tools of a desk: messages, appointments, notes, documents and questionnaires."""

from sfteval.suites.toolcalls.forms import choice, clock, date, email, flag, many, moment, record, text, tool, whole

OFFICE = (
    tool(
        "send_email",
        "Send an e-mail.",
        {
            "to": many("Addresses of the recipients.", email("One address.")),
            "subject": text("Subject line."),
            "body": text("Text of the message, exactly as it is to be sent."),
        },
        {
            "cc": many("Addresses that get a copy.", email("One address.")),
            "send_at": moment("When to send it; at once if absent"),
        },
    ),
    tool(
        "post_message",
        "Post a message to a channel of the team chat.",
        {
            "channel": text('Name of the channel, with its "#".', pattern=r"^#[a-z0-9-]+$"),
            "text": text("The message, exactly as it is to appear."),
        },
        {"pin": flag("Pin the message to the top of the channel.", default=False)},
    ),
    tool(
        "create_event",
        "Put a meeting into the calendar.",
        {
            "title": text("Title of the meeting."),
            "start": moment("When it begins"),
            "minutes": whole("How long it takes, in minutes.", 5, 720),
        },
        {
            "attendees": many("Addresses of the people to invite.", email("One address.")),
            "location": record(
                "Where it takes place.",
                {"building": text("Name of the building.")},
                {"room": text("Number or name of the room."), "floor": whole("Floor; 0 is the ground.", -5, 80)},
            ),
            "reminder_minutes": whole("How long before it to remind, in minutes.", 0, 1440, default=10),
        },
    ),
    tool(
        "add_task",
        "Add an entry to the list of things to do.",
        {"title": text("What is to be done.")},
        {
            "due": date("Day by which it must be done"),
            "priority": choice("How important it is.", "low normal high", default="normal"),
            "project": text("Project to which it belongs."),
        },
    ),
    tool(
        "create_note",
        "Keep a text in the notebook.",
        {"title": text("Title of the note."), "text": text("The text, exactly as given.")},
        {"tags": many("Tags, lower case, without #.", {"type": "string", "pattern": "^[a-z0-9-]+$"})},
    ),
    tool(
        "search_documents",
        "Search the shared drive for documents that contain words.",
        {"query": text("The words to look for.")},
        {
            "kind": choice("Kind of document.", "any spreadsheet slides text pdf", default="any"),
            "changed_after": date("Only documents changed after this day"),
            "limit": whole("How many to return at most.", 1, 50, default=10),
        },
    ),
    tool(
        "replace_in_file",
        "Replace a text by another in one file.",
        {
            "path": text("Path of the file."),
            "find": text("The text to look for, to the character."),
            "replacement": text("The text that takes its place, to the character."),
        },
        {"first_only": flag("Replace the first occurrence only.", default=False)},
    ),
    tool(
        "create_survey",
        "Create a questionnaire.",
        {
            "title": text("Title of the questionnaire."),
            "questions": many(
                "The questions, in order.",
                record(
                    "One question.",
                    {"text": text("The question."), "kind": choice("How it is answered.", "free_text choice scale")},
                    {"options": many("What can be chosen, for kind choice.", {"type": "string"})},
                ),
            ),
        },
        {"anonymous": flag("Keep no names with the answers.", default=True)},
    ),
    tool(
        "book_appointment",
        "Book an appointment at a practice.",
        {
            "practice": choice("Kind of practice.", "dentist doctor optician physiotherapist"),
            "date": date("The day"),
            "time": clock("When it begins"),
            "patient": record(
                "Who comes.",
                {"name": text("First and last name."), "born": date("Day of birth")},
                {"phone": text("Telephone number, digits only, with a leading +.", pattern=r"^\+\d{6,15}$")},
            ),
        },
    ),
    tool(
        "reserve_book",
        "Reserve a book at the public library.",
        {
            "isbn": text("ISBN, thirteen digits without hyphens.", pattern=r"^\d{13}$"),
            "branch": choice("Branch where it is to be fetched.", "central harbour north university"),
        },
        {"hold_days": whole("For how many days it is kept.", 1, 14, default=7)},
    ),
)
