"""deploy/kubernetes agrees with the project; `make kubernetes` validates it by the API schemas."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from parley.cli import sms
from parley.request import HEALTH_PATHS, READY_PATH
from parley.settings import Settings

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "deploy/kubernetes").glob("*.yaml"))
RESOURCES: list[dict[str, Any]] = [
    each for file in FILES for each in yaml.safe_load_all(file.read_text())
]
PODS = {
    each["metadata"]["name"]: each["spec"]["template"]
    for each in RESOURCES
    if "template" in each["spec" if "spec" in each else "metadata"]
}
"""The pods, by the name of the resource that creates them."""
GUIDE = (ROOT / "docs/deploy.md").read_text()


def one(kind: str) -> dict[str, Any]:
    (found,) = [each for each in RESOURCES if each["kind"] == kind]
    return found


def container(name: str) -> dict[str, Any]:
    (found,) = PODS[name]["spec"]["containers"]
    return dict(found)


def test_a_server_starts_with_these_settings(tmp_path: Path) -> None:
    (volume,) = [each for each in PODS["parley"]["spec"]["volumes"] if each["name"] == "secrets"]
    (mount,) = [each for each in container("parley")["volumeMounts"] if each["name"] == "secrets"]
    command = re.search(r"kubectl create secret generic (\w+)(.*?)```", GUIDE, re.DOTALL)
    assert command
    assert command[1] == volume["secret"]["secretName"]
    made = re.findall(r"--from-file (\w+)", command[2])
    settings = one("ConfigMap")["data"]
    named = {value for name, value in settings.items() if name.endswith("_FILE")}
    assert named == {f"{mount['mountPath']}/{name}" for name in made}
    for name in made:
        (tmp_path / name).write_text("postgresql://parley:a-password-of-32-characters@db/parley")
    inside = {
        name: each.replace(mount["mountPath"], str(tmp_path)) for name, each in settings.items()
    }
    assert Settings.load(inside).database_url


@pytest.mark.parametrize("name", PODS)
def test_a_pod_has_only_the_rights_it_needs(name: str) -> None:
    spec, security = PODS[name]["spec"], container(name)["securityContext"]
    assert spec["automountServiceAccountToken"] is False
    assert (spec["securityContext"]["runAsNonRoot"], spec["securityContext"]["runAsUser"]) == (
        True,
        int(re.findall(r"^USER (\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[0]),
    )
    assert security["readOnlyRootFilesystem"] is True
    assert security["allowPrivilegeEscalation"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert "memory" in container(name)["resources"]["limits"]
    assert {"secrets", "tmp"} == {each["name"] for each in container(name)["volumeMounts"]}


def test_the_probes_call_paths_that_the_server_has() -> None:
    server = container("parley")
    (port,) = server["ports"]
    assert port["containerPort"] == 8000
    paths = {
        name: server[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")
    }
    assert paths["liveness"]["path"] in HEALTH_PATHS, "a restart does not bring a database back"
    assert paths["startup"] == paths["liveness"]
    assert paths["readiness"] == {"path": READY_PATH, "port": port["name"]}


def test_a_pod_has_enough_time_for_a_graceful_stop() -> None:
    wait = int(container("parley")["lifecycle"]["preStop"]["exec"]["command"][1])
    grace = PODS["parley"]["spec"]["terminationGracePeriodSeconds"]
    configured = (ROOT / "app/parley/server/gunicorn_conf.py").read_text()
    needed = int(re.findall(r"^graceful_timeout = (\d+)", configured, re.MULTILINE)[0])
    assert grace > wait + needed


def test_the_upgrade_command_exists() -> None:
    program, *words = container("parley-upgrade")["args"]
    command: Any = sms
    for word in words:
        command = command.commands[word]
    assert (program, command.name) == ("parley", "upgrade")
    assert PODS["parley-upgrade"]["spec"]["restartPolicy"] == "Never"


@pytest.mark.parametrize("kind", ["Service", "PodDisruptionBudget"])
def test_the_selectors_match_only_the_server_pods(kind: str) -> None:
    wanted = one(kind)["spec"]["selector"]
    wanted = wanted.get("matchLabels", wanted)
    selected = [
        name for name, pod in PODS.items() if wanted.items() <= pod["metadata"]["labels"].items()
    ]
    assert selected == ["parley"]


def test_the_ingress_routes_the_public_host_to_the_service() -> None:
    ingress, service = one("Ingress")["spec"], one("Service")
    (rule,) = ingress["rules"]
    (path,) = rule["http"]["paths"]
    assert f"https://{rule['host']}" == one("ConfigMap")["data"]["PUBLIC_URL"]
    assert ingress["tls"][0]["hosts"] == [rule["host"]]
    assert (path["path"], path["pathType"]) == ("/", "Prefix"), "a rewritten path is not signed"
    assert path["backend"]["service"]["name"] == service["metadata"]["name"]
    assert path["backend"]["service"]["port"]["name"] == service["spec"]["ports"][0]["name"]


def test_every_pod_runs_the_same_image_with_the_same_settings() -> None:
    assert len({container(name)["image"] for name in PODS}) == 1
    assert {str(container(name)["envFrom"]) for name in PODS} == {
        "[{'configMapRef': {'name': 'parley'}}]"
    }


def test_the_guide_names_every_file() -> None:
    assert all(f"deploy/kubernetes/{file.name}" in GUIDE for file in FILES)
