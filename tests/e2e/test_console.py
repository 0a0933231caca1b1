"""The console in a real browser, on a served installation: what a reviewer does from sign-in to the final PDF."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from cohesin.app import bootstrap
from cohesin.app.wiring import open_services
from cohesin.clinical.reports import review
from cohesin.clinical.reports import service as reports
from cohesin.clinical.reports.entity import VariantFilters
from cohesin.kernel.caller import system_caller
from cohesin.lab.kits.service import create_kit, take_step
from tests.conftest import Cluster
from tests.e2e.console_world import make_report, serving, work_until_ready
from tests.served import ADMIN, test_settings

pytestmark = pytest.mark.timeout(240)
BINARY = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1440,900",
)


class Made:
    """The installation: its address and what is in it."""

    def __init__(self, url: str, settings: Any, tenant_id: UUID, number: int, waiting: int) -> None:
        self.url, self.settings, self.tenant_id = url, settings, tenant_id
        self.number, self.waiting = number, waiting


@pytest.fixture(scope="module")
async def made(cluster: Cluster, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A tenant with a kit, one report to review and one that waits for its genomes' annotation."""
    name = f"console_{worker_id}"
    settings = test_settings(cluster.create(name, migrated=True), tmp_path_factory.mktemp("console"))
    await bootstrap.bootstrap(settings)
    async with open_services(settings) as services:
        async with services.units.open() as uow, uow.crossing_tenants():
            tenant_id = UUID(str(await uow.conn.fetchval("SELECT id FROM platform.tenants")))
        async with services.units.open(system_caller(tenant_id)) as uow:
            await take_step(uow, (await create_kit(uow, "KIT-00042")).id, "receive")
            await create_kit(uow, "KIT-00043")
        number = await make_report(services, tenant_id, accession="ACC-2026-0117", kit="KIT-00042")
        await work_until_ready(services, settings, tenant_id, number)
        waiting = await make_report(services, tenant_id, accession="ACC-2026-0118", kit="KIT-00043")
    with serving(settings) as address:
        yield Made(address.url, settings, tenant_id, number, waiting)
    cluster.drop(name)


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    if BINARY is None or DRIVER is None:
        assert os.environ.get("CI") != "true", "CI has to have Chromium and its driver"
        pytest.skip("needs Chromium and chromedriver")
    profile = tempfile.mkdtemp(prefix="cohesin-browser-")
    options = webdriver.ChromeOptions()
    options.binary_location = BINARY
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()
    shutil.rmtree(profile, ignore_errors=True)


