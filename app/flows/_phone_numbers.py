"""Phone numbers in `forward`: parsing and comparison."""

import re
import unicodedata
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType

WHATSAPP = "whatsapp:"
PREMIUM = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})
FEWEST_DIGITS = 5
"""Minimum number of digits of a phone number; fewer are something else: `4711 is the code`."""

# Countries in which a mobile number has an extra digit on some channels, and its position.
_EXTRA_DIGIT = {52: "1", 54: "9"}
_BEFORE = " \t\n\"'“”„‘’«»<([#@"
"""Characters before a possible phone number."""
_LEADING = re.compile(r"\s*(?P<channel>whatsapp:\s*)?(?P<number>[+(]?[\d][\d\s().\-/]*)", re.I)


class Addressed(NamedTuple):
    """The recipient and the content of a text."""

    to: str
    body: str


def channel_of(address: str) -> str:
    """Return `whatsapp:` for a WhatsApp address, and an empty text for a number."""
    return WHATSAPP if address.casefold().startswith(WHATSAPP) else ""


def number_of(address: str) -> str:
    """Return an address without its channel."""
    return address[len(channel_of(address)) :]


def on_channel(channel: str, address: str) -> str:
    """Return the address of the same number on a channel."""
    return channel + number_of(address)


def is_same(one: str, other: str) -> bool:
    """Return whether two addresses have the same number, in any spelling and on any channel."""
    return _comparable(number_of(one)) == _comparable(number_of(other))


def begins_like_a_number(text: str) -> bool:
    """Return whether a text begins with a possible phone number."""
    text = unicodedata.normalize("NFKC", text).lstrip(_BEFORE)
    match = _LEADING.match(text)
    if not match:
        return text.startswith("+")
    digits = sum(map(str.isdigit, match["number"]))
    return bool(match["channel"]) or match["number"][0] == "+" or digits >= FEWEST_DIGITS


def addressed(text: str, home: str) -> Addressed | None:
    """Return the number at the beginning of a text, in any spelling, and the rest; or None.

    A number without a country code is in the country of `home`. None also if the end of the number
    is ambiguous.
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
    """Return whether a number is in these countries or `home`'s, and not a premium number."""
    number = _parsed(number_of(address), home)
    if number is None or phonenumbers.number_type(number) in PREMIUM:
        return False
    own = _parsed(number_of(home), home)
    allowed = {*countries, *([_country(own)] if own and not countries else [])}
    return _country(number) in allowed


def _country(number: PhoneNumber) -> str:
    """Return the country of a number, or the main country of its code if it is not in use."""
    return phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(
        number.country_code or 0
    )


def _parsed(text: str, home: str) -> PhoneNumber | None:
    """Return a valid number, or None; without a country code it is in the country of `home`."""
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
    """Return a number without the digit that some channels add: `+521…` is `+52…`."""
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
