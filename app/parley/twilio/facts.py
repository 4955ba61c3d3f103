"""Facts about Twilio, each in one place. It imports no module of Parley, so all can import it.

Sources: https://www.twilio.com/docs/messaging/twiml (cookies, limits),
https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out (keywords) and
https://www.twilio.com/docs/api/errors (codes and meanings).
"""

PHONE_NUMBER = r"\+[1-9][0-9]{7,14}"
"""A number in full (E.164), as a regular expression."""
SERVICE_SID = r"MG[0-9a-fA-F]{32}"
"""The SID of a Messaging Service, as a regular expression."""
WEBHOOK_SECONDS = 15
"""Twilio's default timeout for a webhook's whole response, in seconds (error 11200)."""
COOKIE_SECONDS = 14_400
"""The maximum lifetime of a cookie at Twilio, in seconds."""
COOKIE_BYTES = 4_096
"""Bytes of a cookie: name, value and attributes (RFC 6265, 6.1); Twilio documents no limit."""
BODY_UNITS = 1_600
"""Maximum UTF-16 units of a message's body; a longer one causes error 21617."""
MEDIA = 10
"""Maximum number of media per message; more cause error 21623."""
TWIML_BYTES = 64_000
"""Maximum bytes of a response; a larger one causes error 11750."""
FOLLOWED_REDIRECTS = frozenset({301, 302, 303, 307})
"""Statuses whose `Location` Twilio follows; 308 is not one of them."""
OPTED_OUT_ERROR = "21610"
"""The `ErrorCode` of a message whose recipient has opted out."""
LOOP_REPLIES, LOOP_SECONDS = 30, 30
"""More replies than this between two numbers, each within these seconds, cause error 14107."""

STOP_WORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
)
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})

ERRORS = {
    429: "too many requests at once",
    11200: "the webhook returned an error",
    11201: "the connection to the webhook timed out",
    11202: "the webhook's server refuses connections",
    11203: "the webhook took longer than its URL allows",
    11205: "the webhook could not be reached",
    11206: "the webhook's response is not HTTP",
    11210: "the webhook's host name is unknown",
    11215: "the webhook redirects too often",
    11216: "the webhook's redirect is not valid",
    11217: "the webhook returned an error",
    11220: "the TLS handshake with the webhook failed",
    11235: "the webhook's certificate is for another host",
    11236: "the webhook's certificate has expired",
    11237: "the webhook's certificate is not trusted",
    11750: "the response is over 64,000 bytes",
    12100: "the response is not well-formed XML",
    12200: "the XML is not TwiML",
    12300: "the content type is not that of XML",
    12400: "Twilio failed while it read the response",
    14101: "a reply goes to a number that cannot be texted",
    14103: "a reply is empty, or its body is over 1,600 characters",
    14107: "two numbers exchange too many messages in a short time",
    20003: "Twilio does not accept these credentials",
    20404: "the account has nothing of that name",
    20429: "too many requests at once",
    21211: "the number cannot be texted",
    21212: "the sender cannot send texts",
    21265: "a short code cannot be texted",
    21266: "the sender and the recipient are the same",
    21402: "Twilio does not accept the URL",
    21408: "texting this country is not permitted to the account",
    21601: "the sender is not a number of this account",
    21602: "the text is empty",
    21603: "the sender is missing",
    21604: "the recipient is missing",
    21606: "the sender cannot text this recipient",
    21608: "a trial account texts verified numbers only",
    21610: "the recipient has opted out",
    21611: "the sender has too many texts waiting",
    21612: "no route leads from this sender to this recipient",
    21614: "the number is not a mobile number",
    21617: "the body is over 1,600 characters",
    21619: "the message has neither a body nor media",
    21620: "a media URL is not one that Twilio accepts",
    21623: "the message has over 10 media",
    21635: "the number is a landline",
    21658: "the body is over 1,600 characters",
    21659: "the sender is not a Twilio number, or a short code of another country",
    21660: "the sender belongs to another account",
    21661: "the sender cannot send SMS",
    21701: "the Messaging Service does not exist",
    21703: "the Messaging Service has no sender for this",
    21705: "the Messaging Service does not exist",
    21910: "sender and recipient are of different channels",
    30001: "too many texts are waiting",
    30002: "the account is suspended",
    30003: "the phone cannot be reached",
    30004: "the recipient blocks messages",
    30005: "the number is not in use",
    30006: "this is a landline, or its carrier takes no SMS",
    30007: "a carrier's filter, or Twilio's, stopped it",
    30008: "the carrier does not say why it was not delivered",
    30034: "the sender is not registered for texting in the US (A2P 10DLC)",
    63007: "the sender is not set up for this channel",
    63016: "WhatsApp's 24 hours for free texts are over",
    63017: "more texts at once than the account may send",
    63018: "more texts than the channel lets the account send",
    63038: "the account's texts of these 24 hours are used up",
}
"""What each error code means."""
_READ_THE_LOG = "look for its line in the server's log"
_REACH_IT = "start the server, or correct the URL"
_FINAL_URL = "set the webhook to the URL at the end of the redirects"
WEBHOOK_ADVICE = {
    11200: _READ_THE_LOG,
    11201: _REACH_IT,
    11202: _REACH_IT,
    11203: "let the flow wait less, or raise tt= in the webhook's URL",
    11205: _REACH_IT,
    11206: "look at the proxy in front of the server",
    11210: "correct the URL, or the DNS record of the host",
    11215: _FINAL_URL,
    11216: _FINAL_URL,
    11217: _READ_THE_LOG,
    11220: "look at the TLS settings of the proxy",
    11235: "get a certificate for this host",
    11236: "renew it",
    11237: "let the proxy send the intermediate certificates, too",
    11750: "say less",
    12100: "escape <, > and &, or let a library write it",
    12200: "use <Response>, <Message>, <Body>, <Media> and <Redirect> only",
    12300: "respond with Content-Type: text/xml",
    12400: "ask Twilio's support if it happens again",
    14101: "correct the `to` of that message",
    14103: "let the flow say something, and not more",
}
"""What to do about the errors of a webhook and its response."""

MEDIA_TYPES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/heic": ".heic",
    "image/heif": ".heif",
    "image/bmp": ".bmp",
    "image/tiff": ".tiff",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/amr": ".amr",
    "audio/mp4": ".m4a",
    "audio/aac": ".aac",
    "audio/wav": ".wav",
    "video/mp4": ".mp4",
    "video/3gpp": ".3gp",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    "application/pdf": ".pdf",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "text/plain": ".txt",
}
"""Usual types of media, with the ending of a file of that type.

Source: https://www.twilio.com/docs/messaging/guides/accepted-mime-types
"""
