"""Every flow is tested with both kinds of memory: the cookie, and a database."""

from tests.memories import environ as environ
from tests.memories import served as served
from tests.memories import sms as sms
