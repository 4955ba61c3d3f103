// The counter as Twilio's Node guide writes it: Express, its usual middleware, twilio's helpers.
// cookie-session and not the guide's express-session, which keeps the memory in the process and
// does not renew the cookie: the others would do other work.
import process from "node:process";

import cookieSession from "cookie-session";
import express from "express";
import twilio from "twilio";

const app = express();
app.set("trust proxy", "loopback"); // which says in X-Forwarded-Proto that Twilio called https
app.use(express.urlencoded({ extended: false }));
app.use(
  cookieSession({
    name: "session",
    secret: process.env.SESSION_SECRET,
    maxAge: 14_400_000,
    secure: true,
  }),
);

app.post("/sms/counter", twilio.webhook(), (request, response) => {
  const count = request.session.count ?? 0;
  request.session.count = count + 1;
  const answer = new twilio.twiml.MessagingResponse();
  answer.message(count ? `Your current count is ${count}` : "Hello, thanks for the new message!");
  response.type("text/xml").send(answer.toString());
});

app.listen(Number(process.argv[2]), "127.0.0.1");
