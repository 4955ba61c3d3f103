"""The adapter to Flask: the application, the extension, the metrics endpoint and the phone."""
