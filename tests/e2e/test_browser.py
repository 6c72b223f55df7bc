"""The pages in a real browser: Debian's Chromium, driven by Playwright. Fixture `server`: see conftest.py."""

import contextlib
import functools
import http.server
import json
import os
import shlex
import shutil
import subprocess
import threading
import urllib.parse
import urllib.request
import uuid

import pytest

from inlet_server import wait_until

sync_api = pytest.importorskip("playwright.sync_api")
TIMEOUT_MS = 20_000
sync_api.expect.set_options(timeout=TIMEOUT_MS)

CHROMIUM = os.environ.get("INLET_CHROMIUM") or shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No other host can be found: the pages must work without the internet.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]",
]
KEY = "an-example-of-a-key-1"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield browser
        browser.close()


class Watch:
    """Writes down what a page must never do: errors, violations of its policy, requests to other hosts."""

    def __init__(self, page, hosts, expected_status):
        self.faults = []
        self.hosts = hosts
        self.expected_status = expected_status
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"uncaught: {error}"))
        page.on("requestfailed", lambda request: self.faults.append(f"failed: {request.url}"))
        page.on("response", self._response)
        page.on("request", self._request)

    def _console(self, message):
        # A policy that is violated is reported here as well; and each reply over 399, which _response() judges.
        if message.type in ("error", "warning") and "the server responded with a status of" not in message.text:
            self.faults.append(f"console: {message.text}")

    def _response(self, response):
        if response.status >= 400 and response.status != self.expected_status:
            self.faults.append(f"{response.status}: {response.url}")

    def _request(self, request):
        address = urllib.parse.urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.netloc not in self.hosts:
            self.faults.append(f"asked another host: {request.url}")


@contextlib.contextmanager
def open_page(browser, server, *, other_hosts=(), expected_status=None, **options):
    context = browser.new_context(**options)
    context.set_default_timeout(TIMEOUT_MS)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    watch = Watch(page, {urllib.parse.urlsplit(server.url).netloc, *other_hosts}, expected_status)
    try:
        yield page
        assert watch.faults == []
    finally:
        context.close()


@pytest.fixture
def page(browser, server):
    with open_page(browser, server) as page:
        yield page


def wait_for_row(server, **wanted):
    def find():
        rows = (row.value for row in server.lake_rows())
        return next((row for row in rows if all(row.get(name) == wanted[name] for name in wanted)), None)

    return wait_until(find, what=f"the row {wanted}")


# The landing page


def test_landing_page_links_the_documents_and_says_that_it_is_ready(page, server):
    page.goto(server.url + "/")
    sync_api.expect(page.get_by_role("heading", name="inlet")).to_be_visible()
    sync_api.expect(page.get_by_role("status")).to_contain_text("takes data")
    links = page.get_by_role("link").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert {"/ui/", "/openapi.json", "/health/ready"} <= set(links)


def test_every_command_of_the_landing_page_works_when_pasted(page, server):
    page.goto(server.url + "/")
    buttons = page.get_by_role("button", name="Copy")
    assert buttons.count() == 3
    for i in range(3):
        page.locator(".line button").nth(i).click()
        sync_api.expect(page.locator(".line button").nth(i)).to_have_text("Copied")
        command = page.evaluate("navigator.clipboard.readText()")
        assert server.url in command
        reply = subprocess.run([*shlex.split(command), "-sS"], capture_output=True, timeout=20, check=True)
        assert json.loads(reply.stdout)["accepted"] == 1


# Swagger UI


@pytest.mark.parametrize(
    ("call", "row"),
    [
        ("track", {"type": "track", "userId": "Lisbon", "eventName": "Portugal", "metadata": {}, "timestampUTC": 111}),
        ("alias", {"type": "alias", "newUserId": "Bob", "originalUserId": "Dylan", "timestampUTC": 0}),
        ("profile", {"type": "profile", "userId": "Europe", "attributes": {}, "timestampUTC": 123}),
    ],
)
def test_try_it_out_sends_the_first_example_of(call, row, page, server):
    page.goto(server.url + "/ui/")
    operation = page.locator(f"#operations-Collect-{call}")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    reply = operation.locator(".live-responses-table .response")
    sync_api.expect(reply.locator(".response-col_status").first).to_contain_text("200")
    sync_api.expect(reply.locator(".response-col_description").first).to_contain_text('"accepted": 1')
    wait_for_row(server, **row)


def test_try_it_out_shows_what_is_wrong(browser, server):
    with open_page(browser, server, expected_status=400) as page:
        page.goto(server.url + "/ui/")
        operation = page.locator("#operations-Collect-alias")
        operation.locator(".opblock-summary-control").click()
        operation.get_by_role("button", name="Try it out").click()
        operation.locator("textarea.body-param__text").fill('{"newUserId": "Bob", "timestampUTC": 0}')
        operation.get_by_role("button", name="Execute").click()
        reply = operation.locator(".live-responses-table .response")
        sync_api.expect(reply.locator(".response-col_status").first).to_contain_text("400")
        sync_api.expect(reply.locator(".response-col_description").first).to_contain_text("/originalUserId")


def test_authorize_shows_the_write_key(browser, start_server):
    server = start_server(**{"auth.write_keys": f"web:{KEY}"})
    with open_page(browser, server, expected_status=401) as page:
        page.goto(server.url + "/ui/")
        operation = page.locator("#operations-Collect-track")
        operation.locator(".opblock-summary-control").click()
        operation.get_by_role("button", name="Try it out").click()
        status = operation.locator(".live-responses-table .response .response-col_status").first
        operation.get_by_role("button", name="Execute").click()
        sync_api.expect(status).to_contain_text("401")
        page.locator(".auth-wrapper .btn.authorize").first.click()
        dialog = page.locator(".dialog-ux")
        scheme = dialog.locator("form").filter(has=page.locator("#api_key_value"))
        scheme.locator("#api_key_value").fill(KEY)
        scheme.locator("button[type=submit]").click()
        dialog.locator(".close-modal").click()
        operation.get_by_role("button", name="Execute").click()
        sync_api.expect(status).to_contain_text("200")
    assert wait_for_row(server, userId="Lisbon")["source"] == "web"


