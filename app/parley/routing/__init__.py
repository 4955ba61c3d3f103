"""One webhook for many flows: which flow answers a text that came to `/sms`."""
