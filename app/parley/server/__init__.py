"""What gunicorn needs to serve Parley: the only part that knows gunicorn and gevent.

`gunicorn_conf` is gunicorn's configuration. It imports the server hooks, and takes the values that
depend on the environment from `configuration`.
"""
