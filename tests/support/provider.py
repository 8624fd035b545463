"""A real OpenID provider that behaves as ProConnect does (tests/support/oidc), and people who pass by its pages."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urljoin

import requests

from .files import alone

FOLDER = Path(__file__).parent / "oidc"
OLDEST_NODE = 20
SECONDS = 20
SECONDS_TO_START, TRIES = 60, 3
_FORM = re.compile(r'<form[^>]*action="([^"]+)"')
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def lacking() -> str | None:
    """Why the provider cannot run on this machine; None when it can."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return (
            f"node {OLDEST_NODE} or later, with npm, is absent: the OpenID provider of these tests runs on it"
        )
    said = subprocess.run(
        [node, "--version"], capture_output=True, text=True, timeout=SECONDS, check=True
    ).stdout
    version = re.match(r"v(\d+)", said)
    if version is None or int(version[1]) < OLDEST_NODE:
        return (
            f"node {said.strip()} is too old: the OpenID provider of these tests wants {OLDEST_NODE} or later"
        )
    return _install(npm)


def _install(npm: str) -> str | None:
    """Have the packages of the lock beside the server; once, whichever process comes first."""
    with alone("oidc-packages"):
        lock = (FOLDER / "package-lock.json").read_bytes()
        installed = FOLDER / "node_modules" / ".installed"
        if installed.exists() and installed.read_bytes() == lock:
            return None
        done = subprocess.run(
            [npm, "ci", "--ignore-scripts"],
            cwd=FOLDER,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode != 0:
            return f"npm could not install the OpenID provider of these tests: {done.stderr.strip()[-500:]}"
        installed.write_bytes(lock)
    return None


class Provider:
    """The provider in a process of its own, for a ``with`` block."""

    def __init__(self) -> None:
        self.issuer = ""
        self.secret = ""
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        for _ in range(TRIES):
            self._begin()
            if self.issuer:
                self.secret = self.order("reset")["secret"]
                return self
            self.kill()
        raise AssertionError("the provider did not start")

    def _begin(self) -> None:
        """Start it, and wait for the address it writes: node has been seen to hang before its first line."""
        node = shutil.which("node")
        assert node is not None
        quiet = {name: value for name, value in os.environ.items() if not name.startswith("NODE_")}
        self._process = subprocess.Popen(
            [node, "server.mjs"],
            cwd=FOLDER,
            env=quiet,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], SECONDS_TO_START)
        self.issuer = self._process.stdout.readline().strip() if ready else ""

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(SECONDS)
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.close()
            self._process.stdout.close()
            self._process = None

    def order(self, action: str, **values: Any) -> dict[str, Any]:
        """Change what it does: see ``control`` in server.mjs."""
        answer = requests.post(
            urljoin(self.issuer, "/_test"), json={"action": action, **values}, timeout=SECONDS
        )
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def registered(self, public_url: str) -> None:
        """Have it send people back to this service, as its operator declared."""
        self.order(
            "addresses",
            back=[f"{public_url}/connexion/proconnect/retour"],
            left=[f"{public_url}/deconnexion/retour"],
        )

    def person(self, subject: str, email: str, acr: str = "eidas1", **claims: str) -> None:
        """Someone it can identify."""
        told = {"given_name": "Camille", "usual_name": "Durand", **claims}
        self.order("account", claims={"sub": subject, "email": email, **told}, acr=acr, amr=["pwd"])

    def settings(self, client: str = "bonus") -> dict[str, Any]:
        """What this service is configured with to use it."""
        return {
            "PROCONNECT_ISSUER": self.issuer,
            "PROCONNECT_CLIENT_ID": client,
            "PROCONNECT_CLIENT_SECRET": self.secret,
            "PROCONNECT_ACR_VALUES": "eidas1 eidas2",
            "PROCONNECT_PROOF_ACR_VALUES": "eidas2",
        }


class Browser:
    """Someone before the provider's pages, with the cookies it gave them."""

    def __init__(self, public_url: str) -> None:
        self._session = requests.Session()
        self._home = public_url

    def identify(self, url: str, email: str) -> str:
        """Go to the provider and say who one is; gives the address where it sends one back to."""
        return self._through(url, {"email": email, "act": "login"})

    def cancel(self, url: str) -> str:
        """Go to the provider, and leave without saying who one is."""
        return self._through(url, {"act": "cancel"})

    def follow(self, url: str, form: Mapping[str, str] | None = None) -> requests.Response | str:
        """Open an address and what it leads to, until a page, or until this service's own address."""
        answer = self._once("POST" if form is not None else "GET", url, form)
        while answer.is_redirect:
            url = urljoin(url, answer.headers["Location"])
            if url.startswith(f"{self._home}/"):
                return url
            answer = self._once("GET", url, None)
        return answer

    def leave(self, url: str) -> str:
        """Go to the end of the provider's session, as its page does by itself."""
        page = self.follow(url)
        assert isinstance(page, requests.Response), page
        assert page.status_code == 200, page.text
        action = _FORM.search(page.text)
        assert action is not None, page.text
        back = self.follow(
            urljoin(page.url, action[1]), {**dict(_HIDDEN.findall(page.text)), "logout": "yes"}
        )
        assert isinstance(back, str), back.text
        return back

    def _through(self, url: str, form: Mapping[str, str]) -> str:
        page = self.follow(url)
        if isinstance(page, str):
            return page  # its session is open still: it asks nothing
        assert page.status_code == 200, (page.status_code, page.text)
        action = _FORM.search(page.text)
        assert action is not None, page.text
        back = self.follow(urljoin(page.url, action[1]), form)
        assert isinstance(back, str), back.text
        return back

    def _once(self, method: str, url: str, form: Mapping[str, str] | None) -> requests.Response:
        return self._session.request(method, url, data=form, allow_redirects=False, timeout=SECONDS)

    def close(self) -> None:
        self._session.close()


def claims_asked(query: Mapping[str, str]) -> Any:
    """What an authorisation address asks of the ID token."""
    return json.loads(query["claims"])["id_token"]
