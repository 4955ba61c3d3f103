"""nginx with the configuration in docs/deploy.md."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.server.behind import Proxy, as_set, program, recipe, started, write_certificate
from tests.server.running import free_port

NGINX = program("nginx")
RECIPE = recipe("/etc/nginx/conf.d/parley.conf")
AT_THE_ROOT = """\
    location / {
        proxy_pass http://parley;  # without a path, so that the target is passed on byte for byte
    }
"""

# Debian's nginx.conf, which includes conf.d/, with the folders of the test.
AROUND = """\
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
{user}
worker_processes 1;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/parley.conf;
}}
"""


@contextmanager
def nginx(
    folder: Path, upstreams: list[int], changed: Mapping[str, str] | None = None
) -> Iterator[Proxy]:
    """Run nginx in front of servers on these ports; `changed` are more replaced parts."""
    assert NGINX
    proxy = Proxy(free_port(), free_port(), folder)
    chain, key = write_certificate(folder)
    server = "    server 127.0.0.1:{} max_fails=0;\n"
    reader_sets = {
        server.format(8000): "".join(server.format(port) for port in upstreams),
        "listen 80;": f"listen 127.0.0.1:{proxy.plain_port};",
        "listen 443 ssl;": f"listen 127.0.0.1:{proxy.port} ssl;",
        "/etc/letsencrypt/live/sms.example.com/fullchain.pem": str(chain),
        "/etc/letsencrypt/live/sms.example.com/privkey.pem": str(key),
        "/var/www/letsencrypt": str(folder / "www"),
        "/var/log/nginx/": f"{folder}/",
    }
    (folder / "parley.conf").write_text(as_set(RECIPE, {**reader_sets, **(changed or {})}))
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=user))
    with started([NGINX, "-c", str(folder / "nginx.conf")], proxy) as running:
        yield running
