"""A turn: a request in, a response out, one log line, one count.

Independent of Flask and of the WSGI server, so that tests and other adapters can call it.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from parley import delivery_receipts, fallback_url
from parley.conversation import Message, Reply, Session, script_events
from parley.conversation.dependencies import Bound
from parley.conversation.development_checks import watching
from parley.conversation.error_descriptions import Description, describe
from parley.conversation.flow import FlowError
from parley.conversation.opt_out import HELP, START, STOP, keyword_reply, opt_out_keyword
from parley.conversation.source_lines import location
from parley.delivery_receipts import Receipts
from parley.flow_run import FlowFailed, run_flow
from parley.logging import current_turn, kept_from_the_reply, record
from parley.memory import Conversation, Memory, TurnEnd
from parley.metrics import ANSWERED, HELD, IGNORED, LEFT, LIMITED, NullMetrics
from parley.operators import Operators
from parley.refusals import Refusal, SignatureError, UnknownFlow
from parley.request import METHODS, PREFIX, Request, read_body
from parley.response import FAILURE, Response, sentence
from parley.resuming import Resumer
from parley.routing.router import ROUTED, Routed, Router
from parley.senders import Senders
from parley.sessions import ConversationKey
from parley.turn_context import Turn, TurnTraces
from parley.turn_report import report_answer, report_failure, report_refusal
from parley.twilio import inbound, twiml
from parley.twilio.facts import OPTED_OUT_ERROR
from parley.twilio.signature import Received, Verifier

Endpoint = Callable[[Request], Response]
"""Handles requests that Twilio does not sign; raises a Refusal itself if it needs a token."""

Explain = Callable[[SignatureError, Received, str, str], SignatureError]
"""Adds the probable cause to a refused signature; the texts are `Host` and `Authorization`."""


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """The handler of Twilio's requests: the flows by name, and the dependencies of a turn."""

    flows: Mapping[str, Bound] = field(repr=False)
    verifier: Verifier = field(repr=False)
    memory: Memory = field(repr=False)
    metrics: NullMetrics = field(repr=False)
    senders: Senders = field(repr=False)
    operators: Operators = field(repr=False)
    opt_out_words: bool = True
    keyword_texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The replies to STOP, HELP and START if Twilio does not answer them."""
    explain: Explain | None = field(default=None, repr=False)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict, repr=False)
    """By method and path, such as `GET /healthz`."""
    prefix: str = PREFIX
    router: Router = field(repr=False)
    receipts: Receipts = field(repr=False)
    timer: Callable[[], float] = field(default=time.perf_counter, repr=False)
    on_words: Callable[[Mapping[str, str], Reply], None] | None = field(default=None, repr=False)
    """Called with each message and its reply."""
    status_callback: str | None = field(default=None, repr=False)
    """The URL to which Twilio reports the status of every message."""
    traces: TurnTraces | None = field(default=None, repr=False)

    def answer(self, request: Request) -> Response:
        """Answer one request; log lines during the turn have its SID."""
        turn = Turn(request, flow=self._flow_at(request.path), timer=self.timer)
        token = current_turn.set(turn)
        try:
            traces = self.traces
            response = traces.turn(turn, self._checked) if traces else self._checked(turn)
            turn.report_if_slow()
        finally:
            current_turn.reset(token)
        return response

    def _checked(self, turn: Turn) -> Response:
        """Answer a request after all checks, in order."""
        request = turn.request
        try:
            if endpoint := self.endpoints.get(f"{request.method} {request.target_path}"):
                return endpoint(request)
            body = read_body(request)
            turn.parameters = self._verify(request, body)
            if turn.flow is None:
                raise UnknownFlow(self.prefix, self.flows)
            if turn.flow == fallback_url.NAME:
                return self._apologize(turn)
            if turn.flow == delivery_receipts.NAME:
                self.receipts.take(turn.parameters)
                self._note_opt_out(turn.parameters)
                return _response(twiml.NOTHING)
            message = inbound.read(turn.parameters)
            if why := self.senders.why_ignored(message.from_, is_routed=turn.flow == ROUTED):
                return self._ignore(turn, why)
            return self._answer(turn, message)
        except Refusal as refusal:
            return self._refuse(turn, refusal)
        except BaseException as error:  # a flow can raise anything; the server continues
            return self.fail(turn, error)

    def _answer(self, turn: Turn, message: Message) -> Response:
        """Answer a message. Raises a Refusal, FlowFailed, or an internal error."""
        answerer = self.router if turn.flow == ROUTED else self.flows[turn.flow or ""]
        key = ConversationKey(self._name_in_keys(turn.flow or ""), message.from_, message.to)
        cookies, lifetime = turn.request.header("cookie"), answerer.lifetime
        with self.memory.begin(key, message.sid, cookies, lifetime) as conversation:
            turn.session_state = conversation.state
            if conversation.reply is not None:
                report_answer(self.metrics, turn, Reply())
                return _response(conversation.reply, conversation.set_cookie)
            session, keyword, word = self._opened(turn, conversation, answerer, message)
            turn.session_state = conversation.state
            lifetime = answerer.lifetime_of(session)
            if self.operators.answer(message, conversation, word):
                reply, turn.outcome = self.operators.reply(message, key, conversation, word), HELD
            elif keyword:
                reply, lifetime = self._answer_keyword(turn, keyword, session, message, answerer)
            else:
                reply, lifetime, is_limited, left = self._reply(turn, message, session)
                turn.outcome = LIMITED if is_limited else ANSWERED
                turn.leave(left, message, script_events.MENU)
            document = twiml.render(reply, self.status_callback)
            content = document.content
            if turn.outcome == HELD and not self.operators.has_sent(message):
                content = self.operators.hold(conversation, content)
            else:
                later = None if keyword in (HELP, START) else reply.later
                waiting = answerer.waiting(reply.session)
                script = waiting.name if waiting else ""
                kept = reply.session
                end = TurnEnd(kept, lifetime, content, word, later, waiting=script)
                content = conversation.save(end)
                resumer = Resumer(self.flows, self.router, self.memory.lasting, self.metrics)
                resumer.go_on_after(key, message.sid, later)
        forgotten = bool(session) and (keyword == STOP or not reply.session)
        report_answer(self.metrics, turn, reply, keyword, document.removed, forgotten=forgotten)
        if self.on_words:
            self.on_words(turn.parameters, reply)
        return _response(content, conversation.set_cookie)

    def _answer_keyword(
        self, turn: Turn, keyword: str, session: Session, message: Message, answerer: Bound | Router
    ) -> tuple[Reply, int]:
        """Return the reply to STOP, HELP or START, and the lifetime of its session in seconds."""
        reply = keyword_reply(keyword, session, message, self.keyword_texts)
        lifetime = answerer.lifetime_of(session)
        turn.outcome = ANSWERED if reply.messages else LEFT
        if isinstance(answerer, Router):
            reply, lifetime, is_limited, _ = answerer.limit_keyword(reply, message, session)
            turn.outcome = LIMITED if is_limited else turn.outcome
        return reply, lifetime

    def _opened(
        self, turn: Turn, conversation: Conversation, answerer: Bound | Router, message: Message
    ) -> tuple[Session, str | None, str | None]:
        """Return the session, the keyword that is kept from the flow, and the text's keyword."""
        session, word, joined = conversation.session, None, None
        turn.idle_seconds = answerer.lifetime_of(session) - conversation.seconds_left
        if self.opt_out_words:
            word = opt_out_keyword(message, opted_out=conversation.opted_out)
        started = conversation.started
        if started and started.is_sent:
            joined = answerer.joined(session, started.flow, started.session)
        # If a question is open, START is for Twilio, and the question is asked again.
        if word is None or (word == START and (joined or answerer.waiting(session))):
            if joined:
                conversation.take_over()
                turn.join(
                    answerer.waiting(joined), message, is_new=bool(started and started.is_new)
                )
            return joined or session, None, word
        if word == STOP:
            turn.leave(answerer.waiting(session), message, script_events.STOP)
        return session, word, word

    def _ignore(self, turn: Turn, why: str) -> Response:
        """Send no reply; the cookie stays unchanged."""
        turn.outcome = IGNORED
        report_answer(self.metrics, turn, Reply(note=why))
        return _response(twiml.NOTHING)

    def _reply(self, turn: Turn, message: Message, session: Session) -> Routed:
        """Return the reply of the flow at this path, or of the one that the routes choose.

        Raises SettingMissing, FlowFailed and UnknownRoute.
        """
        if turn.flow == ROUTED:

            def run(flow: Bound, message: Message, session: Session, *, begins: bool) -> Reply:
                turn.flow = flow.flow.name
                events = turn.script_events
                return run_flow(flow, message, session, begins=begins, script_events=events)

            return self.router.answer(message, session, run)
        flow = self.flows[turn.flow or ""]
        reply = run_flow(flow, message, session, script_events=turn.script_events)
        if reply.goto:
            raise FlowError("`goto` works only at the webhook of all flows: use POST /sms")
        return Routed(reply, flow.lifetime)

    def _verify(self, request: Request, body: bytes) -> Mapping[str, str]:
        """Verify a request's signature, and return its parameters. Raises SignatureError."""
        received = Received.of(request, body)
        try:
            return self.verifier.verify(received)
        except SignatureError as error:
            if self.explain is None:
                raise
            host, authorization = request.header("host"), request.header("authorization")
            raise self.explain(error, received, host, authorization) from None

    def _flow_at(self, path: str) -> str | None:
        """Return the name of the flow at a path, with or without a slash at its end."""
        if path in (self.prefix, self.prefix[:-1]):
            return ROUTED
        name = path.removeprefix(self.prefix).removesuffix("/")
        if path not in (f"{self.prefix}{name}", f"{self.prefix}{name}/"):
            return None
        is_known = name in self.flows or name in (fallback_url.NAME, delivery_receipts.NAME)
        return name if is_known else None

    def _name_in_keys(self, flow: str) -> str:
        """Return the flow's name in conversation keys.

        Flows with the same name under two prefixes of an application do not share sessions. The
        default prefix is not part of the key; a flow's name has no slash.
        """
        return flow if self.prefix == PREFIX else f"{self.prefix}{flow}"

    def _apologize(self, turn: Turn) -> Response:
        """Answer Twilio's call of the fallback URL; the cookie stays unchanged."""
        with kept_from_the_reply():
            fields = {**turn.fields, **fallback_url.error_fields(turn.parameters)}
            record("fallback", level=logging.ERROR, status=200, **fields)
        with kept_from_the_reply():
            self.metrics.turn(fallback_url.NAME, ANSWERED, None, turn.milliseconds)
        if self.senders.why_ignored(turn.parameters.get("From", ""), is_routed=False):
            return _response(twiml.NOTHING)
        texts = self.keyword_texts if self.opt_out_words else None
        reply, keyword = fallback_url.reply(turn.parameters, texts)
        if keyword in (STOP, START):
            self.memory.note_keyword(keyword, turn.parameters["From"], turn.parameters["To"])
        return _response(twiml.render(reply).content)

    def _note_opt_out(self, parameters: Mapping[str, str]) -> None:
        """Store the opt-out of a recipient, if a message was not delivered because of it."""
        if parameters.get("ErrorCode") == OPTED_OUT_ERROR:
            person, number = parameters.get("To", ""), parameters.get("From", "")
            self.memory.note_keyword(STOP, person, number, how=f"error {OPTED_OUT_ERROR}")

    def _refuse(self, turn: Turn, refusal: Refusal) -> Response:
        """Report a refusal; the response has no information for attackers."""
        report_refusal(self.metrics, turn, refusal)
        self._show(turn, refusal)
        headers = (("Allow", ", ".join(METHODS)),) if refusal.status == 405 else ()
        return sentence(refusal.status, refusal.text, headers)

    def fail(self, turn: Turn, error: BaseException) -> Response:
        """Report a failure of the server or of a flow."""
        cause = error.__cause__ if isinstance(error, FlowFailed) else error
        report_failure(self.metrics, turn, cause, self._show(turn, cause) if cause else None)
        return sentence(500, FAILURE)

    def _show(self, turn: Turn, error: BaseException) -> Description | None:
        """Describe an error in full in development and tests; None in production."""
        watch = watching.get()
        if watch is None:
            return None
        bound = self.flows.get(turn.flow or "")
        shown = describe(error, location(bound.flow.answer) if bound else "")
        if sid := turn.parameters.get("MessageSid"):
            watch.failed(sid, shown.sentence, error)
        return shown


def _response(document: bytes, set_cookie: str | None = None) -> Response:
    headers = (("Set-Cookie", set_cookie),) if set_cookie else ()
    return Response(200, twiml.MIME_TYPE, document, headers)
