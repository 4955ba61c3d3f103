"""Every setting of the server, for the tables of docs/settings.md and of `.env.example`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Described:
    """A setting, what it means, and its default in words; `example` is a value to begin with."""

    name: str
    meaning: str
    default: str
    example: str = ""


SERVER = (
    Described("PARLEY_MODE", "`production` or `development`", "`production`", example="production"),
    Described(
        "PUBLIC_URL",
        "what Twilio calls, up to the flow's path: `https://sms.example.com`",
        "required",
        example="https://sms.example.com",
    ),
    Described(
        "TWILIO_AUTH_TOKEN",
        "the auth token of the account that owns the number; several during a rotation",
        "required",
    ),
    Described(
        "TWILIO_WEBHOOK_SHARED_KEY",
        "SharedKey secrets, if Twilio signs with one instead of the auth token",
        "none",
    ),
    Described(
        "TWILIO_ALLOWED_ACCOUNTS",
        "account SIDs that may call",
        "every account with a valid signature",
    ),
    Described(
        "TWILIO_ACCOUNT_SID",
        "the account of the commands `connect`, `check`, `send` and `failures`, and of the "
        "services `send_text`, `look_up`, `fetch_media` and `delete_media`",
        "none",
    ),
    Described(
        "TWILIO_API_KEY",
        "an API key of that account, `SK…`; without one, `TWILIO_AUTH_TOKEN` is used",
        "none",
    ),
    Described("TWILIO_API_SECRET", "the secret of that API key", "none"),
    Described(
        "SESSION_SECRET",
        "what seals the cookies, at least 32 characters; several during a rotation",
        "required",
    ),
    Described("SESSION_COOKIE_NAME", "the name of the cookie", "`parley`", example="parley"),
    Described(
        "DATABASE_URL",
        "a PostgreSQL database that remembers conversations instead of the cookie: "
        "`postgresql://user:password@host/database`",
        "none",
    ),
    Described(
        "DATABASE_CONNECTIONS",
        "connections of each process to the database, and one more that shows that it lives",
        "8",
        example="8",
    ),
    Described(
        "SENDING_NUMBER",
        "the number of yours that texts people first, with `parley start`",
        "none",
    ),
    Described(
        "SENDS_PER_SECOND",
        "messages that `parley worker` sends a second from each of your numbers",
        "1",
        example="1",
    ),
    Described(
        "QUIET_HOURS",
        "when we text no one first, in the recipient's time zone if the number tells it, "
        "otherwise in yours; `off` for none",
        "`21:00-8:00`",
        example="21:00-8:00",
    ),
    Described(
        "LEAVE_DATABASE",
        "`on` or `off`: whether conversations move from the database into cookies",
        "`off`",
        example="off",
    ),
    Described(
        "KEEP_DAYS",
        "days after which the database forgets what was texted; how much was texted stays",
        "90",
        example="90",
    ),
    Described(
        "FLOWS",
        "where flows are: modules (`shop.flows`) or folders (`/srv/flows`)",
        "`flows`",
        example="flows",
    ),
    Described(
        "ROUTES_FILE",
        "a TOML file that says which flow answers which number and keyword at `POST /sms`",
        "a menu of all flows",
    ),
    Described(
        "STATUS_CALLBACKS",
        "`on` or `off`: whether Twilio is asked to report on every reply at `POST /sms/status`",
        "`off`",
        example="off",
    ),
    Described(
        "RATE_LIMITS",
        "`on` or `off`: at `POST /sms`, at most 30 texts at once and one every two seconds, and an "
        "end to chains of the same texts",
        "`on`",
        example="on",
    ),
    Described(
        "WEB_CONCURRENCY",
        "processes",
        "twice the cores, at most 8",
    ),
    Described(
        "PORT",
        "the port to listen on in production; in development it is the port of `PUBLIC_URL`",
        "8000",
        example="8000",
    ),
    Described("LOG_FORMAT", "`text` or `json`", "`text`", example="text"),
    Described(
        "EXPLAIN_REFUSALS",
        "`on` or `off`: whether the log says what would make a refused signature match",
        "`off`, in development `on`",
        example="off",
    ),
    Described(
        "METRICS_TOKEN",
        "the bearer token for `GET /metrics`, at least 32 characters; several during a rotation",
        "none",
    ),
    Described(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "where traces go, by OpenTelemetry's OTLP over HTTP: `http://127.0.0.1:4318` "
        "(`pip install 'parley-sms[traces]'`)",
        "none",
    ),
    Described(
        "OPERATORS",
        "with a database: phone numbers of people who may answer instead of a script, by texting "
        "the number itself; separated by commas",
        "none",
    ),
    Described(
        "OPERATOR_HOURS",
        "hours without a text after which a script that a person has paused goes on",
        "4",
        example="4",
    ),
    Described(
        "LIVE_TOKEN",
        "with a database: the secret of the live page `/live`, at least 32 characters; "
        "`parley live` prints a link to it; several during a rotation",
        "none",
    ),
    Described(
        "LIVE_SHOWS_WORDS",
        "`on` or `off`: whether the live page shows what is texted",
        "`off`",
        example="off",
    ),
    Described(
        "TIME_ZONE",
        "the business's time zone, like `Europe/Berlin`: what today is, and which time has passed",
        "`TZ`, or the machine's",
    ),
    Described(
        "SCRIPT_LANGUAGE",
        "the language of answers and of the engine's own sentences: `en` or `es`",
        "`en`",
        example="en",
    ),
    Described(
        "OPT_OUT_WORDS",
        "`on` leaves STOP, HELP and the other keywords to Twilio, `off` to the flow",
        "`on`",
        example="on",
    ),
    Described(
        "MEDIA_FOLDER",
        "the folder of your own pictures; the service `media` gives their signed URLs",
        "none",
    ),
    Described(
        "MEDIA_INBOX", "the folder in which `fetch_media` saves pictures that arrived", "none"
    ),
    Described(
        "STOP_REPLY",
        "the answer to STOP at a short code without a Messaging Service, where Twilio gives none",
        "a sentence",
    ),
    Described("HELP_REPLY", "the same for HELP: who you are, and how to reach you", "a sentence"),
    Described("START_REPLY", "the same for START after STOP", "a sentence"),
    Described(
        "BLOCKED_NUMBERS",
        "senders that get no answer, separated by commas, or in `BLOCKED_NUMBERS_FILE` also by "
        "lines; `+1900*` is every number that begins so",
        "none",
    ),
)

NAMES = frozenset(each.name for each in SERVER)
