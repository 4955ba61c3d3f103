"""The addresses of `forward`: numbers, as they are written and compared."""

import re
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType

WHATSAPP = "whatsapp:"
PREMIUM = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})
FEWEST_DIGITS = 5
"""Digits at the beginning of a text that are not meant as a number, like `4711 is the code`."""

# Countries in which a mobile number has an extra digit on some channels, and where it stands.
_EXTRA_DIGIT = {52: "1", 54: "9"}
_LEADING = re.compile(r"\s*(?P<channel>whatsapp:\s*)?(?P<number>[+(]?[\d][\d\s().\-/]*)", re.I)


class Addressed(NamedTuple):
    """To whom a text goes, and what it says."""

    to: str
    body: str


def channel_of(address: str) -> str:
    """`whatsapp:` of a WhatsApp address, and nothing of a number."""
    return WHATSAPP if address.casefold().startswith(WHATSAPP) else ""


def number_of(address: str) -> str:
    """An address without its channel."""
    return address[len(channel_of(address)) :]


def on_channel(channel: str, address: str) -> str:
    """The address of the same number on a channel."""
    return channel + number_of(address)


def is_same(one: str, other: str) -> bool:
    """Whether two addresses have the same number, however it is spelled and on any channel."""
    return _comparable(number_of(one)) == _comparable(number_of(other))


def begins_like_a_number(text: str) -> bool:
    """Return whether a text begins with what may be meant as a number."""
    match = _LEADING.match(text)
    if not match:
        return text.lstrip().startswith("+")
    digits = sum(map(str.isdigit, match["number"]))
    return bool(match["channel"]) or match["number"][0] == "+" or digits >= FEWEST_DIGITS


def addressed(text: str, home: str) -> Addressed | None:
    """The number that a text begins with, in any spelling, and the rest; None if it has none.

    A number without its country is one of the country of `home`. None also if the digits can be
    parted in two ways.
    """
    match = _LEADING.match(text)
    if not match:
        return None
    channel = WHATSAPP if match["channel"] else ""
    start, found = match.start("number"), dict[str, str]()
    ends = [each.end() for each in re.finditer(r"\d+\)?", text[start : match.end()])]
    for end in ends:
        following = text[start + end :]
        if following[:1] and not re.match(r"[\s:,;.!-]", following):
            continue
        if parsed := _parsed(text[start : start + end], home):
            found[_e164(parsed)] = re.sub(r"^\s*[:,;-]?\s*", "", following, count=1)
    in_use = [each for each in found if _is_in_use(each)] or list(found)
    if len(in_use) != 1:
        return None
    number = in_use[0]
    return Addressed(channel + number, found[number])


def is_allowed(address: str, home: str, countries: tuple[str, ...]) -> bool:
    """Return whether a number is of these countries, or of `home`'s, and not a premium number."""
    number = _parsed(number_of(address), home)
    if number is None or phonenumbers.number_type(number) in PREMIUM:
        return False
    own = _parsed(number_of(home), home)
    allowed = {*countries, *([_country(own)] if own and not countries else [])}
    return _country(number) in allowed


def _country(number: PhoneNumber) -> str:
    """The country of a number; of one that is not in use, the main country of its code."""
    return phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(
        number.country_code or 0
    )


def _parsed(text: str, home: str) -> PhoneNumber | None:
    """A number that can be dialled; one without its country is of the country of `home`."""
    region = None
    if not text.startswith("+"):
        try:
            own = phonenumbers.parse(number_of(home))
            region = phonenumbers.region_code_for_country_code(own.country_code or 0)
        except NumberParseException:
            return None
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None


def _is_in_use(number: str) -> bool:
    return phonenumbers.is_valid_number(phonenumbers.parse(number))


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _comparable(number: str) -> str:
    """A number without the digit that some channels add to it: `+521…` is `+52…`."""
    try:
        parsed = phonenumbers.parse(number)
    except NumberParseException:
        return number
    code, national = parsed.country_code or 0, str(parsed.national_number)
    extra = _EXTRA_DIGIT.get(code, "")
    if extra and len(national) == 11 and national.startswith(extra):
        national = national[1:]
    if code == 55 and len(national) == 10:  # Brazil: the ninth digit of a mobile number
        national = f"{national[:2]}9{national[2:]}"
    return f"+{code}{national}"
