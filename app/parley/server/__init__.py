"""The integration with gunicorn: only this package depends on gunicorn and gevent.

`gunicorn_conf` is gunicorn's configuration. It imports the server hooks, and takes the values that
depend on the environment from `configuration`.
"""
