"""A Reply as TwiML, the XML that Twilio obeys."""

from twilio.twiml.messaging_response import MessagingResponse

from app.conversation import Reply

MIME_TYPE = "text/xml; charset=utf-8"


def render(reply: Reply) -> bytes:
    """The document that sends this reply; `<Response/>` where there is nothing to send."""
    document = MessagingResponse()
    for outgoing in reply.messages:
        document.message(outgoing.body, to=outgoing.to)
    return str(document.to_xml(xml_declaration=True)).encode()
