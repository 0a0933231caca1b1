// The review page: opens variants beside the table, keeps what is being written, drives the genome browser, and the keys.
"use strict";
{
  const review = document.getElementById("review");
  const table = window.cohesinTable;
  const detail = document.getElementById("detail");
  const drafts = new Map();
  let opened = null;

  // Tabs
  const tabs = Array.from(document.querySelectorAll("[role=tab]"));
  const choose = (tab, focus = false) => {
    for (const one of tabs) {
      const on = one === tab;
      one.setAttribute("aria-selected", String(on));
      one.tabIndex = on ? 0 : -1;
      document.getElementById(one.getAttribute("aria-controls")).hidden = !on;
    }
    if (focus) tab.focus();
    // What is to be approved is asked for each time, so that nobody approves what they did not see.
    if (tab.id === "tab-report") window.htmx.trigger("#approval", "shown");
  };
  const open = (id) => {
    if (!id || id === opened) return;
    opened = id;
    history.replaceState(null, "", `#v-${id}`);
    window.htmx.ajax("GET", `/reports/${review.dataset.report}/variants/${id}`, {target: "#detail", swap: "innerHTML"});
  };
  const close = () => {
    const row = opened && table.rowOf(opened);
    opened = null;
    history.replaceState(null, "", location.pathname);
    detail.innerHTML = "<div class=\"empty\"><p>Choose a variant to see what is known about it.</p></div>";
    if (row) row.focus();
  };

  // Genome browser: own reference, genes and family; asks nobody else.
  let browser = null;
  const browse = (article) => {
    const {locus} = article.dataset;
    document.getElementById("browser-locus").textContent = locus;
    if (browser) browser.then((one) => one.search(locus));
    else browser = makeBrowser(locus);
  };
  const makeBrowser = (locus) => {
    const {assembly, sizes, bands, genes, family} = review.dataset;
    return window.igv.createBrowser(document.getElementById("browser"), {
      loadDefaultGenomes: false, search: false, showSVGButton: false, showChromosomeWidget: false, showTrackLabelButton: false,
      showMultiSelectButton: false, showROITableButton: false, showCursorTrackingGuideButton: false, showCenterGuideButton: false,
      showSampleNames: true, sampleNameViewportWidth: 80, showSampleNameButton: false, showGearColumn: false, showTrackDragHandles: false,
      reference: {id: assembly, name: assembly, format: "chromsizes", url: sizes, cytobandURL: bands, tracks: []},
      locus,
      tracks: [
        {name: "Family", type: "variant", format: "vcf", url: family, indexed: false, displayMode: "EXPANDED", height: 74, visibilityWindow: -1, order: 1, color: "#0b5f62"},
        {name: "Genes", type: "annotation", format: "bed", url: genes, indexed: false, displayMode: "SQUISHED", height: 56, visibilityWindow: -1, searchable: true, color: "#33415c", order: 2},
      ],
    }).then((made) => {
      made.navbar.multiTrackSelectButton.setVisibility(false);
      return made;
    });
  };

  if (table) {
    document.getElementById("variants").addEventListener("click", (event) => {
      const row = event.target.closest("tbody tr");
      if (!row) return;
      table.mark(row);
      open(row.dataset.id);
    });
  }

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest(selector);
    if (at("[role=tab]")) choose(at("[role=tab]"));
    const to = at("[data-tab]");
    if (to) choose(document.getElementById(`tab-${to.dataset.tab}`), true);
    if (at("[data-close]")) close();
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "detail") return;
    const article = detail.querySelector(".variant");
    if (!article) return;
    const {id} = article.dataset;
    const text = detail.querySelector("#interpretation");
    if (drafts.has(id) && drafts.get(id) !== text.dataset.saved) {
      text.value = drafts.get(id);
      showUnsaved(text);
    }
    if (event.detail.requestConfig.verb === "get") {
      detail.scrollTop = 0;
      if (matchMedia("(max-width: 1099px)").matches) detail.scrollIntoView();
      browse(article);
    }
  });
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    if (event.detail.target.dataset && event.detail.target.dataset.id) table.renewed(event.detail.target.dataset.id);
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig.path.endsWith("/interpretation")) drafts.delete(opened);
  });
  const showUnsaved = (text) => {
    const mark = text.form.querySelector(".unsaved");
    if (mark) mark.hidden = text.value === text.dataset.saved;
  };
  document.addEventListener("input", (event) => {
    if (event.target.id !== "interpretation") return;
    if (event.target.value === event.target.dataset.saved) drafts.delete(opened);
    else drafts.set(opened, event.target.value);
    showUnsaved(event.target);
  });
  addEventListener("beforeunload", (event) => {
    if (drafts.size) event.preventDefault();
  });

  // Keys
  const press = (selector) => {
    const button = detail.querySelector(selector);
    if (button && !button.matches(":disabled")) button.click();
  };
  const focusOn = (selector) => detail.querySelector(selector)?.focus();
  const keys = {
    j: () => table.move(1), ArrowDown: () => table.move(1), k: () => table.move(-1), ArrowUp: () => table.move(-1),
    Enter: () => open(table.current()?.dataset.id), Escape: close, "/": () => table.find.focus(),
    "?": () => document.getElementById("keys").showModal(),
    1: () => press("[data-class=P]"), 2: () => press("[data-class=LP]"), 3: () => press("[data-class=VUS]"),
    4: () => press("[data-class=LB]"), 5: () => press("[data-class=B]"),
    p: () => press("[data-destination=PRIMARY_FINDING]"), s: () => press("[data-destination=SECONDARY_FINDING]"),
    x: () => press("[data-destination=DO_NOT_REPORT]"), i: () => focusOn("#interpretation"), n: () => focusOn("#note"),
  };
  document.addEventListener("keydown", (event) => {
    const target = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (target.matches("[role=tab]") && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
      const at = tabs.indexOf(target) + (event.key === "ArrowRight" ? 1 : -1);
      choose(tabs[(at + tabs.length) % tabs.length], true);
      return;
    }
    if (target.matches("input, textarea, select")) {
      if (event.key === "Escape") (table.current() || target).focus();
      return;
    }
    if (!table || document.getElementById("part-variants").hidden && event.key !== "?") return;
    if (event.key === "Enter" && target.matches("button, a, summary")) return;
    if (target.closest("#browser")) return;
    const act = keys[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  });

  addEventListener("load", () => {
    const asked = location.hash.startsWith("#v-") && table?.rowOf(location.hash.slice(3));
    if (asked) {
      table.mark(asked);
      open(asked.dataset.id);
    }
  });
}
