"""The post office: Twilio's formats, read and written, without Flask."""
