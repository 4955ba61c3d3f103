"""Every setting of the server, for the tables of docs/settings.md and of `.env.example`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Described:
    """A setting, its meaning, and its default in words; `example` is an initial value."""

    name: str
    meaning: str
    default: str
    example: str = ""


SERVER = (
    Described("PARLEY_MODE", "`production` or `development`", "`production`", example="production"),
    Described(
        "PUBLIC_URL",
        "the URL that Twilio calls, without the flow's path: `https://sms.example.com`",
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
        "account SIDs whose requests are accepted",
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
        "the key that signs the cookies, at least 32 characters; several during a rotation",
        "required",
    ),
    Described("SESSION_COOKIE_NAME", "the name of the cookie", "`parley`", example="parley"),
    Described(
        "DATABASE_URL",
        "a PostgreSQL database that stores conversations instead of the cookie: "
        "`postgresql://user:password@host/database`",
        "none",
    ),
    Described(
        "DATABASE_CONNECTIONS",
        "database connections of each process; it uses one more to show that it is running",
        "8",
        example="8",
    ),
    Described(
        "SENDING_NUMBER",
        "your number from which `parley start` texts people",
        "none",
    ),
    Described(
        "SENDS_PER_SECOND",
        "messages per second that `parley worker` sends from each of your numbers",
        "1",
        example="1",
    ),
    Described(
        "QUIET_HOURS",
        "hours in which first messages and reminders wait, in the recipient's time zone if the "
        "number shows it, otherwise in `TIME_ZONE`; `off` for none",
        "`21:00-8:00`",
        example="21:00-8:00",
    ),
    Described(
        "LEAVE_DATABASE",
        "`on` or `off`: whether conversations move from the database back into cookies",
        "`off`",
        example="off",
    ),
    Described(
        "KEEP_DAYS",
        "days after which the words of a conversation are erased from the database",
        "90",
        example="90",
    ),
    Described(
        "FLOWS",
        "modules (`shop.flows`) or folders (`/srv/flows`) with flows",
        "`flows`",
        example="flows",
    ),
    Described(
        "ROUTES_FILE",
        "a TOML file that maps numbers and keywords to flows at `POST /sms`",
        "a menu of all flows",
    ),
    Described(
        "STATUS_CALLBACKS",
        "`on` or `off`: whether Twilio reports the delivery of each reply to `POST /sms/status`",
        "`off`",
        example="off",
    ),
    Described(
        "RATE_LIMITS",
        "`on` or `off`: whether `POST /sms` limits a sender to 30 texts at once and one every two "
        "seconds, and ends loops of equal texts",
        "`on`",
        example="on",
    ),
    Described(
        "WEB_CONCURRENCY",
        "worker processes",
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
        "`on` or `off`: whether the log explains why a signature was rejected",
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
        "the endpoint for traces, with OTLP over HTTP: `http://127.0.0.1:4318` "
        "(`pip install 'parley-sms[traces]'`)",
        "none",
    ),
    Described(
        "OPERATORS",
        "with a database: phone numbers of people who may answer instead of a script, separated by "
        "commas",
        "none",
    ),
    Described(
        "OPERATOR_HOURS",
        "hours without a text after which a script that an operator has paused continues",
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
        "`on` or `off`: whether the live page shows the words of texts",
        "`off`",
        example="off",
    ),
    Described(
        "TIME_ZONE",
        "the time zone for the dates and times of scripts, like `Europe/Berlin`",
        "`TZ`, or the machine's",
    ),
    Described(
        "SCRIPT_LANGUAGE",
        "the language of answers and of built-in sentences: `en` or `es`",
        "`en`",
        example="en",
    ),
    Described(
        "OPT_OUT_WORDS",
        "`on`: Twilio answers STOP, HELP and the other keywords; `off`: the flow gets them",
        "`on`",
        example="on",
    ),
    Described(
        "MEDIA_FOLDER",
        "the folder of your own pictures; the service `media` returns their signed URLs",
        "none",
    ),
    Described("MEDIA_INBOX", "the folder in which `fetch_media` saves received pictures", "none"),
    Described(
        "STOP_REPLY",
        "the reply to STOP at a short code without a Messaging Service, where Twilio sends none",
        "a sentence",
    ),
    Described("HELP_REPLY", "the same for HELP: who you are, and how to reach you", "a sentence"),
    Described("START_REPLY", "the same for START after STOP", "a sentence"),
    Described(
        "BLOCKED_NUMBERS",
        "senders that get no reply, separated by commas, or one per line in "
        "`BLOCKED_NUMBERS_FILE`; `+1900*` matches every number that begins with +1900",
        "none",
    ),
)

NAMES = frozenset(each.name for each in SERVER)
