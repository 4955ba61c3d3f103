"""One webhook for many flows: choosing the flow that answers a text to `/sms`."""
