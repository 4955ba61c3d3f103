"""Caddy with deploy/Caddyfile."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.server.behind import DOMAIN, Proxy, as_set, program, started, write_certificate
from tests.server.running import ROOT, free_port

CADDY = program("caddy")
CADDYFILE = (ROOT / "deploy/Caddyfile").read_text()
AT_THE_ROOT = "\t{$CADDY_TLS}\n\timport parley\n"


def is_debians() -> bool:
    """Whether it is Caddy 2.6, for which the guide has separate statements."""
    version = subprocess.run(
        [CADDY or "", "version"], capture_output=True, text=True, timeout=30, check=True
    )
    return version.stdout.removeprefix("v").startswith("2.6.")


@contextmanager
def caddy(
    folder: Path, upstreams: list[int], changed: Mapping[str, str] | None = None
) -> Iterator[Proxy]:
    """Run Caddy in front of servers on these ports; `changed` replaces parts of the Caddyfile."""
    assert CADDY
    proxy = Proxy(free_port(), free_port(), folder)
    chain, key = write_certificate(folder)
    file = folder / "Caddyfile"
    file.write_text(as_set(CADDYFILE, changed or {}))
    ports = (f"http_port {proxy.plain_port}", f"https_port {proxy.port}", "default_bind 127.0.0.1")
    reader_sets = {
        "DOMAIN": DOMAIN,
        "UPSTREAM": " ".join(f"127.0.0.1:{port}" for port in upstreams),
        "CADDY_TLS": f"tls {chain} {key}",
        "CADDY_OPTIONS": "\n".join(ports),
        **({"REQUEST_BUFFERING": "buffer_requests", "TRY_DURATION": "0s"} if is_debians() else {}),
    }
    own_folders = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder))
    command = [CADDY, "run", "--config", str(file), "--adapter", "caddyfile"]
    with started(command, proxy, **reader_sets, **own_folders) as running:
        yield running
