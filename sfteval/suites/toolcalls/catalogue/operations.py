"""Tools of people who run software: services, logs, accounts, tickets, hooks."""

from sfteval.suites.toolcalls.forms import choice, email, flag, many, moment, record, text, tool, whole

ENVIRONMENTS = "development staging production"

OPERATIONS = (
    tool(
        "restart_service",
        "Restart a running service.",
        {"service": text("Name of the service."), "environment": choice("Where it runs.", ENVIRONMENTS)},
        {"force": flag("Do not wait for open requests.", default=False)},
    ),
    tool(
        "scale_deployment",
        "Change how many copies of a deployment run, and what each may use.",
        {"deployment": text("Name of the deployment."), "replicas": whole("How many copies.", 0, 100)},
        {
            "resources": record(
                "Limits of each copy.",
                {},
                {
                    "cpu_millicores": whole("Thousandths of a core.", 10, 64000),
                    "memory_mib": whole("Memory in MiB.", 16, 262144),
                },
            )
        },
    ),
    tool(
        "search_logs",
        "Search the logs of a service.",
        {
            "service": text("Name of the service."),
            "level": choice("Lowest level to return.", "debug info warning error"),
            "since": moment("Earliest entry"),
        },
        {
            "contains": text("Text that an entry must contain, to the character."),
            "limit": whole("How many entries at most.", 1, 500, default=50),
        },
    ),
    tool(
        "create_user",
        "Create an account.",
        {
            "name": text("First and last name."),
            "email": email("E-mail address."),
            "role": choice("What the account may do.", "viewer editor admin"),
        },
        {"teams": many("Teams to join.", {"type": "string"}), "welcome": flag("Send a welcome mail.", default=True)},
    ),
    tool(
        "file_ticket",
        "File a ticket about a fault.",
        {
            "title": text("What is wrong, in one line."),
            "severity": {"type": "integer", "description": "1 is an outage, 4 is cosmetic.", "enum": [1, 2, 3, 4]},
            "component": text("The part of the system."),
        },
        {"labels": many("Labels, lower case.", {"type": "string"})},
    ),
    tool(
        "create_webhook",
        "Have events sent to a URL.",
        {
            "url": text("Where they are sent.", pattern="^https://"),
            "events": many(
                "The events.", {"type": "string", "enum": ["push", "release", "issue_opened", "build_failed"]}
            ),
        },
        {
            "headers": {
                "type": "object",
                "description": "HTTP headers to send along, by name.",
                "additionalProperties": {"type": "string"},
            },
            "active": flag("Start sending at once.", default=True),
        },
    ),
    tool(
        "write_file",
        "Write a text file; one that exists is replaced.",
        {"path": text("Path of the file."), "content": text("The whole content, to the character.")},
        {"executable": flag("Mark the file as executable.", default=False)},
    ),
    tool(
        "schedule_job",
        "Run a command again and again.",
        {
            "name": text("Name of the job."),
            "command": text("The command, exactly as it would be typed."),
            "schedule": record(
                "When it runs.",
                {"every": whole("The number of units between two runs.", 1, 1000)},
                {"unit": choice("The unit.", "minutes hours days", default="hours")},
            ),
        },
        {"notify": many("Addresses to tell about failures.", email("One address."))},
    ),
    tool(
        "match_lines",
        "Return the lines of a text file that match a regular expression.",
        {"path": text("Path of the file."), "pattern": text("The regular expression, exactly as given.")},
        {"ignore_case": flag("Treat capital and small letters alike.", default=False)},
    ),
)
