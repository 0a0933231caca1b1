// The variants table: finds, filters and sorts in place, and is walked through by keyboard.
"use strict";
window.cohesinTable = (() => {
  const table = document.getElementById("variants");
  if (!table) return null;
  const body = table.tBodies[0];
  const find = document.getElementById("find");
  const selects = {code: document.getElementById("by-class"), impact: document.getElementById("by-impact"), review: document.getElementById("by-review")};
  const shown = document.getElementById("shown");
  const none = document.getElementById("none-shown");
  let current = null;

  const rows = () => Array.from(body.rows);
  const visible = () => rows().filter((row) => !row.hidden);
  const fitsReview = (row, wanted) => !wanted
    || (wanted === "FINDING" ? row.dataset.toReport !== "DO_NOT_REPORT"
      : wanted === "DONE" ? row.dataset.status !== "UNREVIEWED" : row.dataset.status === wanted);

  const filter = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows()) {
      const text = row.textContent.toLowerCase();
      const fits = words.every((word) => text.includes(word))
        && (!selects.code.value || row.dataset.code === selects.code.value)
        && (!selects.impact.value || row.dataset.impact === selects.impact.value)
        && fitsReview(row, selects.review.value);
      row.hidden = !fits;
      count += fits;
    }
    shown.textContent = count === body.rows.length ? `${count}` : `${count} of ${body.rows.length}`;
    none.hidden = count > 0 || body.rows.length === 0;
  };

  const sort = (button) => {
    const head = button.closest("th");
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const {sort: key, kind} = button.dataset;
    const compare = kind === "n"
      ? (a, b) => Number(a.dataset[key]) - Number(b.dataset[key])
      : (a, b) => a.dataset[key].localeCompare(b.dataset[key]);
    const sign = down ? -1 : 1;
    body.append(...rows().sort((a, b) => sign * compare(a, b) || a.dataset.rank - b.dataset.rank));
  };

  const mark = (row, focus = true) => {
    if (current && current.isConnected) {
      current.setAttribute("aria-selected", "false");
      current.tabIndex = -1;
    }
    current = row;
    if (!row) return;
    row.setAttribute("aria-selected", "true");
    row.tabIndex = 0;
    if (focus) row.focus({preventScroll: true});
    row.scrollIntoView({block: "nearest"});
  };
  const move = (step) => {
    const list = visible();
    if (!list.length) return;
    const at = list.indexOf(current);
    mark(list[Math.max(0, Math.min(list.length - 1, at < 0 ? 0 : at + step))]);
  };

  find.addEventListener("input", filter);
  for (const select of Object.values(selects)) select.addEventListener("change", filter);
  document.getElementById("show-all").addEventListener("click", () => {
    find.value = "";
    for (const select of Object.values(selects)) select.value = "";
    filter();
  });
  table.tHead.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-sort]");
    if (button) sort(button);
  });
  filter();
  if (body.rows.length) body.rows[0].tabIndex = 0;
  return {
    move, mark, find,
    current: () => current,
    rowOf: (id) => document.getElementById(`row-${id}`),
    // A row that was changed comes anew: it takes the place of the old one and stays chosen.
    renewed: (id) => {
      const row = document.getElementById(`row-${id}`);
      if (row && current && current.dataset.id === id) mark(row, false);
      const text = shown.textContent;
      if (text) filter();
    },
  };
})();