def test_swagger_ui_opens_the_other_calls_and_the_schemas_without_a_fault(page, server):
    document = json.loads(server.request("GET", "/openapi.json").body)
    page.goto(server.url + "/ui/")
    calls = page.locator(".opblock-get")
    sync_api.expect(calls).to_have_count(sum("get" in item for item in document["paths"].values()))
    for call in calls.all():
        call.locator(".opblock-summary-control").click()
        sync_api.expect(call.locator(".responses-wrapper")).to_be_visible()
    models = page.locator("section.models")
    models.locator(".models-control").click()
    sync_api.expect(models.get_by_text("Violation")).to_be_visible()


# Both pages


@pytest.mark.parametrize("path", ["/", "/ui/"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_follow_the_colours_of_the_system(path, scheme, browser, server):
    with open_page(browser, server, color_scheme=scheme) as page:
        page.goto(server.url + path)
        page.wait_for_load_state("networkidle")
        # The html element in Swagger UI, the body in the landing page.
        colours = page.evaluate(
            "[document.body, document.documentElement].map(e => getComputedStyle(e).backgroundColor)"
        )
        opaque = next(colour for colour in colours if colour != "rgba(0, 0, 0, 0)")
        red = int(opaque.removeprefix("rgb(").split(",")[0])
        assert (red > 128) == (scheme == "light"), colours


@pytest.mark.parametrize("path", ["/", "/ui/"])
def test_pages_fit_a_telephone(path, browser, server):
    with open_page(browser, server, viewport={"width": 360, "height": 740}) as page:
        page.goto(server.url + path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("path", ["/", "/ui/"])
def test_pages_allow_nothing_inline(path, server):
    with urllib.request.urlopen(server.url + path, timeout=20) as reply:
        policies = reply.headers.get_all("Content-Security-Policy")
    assert len(policies) == 1
    directives = dict(part.split(maxsplit=1) for part in policies[0].split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == directives["connect-src"] == "'self'"
    assert directives["frame-ancestors"] == directives["base-uri"] == directives["form-action"] == "'none'"


# Pages of other sites


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def other_site(tmp_path):
    """The host of a site that is not ours; it has one empty page."""
    (tmp_path / "index.html").write_text(
        '<!doctype html><html lang="en"><title>Shop</title><link rel="icon" href="data:,"></html>'
    )
    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=tmp_path))
    thread = threading.Thread(target=site.serve_forever)
    thread.start()
    yield f"127.0.0.1:{site.server_port}"
    site.shutdown()
    thread.join()
    site.server_close()


def event_of(user):
    return json.dumps({"userId": user, "events": [{"eventName": "left", "metadata": {}, "timestampUTC": 1}]})


def test_a_beacon_from_another_site_arrives(browser, server, other_site):
    user = f"beacon-{uuid.uuid4()}"
    with open_page(browser, server, other_hosts={other_site}) as page:
        page.goto(f"http://{other_site}/")
        # A string goes as text/plain, which needs no preflight: that is why it also works as the page closes.
        assert page.evaluate(
            "([url, body]) => navigator.sendBeacon(url, body)", [server.url + "/track", event_of(user)]
        )
        assert wait_for_row(server, userId=user)["eventName"] == "left"


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_a_page_of_another_site_can_read_the_reply(content_type, browser, server, other_site):
    with open_page(browser, server, other_hosts={other_site}) as page:
        page.goto(f"http://{other_site}/")
        reply = page.evaluate(
            """async ([url, type, body]) => {
                const reply = await fetch(url, {method: 'POST', headers: {'Content-Type': type}, body});
                return {status: reply.status, ...await reply.json()};
            }""",
            [server.url + "/track", content_type, event_of("reader")],
        )
        assert (reply["status"], reply["accepted"]) == (200, 1)


def test_a_page_that_closes_can_show_a_write_key(browser, start_server, other_site):
    """What a beacon cannot: a request of fetch that outlives its page, with a header of its own."""
    server = start_server(**{"auth.write_keys": f"web:{KEY}"})
    with open_page(browser, server, other_hosts={other_site}) as page:
        page.goto(f"http://{other_site}/")
        status = page.evaluate(
            """async ([url, key, body]) => (await fetch(url, {
                method: 'POST', keepalive: true, headers: {'Content-Type': 'application/json', 'X-Write-Key': key}, body,
            })).status""",
            [server.url + "/track", KEY, event_of("keyed")],
        )
        assert status == 200
    assert wait_for_row(server, userId="keyed")["source"] == "web"


def test_a_site_that_is_not_allowed_cannot_send(browser, start_server, other_site):
    server = start_server(**{"server.cors_origins": "https://shop.example"})
    with open_page(browser, server, other_hosts={other_site}, expected_status=403) as page:
        page.goto(f"http://{other_site}/")
        page.evaluate("([url, body]) => navigator.sendBeacon(url, body)", [server.url + "/track", event_of("stranger")])
        wait_until(lambda: server.status()["requests"]["rejectedBy"] == {"origin": 1})
    with open_page(browser, server) as page:
        page.goto(server.url + "/ui/")
        status = page.evaluate(
            "async body => (await fetch('/track', {method: 'POST', headers: {'Content-Type': 'text/plain'}, body})).status",
            event_of("own page"),
        )
        assert status == 200
