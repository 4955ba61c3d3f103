"""How gunicorn serves the peers: as it comes, one process, with no setting changed but these."""

worker_class = "sync"
control_socket_disable = True
