"""What a browser tells of the pages it loads, and what none of them may do."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

# The browser writes each answer of 4xx or 5xx in the console: those are looked at as answers, below.
_FAILED_LOAD = "Failed to load resource: the server responded with a status of"
_TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP ${event.effectiveDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


class Watch:
    """Follows the pages of a context: ``faults`` holds a line for each thing that must not be.

    These are: an error in the console or of a script, a violation of the content policy, a page without one,
    a request to any other machine, a resource that is absent, a page refused that the test did not expect.
    """

    def __init__(self, base: str, *beside: str) -> None:
        """``beside``: other services of this machine that people pass by, whose pages are not ours to judge."""
        self.faults: list[str] = []
        self.expected: list[int] = []
        self._base = f"{base}/"
        self._beside = tuple(f"{other}/" for other in beside)

    def follow(self, context: BrowserContext) -> None:
        context.add_init_script(_TELL_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_FAILED_LOAD):
            self.faults.append(f"console: {message.text} ({message.location.get('url')})")

    def _error(self, error: WebError) -> None:
        self.faults.append(f"script: {error.error}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self._base, *self._beside, "data:", "blob:")):
            self.faults.append(f"request to elsewhere: {request.url}")

    def _response(self, response: Response) -> None:
        if self._beside and response.url.startswith(self._beside):
            return
        page = response.request.resource_type == "document"
        if page and response.status in self.expected:
            self.expected.remove(response.status)
        elif response.status >= 400:
            self.faults.append(f"answer {response.status}: {response.url}")
        if page and "html" in response.headers.get("content-type", ""):
            policy = response.headers.get("content-security-policy", "")
            if "default-src 'none'" not in policy or "unsafe" in policy:
                self.faults.append(f"policy of {response.url}: {policy or 'none'}")
