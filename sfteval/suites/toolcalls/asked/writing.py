r"""Characters that break calls: quotes, backslashes, line ends, tabs, emoji, other scripts, markup within an argument.

What a prompt wants written stands in it to the character, most often below it and alone; nothing here is forgiven by
`exact`. Does not hold control characters that turn the direction of writing.
"""

from sfteval.suites.toolcalls.items import call, item

WRITING = (
    item(
        "quotes-in-quotes",
        'Post this to #press exactly as it stands:\n\nShe said "not yet" and left.',
        "post_message",
        call("post_message", channel="#press", text='She said "not yet" and left.'),
    ),
    item(
        "backslash-path",
        "Write the following one line into paths.txt, to the character and without a line end:\n\n"
        r"C:\temp\new\readme.txt",
        "write_file",
        call("write_file", path="paths.txt", content=r"C:\temp\new\readme.txt"),
    ),
    item(
        "unc-path",
        r"In hosts.conf, replace \\old-nas\share by \\nas02\share.",
        "replace_in_file write_file",
        call("replace_in_file", path="hosts.conf", find=r"\\old-nas\share", replacement=r"\\nas02\share"),
    ),
    item(
        "regex-digits",
        "Which lines of log/access.log match this regular expression?\n\n" r'\b\d{3}\s"GET',
        "match_lines search_logs",
        call("match_lines", path="log/access.log", pattern=r'\b\d{3}\s"GET'),
    ),
    item(
        "regex-brackets",
        r"Search ids.txt with the regular expression ^[A-Z]{2}-\[\d+\]$ for me.",
        "match_lines",
        call("match_lines", path="ids.txt", pattern=r"^[A-Z]{2}-\[\d+\]$"),
    ),
    item(
        "two-lines",
        'Make a note with the title "Haiku" from these two lines:\n\nOld pond, frog jumps in\nThe sound of water',
        "create_note",
        call("create_note", title="Haiku", text="Old pond, frog jumps in\nThe sound of water"),
    ),
    item(
        "empty-line-inside",
        "Send an e-mail to sam@quay.example with the subject Draft. Its text is the following, empty line included:\n\n"
        "First part.\n\nSecond part.",
        "send_email",
        call("send_email", to=["sam@quay.example"], subject="Draft", body="First part.\n\nSecond part."),
    ),
    item(
        "tab-separated",
        "Write a file row.tsv that holds nothing but the words north and south with one tab character between them, "
        "and no line end.",
        "write_file",
        call("write_file", path="row.tsv", content="north\tsouth"),
    ),
    item(
        "json-in-json",
        'The file limits.json shall hold exactly {"max": 5, "names": ["a", "b"]} and no line end.',
        "write_file create_note",
        call("write_file", path="limits.json", content='{"max": 5, "names": ["a", "b"]}'),
    ),
    item(
        "shell-quotes",
        'Every 6 hours the job greet should run this command:\n\necho "It\'s done" >> "$HOME/out.txt"',
        "schedule_job",
        call(
            "schedule_job",
            name="greet",
            command='echo "It\'s done" >> "$HOME/out.txt"',
            schedule={"every": 6, "unit": "hours"},
        ),
    ),
    item(
        "shell-backslash",
        "Schedule the following command once a day as the job tidy:\n\n"
        r"find . -name '*.tmp' -exec rm {} \;",
        "schedule_job write_file",
        call(
            "schedule_job",
            name="tidy",
            command=r"find . -name '*.tmp' -exec rm {} \;",
            schedule={"every": 1, "unit": "days"},
        ),
    ),
    item(
        "markup-paragraph",
        "Replace <b>Note</b> by <strong>Note</strong> in page.html.",
        "replace_in_file",
        call("replace_in_file", path="page.html", find="<b>Note</b>", replacement="<strong>Note</strong>"),
    ),
    item(
        "entities",
        "In menu.html, wherever it says Fish &amp; chips it should say Fish & chips.",
        "replace_in_file match_lines",
        call("replace_in_file", path="menu.html", find="Fish &amp; chips", replacement="Fish & chips"),
    ),
    item(
        "closing-tag",
        "Post this reminder to #parsers, to the character:\n\nNever forget to write </tool_call> at the end.",
        "post_message",
        call("post_message", channel="#parsers", text="Never forget to write </tool_call> at the end."),
    ),
    item(
        "latex",
        r'Keep a note "Area" with the text \frac{\pi r^2}{2} in it and nothing else.',
        "create_note plot_function",
        call("create_note", title="Area", text=r"\frac{\pi r^2}{2}"),
    ),
    item(
        "emoji-party",
        "Tell #kitchen: Cake at four 🎂🎉",
        "post_message",
        call("post_message", channel="#kitchen", text="Cake at four 🎂🎉"),
    ),
    item(
        "emoji-family",
        'Put "Picnic 👩‍👩‍👧" on my list of things to do.',
        "add_task",
        call("add_task", title="Picnic 👩‍👩‍👧"),
    ),
    item(
        "chinese-message",
        "把「明天早上九点开会」发到 #office 频道。",
        "post_message send_email",
        call("post_message", channel="#office", text="明天早上九点开会"),
    ),
    item(
        "japanese-restaurant",
        "Reserve for three at 鮨 さいとう on 21 October 2026 at 18:30, at the bar.",
        "book_table",
        call("book_table", restaurant="鮨 さいとう", date="2026-10-21", time="18:30", people=3, seating="bar"),
    ),
    item(
        "korean-note",
        '제목은 "장보기", 내용은 "두부, 파, 달걀"인 메모를 만들어 줘.',
        "create_note",
        call("create_note", title="장보기", text="두부, 파, 달걀"),
    ),
    item(
        "arabic-text",
        "Translate مرحبا بكم في المكتبة into English, please.",
        "translate_text",
        call("translate_text", text="مرحبا بكم في المكتبة", language="en"),
    ),
    item(
        "hebrew-task",
        'Add a task that is called "לקנות חלב" and is due on 1 March 2026.',
        "add_task create_note",
        call("add_task", title="לקנות חלב", due="2026-03-01"),
    ),
    item(
        "persian-channel",
        "In #farsi, please post سلام، جلسه ساعت ۱۰ است",
        "post_message",
        call("post_message", channel="#farsi", text="سلام، جلسه ساعت ۱۰ است"),
    ),
    item(
        "greek-search",
        'Search the drive for "ποτάμι".',
        "search_documents",
        call("search_documents", query="ποτάμι"),
    ),
    item(
        "cyrillic-mail",
        "Отправь письмо на olga@lipa.example с темой «Встреча» и текстом «Я буду в семь.»",
        "send_email",
        call("send_email", to=["olga@lipa.example"], subject="Встреча", body="Я буду в семь."),
    ),
    item(
        "hindi-playlist",
        'Play the playlist "बारिश के गीत" in the bedroom.',
        "play_music",
        call("play_music", name="बारिश के गीत", kind="playlist", speaker="bedroom"),
    ),
    item(
        "diacritics",
        'Two tickets in the stalls for "Žluťoučký kůň" on 6 November 2026.',
        "book_tickets",
        call("book_tickets", show="Žluťoučký kůň", date="2026-11-06", category="stalls", quantity=2),
    ),
    item(
        "french-quotes",
        "Translate « Où est l'œuf ? » into English. The text stands between the quotation marks, without the spaces at "
        "its ends.",
        "translate_text",
        call("translate_text", text="Où est l'œuf ?", language="en"),
    ),
    item(
        "german-hotel-address",
        "One LM-0810 to Große Bäckerstraße 3, 20095 Hamburg, DE.",
        "order_items",
        call(
            "order_items",
            items=[{"sku": "LM-0810", "quantity": 1}],
            address={
                "street": "Große Bäckerstraße 3",
                "city": "Hamburg",
                "postcode": "20095",
                "country": "DE",
            },
        ),
    ),
    item(
        "polish-account",
        "Zażółć Gęślą is a new colleague: zazolc@jazn.example, may only look. Create the account.",
        "create_user",
        call("create_user", name="Zażółć Gęślą", email="zazolc@jazn.example", role="viewer"),
    ),
    item(
        "maths-signs",
        "Note under the title Proof: ∀ε>0 ∃δ>0: |x−a|<δ ⇒ |f(x)−L|<ε",
        "create_note",
        call("create_note", title="Proof", text="∀ε>0 ∃δ>0: |x−a|<δ ⇒ |f(x)−L|<ε"),
    ),
    item(
        "percent-and-braces",
        "In greet.py, change '%s' % name into f'{name}'.",
        "replace_in_file",
        call("replace_in_file", path="greet.py", find="'%s' % name", replacement="f'{name}'"),
    ),
    item(
        "escaped-newline",
        r"In fmt.c, replace the two characters \n by the two characters \t, wherever they stand.",
        "replace_in_file",
        call("replace_in_file", path="fmt.c", find=r"\n", replacement=r"\t"),
    ),
    item(
        "looks-like-number",
        "Note with the title 007 and the text 1e5, please. Both as they stand.",
        "create_note",
        call("create_note", title="007", text="1e5"),
    ),
    item(
        "looks-like-null",
        "Post the single word null to #pranks, and after that, as a message of its own, the word true.",
        "post_message",
        call("post_message", channel="#pranks", text="null"),
        call("post_message", channel="#pranks", text="true"),
    ),
)