class Page:
    """A browser with waiting built in."""

    def __init__(self, driver: webdriver.Chrome, made: Made) -> None:
        self.driver, self.made = driver, made

    def go(self, path: str) -> None:
        self.driver.get(self.made.url + path)

    def wait(self, condition: Callable[[], Any]) -> Any:
        """Until it holds; a part that is swapped meanwhile is looked up again."""
        waiting = WebDriverWait(
            self.driver, 20, poll_frequency=0.05, ignored_exceptions=[StaleElementReferenceException]
        )
        return waiting.until(lambda _: condition())

    def one(self, selector: str) -> WebElement:
        return self.wait(lambda: next(iter(self.driver.find_elements(By.CSS_SELECTOR, selector)), None))

    def text(self, selector: str) -> str:
        return self.wait(lambda: self.one(selector).text or " ")

    def keys(self, *keys: str) -> None:
        self.driver.switch_to.active_element.send_keys(*keys)

    def rows(self) -> list[WebElement]:
        found = self.driver.find_elements(By.CSS_SELECTOR, "#variants tbody tr")
        return [row for row in found if row.is_displayed()]

    def opened(self) -> str | None:
        return self.driver.execute_script("return document.querySelector('.variant')?.dataset.id")

    def faults(self) -> list[str]:
        """What the browser complains of; a refused request is none where the page asked for a refusal."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def outside(self) -> set[str]:
        """Addresses beyond this server that were asked for since the last look."""
        messages = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        urls = {
            one["params"]["request"]["url"]
            for one in messages
            if one["method"] == "Network.requestWillBeSent"
        }
        own = (self.made.url, "data:", "blob:", "chrome-extension:", "chrome:", "about:")
        return {url for url in urls if not url.startswith(own)}


@pytest.fixture
def page(browser: webdriver.Chrome, made: Made) -> Iterator[Page]:
    """A signed-in browser; after the test nothing may have gone wrong in it or gone out of it."""
    shown = Page(browser, made)
    shown.go("/reports")
    if "/reports" not in browser.current_url or not browser.find_elements(By.CSS_SELECTOR, ".who"):
        sign_in(shown)
    yield shown
    assert shown.faults() == []
    assert shown.outside() == set()


def sign_in(page: Page) -> None:
    page.go("/sign-in?next=/reports")
    page.one("[name=email]").send_keys(ADMIN[0])
    page.one("[name=password]").send_keys(ADMIN[1], Keys.ENTER)
    page.one(".who")


def test_a_wrong_password_is_told_and_the_right_one_leads_where_one_wanted(
    browser: webdriver.Chrome, made: Made
) -> None:
    page = Page(browser, made)
    page.go(f"/reports/{made.number}")
    assert "/sign-in" in browser.current_url
    page.one("[name=email]").send_keys(ADMIN[0])
    page.one("[name=password]").send_keys("not the password", Keys.ENTER)
    assert "wrong" in page.text("[role=alert]")
    page.one("[name=password]").send_keys(ADMIN[1], Keys.ENTER)
    page.one("#review")
    assert browser.current_url.endswith(f"/reports/{made.number}")
    cookies = {cookie["name"]: cookie for cookie in browser.get_cookies()}
    assert cookies["cohesin_session"]["httpOnly"]
    assert cookies["cohesin_session"]["sameSite"] == "Lax"
    page.faults()  # the refused password is a 401, which the browser writes down


def test_lists_filter_without_loading_the_page_anew(page: Page) -> None:
    page.go("/kits")
    page.driver.execute_script("window.same = true")
    assert "KIT-00042" in page.text("#list")
    Select(page.one("[name=state]")).select_by_visible_text("Data available")
    page.wait(lambda: "KIT-00043" not in page.text("#list"))
    assert "KIT-00042" in page.text("#list")
    page.one("[name=barcode]").send_keys("nothing like it")
    page.wait(lambda: "Nothing fits" in page.text("#list"))
    assert page.driver.execute_script("return window.same")
    assert "state=data_available" in page.driver.current_url
    page.go("/orders")
    assert "There is no order yet" in page.text("#list")
    page.go("/reports")
    assert "ACC-2026-0117" in page.text("#list")
    assert "KIT-00043" in page.text("#list")


def test_the_table_finds_sorts_and_is_walked_by_keyboard(page: Page) -> None:
    page.go(f"/reports/{page.made.number}")
    everything = len(page.rows())
    assert everything > 10
    page.one("body").send_keys("/")
    page.keys("cftr")
    page.wait(lambda: 0 < len(page.rows()) < everything)
    assert {row.get_attribute("data-gene") for row in page.rows()} == {"CFTR"}
    assert page.text("#shown").endswith(f"of {everything}")
    page.one("#find").clear()
    page.one("#find").send_keys(" ", Keys.BACKSPACE)
    page.wait(lambda: len(page.rows()) == everything)

    page.one("[data-sort=place]").click()
    places = [int(row.get_attribute("data-place")) for row in page.rows()]
    assert places == sorted(places)
    page.one("[data-sort=place]").click()
    assert [int(row.get_attribute("data-place")) for row in page.rows()] == sorted(places, reverse=True)

    page.driver.execute_script("document.activeElement.blur()")
    page.one("body").send_keys("j")
    first = page.driver.switch_to.active_element
    assert first.get_attribute("data-id") == page.rows()[0].get_attribute("data-id")
    page.keys("j", "k", Keys.ARROW_DOWN, Keys.ENTER)
    second = page.rows()[1].get_attribute("data-id")
    page.wait(lambda: page.opened() == second)
    page.keys(Keys.ESCAPE)
    page.wait(lambda: page.opened() is None)
    page.keys("?")
    assert page.one("#keys[open]").is_displayed()
    page.keys(Keys.ESCAPE)


def open_delta_f508(page: Page) -> str:
    page.go(f"/reports/{page.made.number}")
    row = next(row for row in page.rows() if "7:117199644" in row.text)
    row.click()
    variant = row.get_attribute("data-id")
    page.wait(lambda: page.opened() == variant)
    return variant


def test_a_variant_shows_what_is_known_and_where_it_lies(page: Page) -> None:
    open_delta_f508(page)
    panel = page.text("#detail")
    for expected in (
        "CFTR",
        "Homozygous 1/1",
        "43 of 44 (98 %)",
        "Autosomal recessive",
        "Pathogenic",
        "ID 7105",
        "not evaluated",
    ):
        assert expected in panel
    assert page.driver.find_elements(By.CSS_SELECTOR, ".parts svg rect.fill")
    assert not page.one(".criteria.faint").is_displayed()
    drawn = """const root = document.querySelector('#browser').shadowRoot ||
      Array.from(document.querySelectorAll('#browser *')).find((one) => one.shadowRoot).shadowRoot;
      return Array.from(root.querySelectorAll('.igv-track-label')).map((one) => one.textContent)"""
    page.wait(lambda: page.driver.execute_script(drawn) == ["Family", "Genes"])
    assert page.text("#browser-locus").startswith("7:117198644-")


def test_decisions_are_kept_and_the_row_follows(page: Page) -> None:
    variant = open_delta_f508(page)
    page.driver.execute_script(f"document.getElementById('row-{variant}').focus()")
    page.keys("1")
    page.wait(lambda: page.one("[data-class=P]").get_attribute("aria-pressed") == "true")
    page.driver.execute_script(f"document.getElementById('row-{variant}').focus()")
    page.keys("p")
    page.wait(lambda: page.one("[data-destination=PRIMARY_FINDING]").get_attribute("aria-pressed") == "true")
    row = page.one(f"#row-{variant}")
    assert row.get_attribute("data-code") == "P"
    assert row.get_attribute("data-status") == "REVIEWED"
    assert row.get_attribute("aria-selected") == "true"

    page.one("#interpretation").send_keys("The commonest cause.")
    page.one(".unsaved:not([hidden])")
    page.one("#interpretation").submit()
    page.wait(lambda: page.one("#interpretation").get_attribute("data-saved") == "The commonest cause.")
    page.one("#note").send_keys("<b>Sanger</b> asked for")
    page.one("#note").submit()
    page.wait(lambda: "<b>Sanger</b> asked for" in page.text(".notes"))
    page.driver.refresh()
    page.wait(lambda: page.opened() == variant)
    assert page.one("#interpretation").get_attribute("value") == "The commonest cause."
    assert page.one(f"#row-{variant}").get_attribute("data-to-report") == "PRIMARY_FINDING"


def test_work_under_way_is_shown_as_it_goes(page: Page) -> None:
    page.go(f"/reports/{page.made.waiting}")
    assert "Annotating genomes: 0 of 3 done" in page.text("#progress")
    assert page.one("progress").get_attribute("value") == "0"


def test_unknown_pages_say_so(page: Page) -> None:
    for path in ("/reports/999999", "/no/such/page"):
        page.go(path)
        assert page.text(".code") == "404"
        assert page.text("h1") == "There is nothing here"
    assert all("404" in fault for fault in page.faults())


async def test_what_somebody_else_changed_meanwhile_is_not_approved_unread(page: Page) -> None:
    made = page.made
    page.go(f"/reports/{made.number}")
    page.one("#tab-report").click()
    page.one("#approval .findings")
    next(
        one for one in page.driver.find_elements(By.CSS_SELECTOR, "#approval button") if "Submit" in one.text
    ).click()
    page.wait(lambda: "Waiting for approval" in page.text("#head .badge"))
    page.one("#tab-report").click()
    page.one("[data-open=confirm]").click()
    async with (
        open_services(made.settings) as services,
        services.units.open(system_caller(made.tenant_id)) as uow,
    ):
        report = await reports.access_report(uow, made.number)
        variants, _ = await review.list_variants(uow, report, VariantFilters(limit=1))
        await review.set_variant_status(uow, made.number, variants[0].number, "PENDING")
    page.one("[name=read]").click()
    page.one("#confirm button.primary").click()
    page.wait(lambda: "Somebody changed this report" in page.text("#notice"))
    assert all("409" in fault for fault in page.faults())


def test_an_approved_report_is_final_and_its_pdf_stands_beside_it(page: Page) -> None:
    page.go(f"/reports/{page.made.number}")
    page.one("#tab-report").click()
    assert (
        page.one("#approval iframe")
        .get_attribute("src")
        .startswith(f"{page.made.url}/reports/{page.made.number}/pdf")
    )
    page.one("[data-open=confirm]").click()
    page.one("[name=read]").click()
    page.one("#confirm button.primary").click()
    page.wait(lambda: page.text("#head .badge") == "Approved")
    assert "Approved by" in page.text("#head")
    page.one("#tab-report").click()
    page.wait(lambda: page.text("#approval h2") == "Approved")
    kept = {cookie["name"]: cookie["value"] for cookie in page.driver.get_cookies()}
    answer = httpx.get(f"{page.made.url}/reports/{page.made.number}/pdf", cookies=kept)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    page.one("#tab-variants").click()
    page.rows()[0].click()
    page.one(".variant")
    assert page.driver.find_elements(By.CSS_SELECTOR, ".classes:disabled")


def test_a_session_goes_on_when_its_access_token_has_run_out(page: Page) -> None:
    run_out = {
        "name": "cohesin_session",
        "value": "run-out",
        "url": page.made.url,
        "httpOnly": True,
        "sameSite": "Lax",
    }
    page.driver.execute_cdp_cmd("Network.setCookie", run_out)
    page.go("/kits")
    page.wait(lambda: page.driver.current_url.endswith("/kits"))
    assert "KIT-00042" in page.text("#list")


def test_a_change_without_the_pages_token_is_refused(page: Page) -> None:
    made = page.made
    kept = {cookie["name"]: cookie["value"] for cookie in page.driver.get_cookies()}
    path = f"{made.url}/reports/{made.number}/status"
    token = page.one("body").get_attribute("data-csrf")
    form = {"status": "READY TO REVIEW"}
    html = {"Accept": "text/html"}
    assert httpx.post(path, data=form, cookies=kept, headers=html).status_code == 403
    assert (
        httpx.post(path, data=form, cookies=kept, headers=html | {"X-CSRF-Token": "0" * 64}).status_code
        == 403
    )
    other_site = html | {"X-CSRF-Token": token, "Origin": "https://elsewhere.example"}
    assert httpx.post(path, data=form, cookies=kept, headers=other_site).status_code == 403
    own = html | {"X-CSRF-Token": token, "Origin": made.url}
    assert httpx.post(path, data=form, cookies=kept, headers=own).status_code == 422  # it is approved


def test_signing_out_ends_the_session_everywhere(page: Page) -> None:
    kept = {cookie["name"]: cookie["value"] for cookie in page.driver.get_cookies()}
    page.one(".who button").click()
    page.one("[name=password]")
    answer = httpx.get(f"{page.made.url}/reports", cookies=kept, headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/session")
