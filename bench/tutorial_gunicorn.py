"""gunicorn's configuration for the tutorial: Parley's worker class and time to keep connections."""

worker_class = "gevent"
keepalive = 75
control_socket_disable = True
