"use strict";
// The page's only script: languages, search and filter, sorting, folding. Without it the page says the same.
// It writes text nodes alone, never HTML.
(() => {
  const all = (css, root = document) => [...root.querySelectorAll(css)];
  const texts = JSON.parse(document.getElementById("texts").textContent);
  let language = document.documentElement.lang;

  const parse = json => (json ? JSON.parse(json) : {});
  const template = key => texts[language][key] ?? key;

  // A text as nodes: values from files stand in <bdi> where their direction may differ.
  function nodes(key, values) {
    return template(key).split(/\{(\w+)\}/).flatMap((part, i) => {
      if (i % 2 === 0) return part ? [document.createTextNode(part)] : [];
      const value = values[part];
      if (Array.isArray(value)) return nodes(value[0], value[1]);
      if (/^[\x00-\x7f]*$/.test(value)) return [document.createTextNode(value)];
      const isolated = document.createElement("bdi");
      isolated.textContent = value;
      return [isolated];
    });
  }
  const words = (key, values) => nodes(key, values).map(node => node.textContent).join("");

  function speak(code) {
    language = code;
    document.documentElement.lang = code;
    for (const e of all("[data-t]")) {
      const values = parse(e.dataset.v);
      if (e instanceof SVGElement || e.tagName === "TITLE" || e.tagName === "OPTION") e.textContent = words(e.dataset.t, values);
      else e.replaceChildren(...nodes(e.dataset.t, values));
    }
    for (const e of all("[data-l]")) e.setAttribute(e.dataset.la, words(e.dataset.l, parse(e.dataset.lv)));
    const foot = document.getElementById("running");
    if (foot) {
      const quoted = key => JSON.stringify(template(key) + " ");
      foot.textContent = `@media print { @page { @bottom-right { content: ${quoted("page.page")} counter(page) ${JSON.stringify(" " + template("page.of") + " ")} counter(pages); } } }`;
    }
    for (const b of all("[data-language]")) b.setAttribute("aria-pressed", String(b.dataset.language === code));
    for (const table of all("table[data-sort]")) nameSorts(table);
    held = items.map(item => normal(item.textContent));
    find();
  }

  // Search and filter: whatever has data-find is shown or hidden by its text, tier, VAF and cautions.
  const field = name => document.querySelector(`[data-filter="${name}"]`);
  const normal = text => text.normalize("NFKC").toLowerCase();
  const items = all("[data-find]");
  let held = [];
  function find() {
    if (!field("text")) return;
    const wanted = normal(field("text").value).split(/\s+/).filter(Boolean);
    const tier = field("tier") ? field("tier").value : "";
    const vaf = field("vaf") ? Number(field("vaf").value.replace(",", ".")) / 100 || 0 : 0;
    const cautions = field("cautions") ? field("cautions").checked : false;
    let shown = 0;
    items.forEach((item, i) => {
      const fits = wanted.every(word => held[i].includes(word)) && (!tier || item.dataset.tier === tier)
        && (!vaf || Number(item.dataset.vaf) >= vaf) && (!cautions || item.dataset.cautions !== "0");
      item.hidden = !fits;
      shown += fits;
    });
    const count = document.getElementById("found");
    count.replaceChildren(...nodes("find.count", { shown: String(shown), total: String(items.length) }));
  }

  // Sorting: a heading of a table with data-sort becomes a button; numbers sort as numbers, empty cells last.
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  function sort(table, column, button) {
    const heading = button.closest("th"), down = heading.getAttribute("aria-sort") === "ascending";
    for (const th of all("thead th", table)) th.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    const key = row => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
    const rows = [...body.rows].map(row => [key(row), row]);
    const isNumber = rows.every(([value]) => value === "" || !Number.isNaN(Number(value)));
    rows.sort(([a], [b]) => {
      if (a === "" || b === "") return (a === "") - (b === "");
      const order = isNumber ? Number(a) - Number(b) : collator.compare(a, b);
      return down ? -order : order;
    });
    body.append(...rows.map(([, row]) => row));
  }
  function nameSorts(table) {
    for (const button of all("thead button", table)) button.title = words("find.sort", { column: button.textContent });
  }
  for (const table of all("table[data-sort]")) {
    all("thead th", table).forEach((th, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...th.childNodes);
      button.addEventListener("click", () => sort(table, column, button));
      th.append(button);
    });
    nameSorts(table);
  }

  const fold = open => all("details").forEach(d => { d.open = open; });
  for (const b of all("[data-fold]")) b.addEventListener("click", () => fold(b.dataset.fold === "open"));
  for (const b of all("[data-language]")) b.addEventListener("click", () => speak(b.dataset.language));
  for (const f of all("[data-filter]")) f.addEventListener("input", find);
  addEventListener("beforeprint", () => fold(true));
  for (const e of all("[data-needs-script]")) e.hidden = false;
  speak(language);
})();
