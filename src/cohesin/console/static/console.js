// What every page of the console does: dialogs, notices, and a session that goes on while a page is open.
"use strict";
{
  const REFRESH_EVERY = 10 * 60 * 1000; // an access token lasts 15 minutes
  const LAST = "cohesin-refreshed";
  const csrf = document.body.dataset.csrf;

  const goOn = async () => {
    if (Date.now() - Number(localStorage.getItem(LAST) || 0) < REFRESH_EVERY / 2) return;
    localStorage.setItem(LAST, String(Date.now()));
    await fetch("/session", {method: "POST", body: new URLSearchParams({csrf}), redirect: "manual"});
  };
  setInterval(() => {
    if (navigator.locks) navigator.locks.request("cohesin-session", goOn);
    else goOn();
  }, REFRESH_EVERY);

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest(selector);
    const opener = at("[data-open]");
    if (opener) document.getElementById(opener.dataset.open).showModal();
    if (at("[data-shut]")) at("dialog").close();
    if (at("[data-dismiss]")) at(".notice").remove();
  });
  // What comes as an answer belongs to the page on show, so a notice of before no longer does.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig.verb !== "get") document.getElementById("notice").replaceChildren();
  });
  // A refusal is told on the page, so a window before it has to go.
  document.addEventListener("htmx:responseError", () => document.querySelector("dialog[open]")?.close());
  document.addEventListener("htmx:sendError", () => {
    const text = document.createElement("div");
    text.className = "notice bad";
    text.setAttribute("role", "alert");
    text.textContent = "The server could not be reached. Nothing was saved.";
    document.getElementById("notice").replaceChildren(text);
  });
}
