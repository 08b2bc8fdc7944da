// The controls of the page: sorting, a filter, two subjects, only differences, and a theme.
// All content is in the page before this runs. The script hides and sorts rows, hides columns, and changes no text.
// Its whole state is in the address' hash: "#q=gin&verdict=refuted&sort=results.2.ascending&two=Flask&two=Gin&at=facts".
"use strict";
(() => {
  const SEEN = { seen: true }; // marks an entry of the history that was read before
  const THEMES = ["light", "dark"];
  const DIRECTIONS = ["ascending", "descending"];
  const SHOWN = ["higher", "lower"]; // the verdicts of a ratio that show a difference

  const plain = (text) => text.normalize("NFKC").toLowerCase();
  const unique = (values) => [...new Set(values)];

  const sections = [...document.querySelectorAll("main section[aria-labelledby]")];
  const found = sections.flatMap((section) => [...section.querySelectorAll("table:not(.numbers)")].map((element, place) => (
    { element, id: element.id || `${section.getAttribute("aria-labelledby")}-${place + 1}` })));
  const tables = found.map(({ element, id }) => {
    const heads = [...element.tHead.rows[0].cells];
    const bodies = [...element.tBodies].map((body) => ({ body, rows: [...body.rows] }));
    const [isJudged, isCompared] = ["verdict", "difference"].map((name) => element.querySelector(`[data-${name}]`));
    return { element, id, heads, bodies, isJudged, isCompared };
  });
  const rows = tables.flatMap((table) => table.bodies.flatMap(({ body, rows: own }) => {
    const title = body.querySelector(".group")?.textContent ?? "";
    const kept = own.filter((row) => !row.matches(".group, .floor"));
    return kept.map((row) => ({ row, table, text: plain(`${title} ${row.textContent}`) }));
  }));
  const all = (name) => unique([...document.querySelectorAll(`table [data-${name}]`)].map((one) => one.dataset[name]));
  const known = { subjects: all("subject"), verdicts: all("verdict"), differences: all("difference") };

  // The state, and its form in the hash. A value that the page does not know is ignored.

  function read(hash) {
    const given = new URLSearchParams(hash.slice(1));
    const one = (name, allowed) => allowed.find((value) => value === given.get(name)) ?? "";
    const sort = new Map();
    for (const text of given.getAll("sort")) {
      const [id, column, direction] = text.split(".");
      const count = tables.find((table) => table.id === id)?.heads.length ?? 0;
      const isKnown = /^\d+$/.test(column) && Number(column) < count && DIRECTIONS.includes(direction);
      if (isKnown) sort.set(id, [Number(column), direction]);
    }
    return {
      q: (given.get("q") ?? "").slice(0, 100),
      verdict: one("verdict", known.verdicts),
      two: unique(given.getAll("two")).filter((name) => known.subjects.includes(name)).slice(0, 2),
      differences: one("differences", ["shown"]),
      theme: one("theme", THEMES),
      sort,
      at: document.getElementById(given.get("at") ?? "") ? given.get("at") : "",
    };
  }

  function write(of) {
    const given = ["q", "verdict", "differences", "theme"].filter((name) => of[name]).map((name) => [name, of[name]]);
    for (const name of of.two) given.push(["two", name]);
    for (const [id, parts] of of.sort) given.push(["sort", [id, ...parts].join(".")]);
    if (given.length && of.at) given.push(["at", of.at]);
    return `#${given.length ? new URLSearchParams(given) : of.at}`;
  }

  function change(part, { isNew = true } = {}) {
    state = { ...state, ...part };
    history[isNew ? "pushState" : "replaceState"](SEEN, "", write(state));
    apply();
  }

  // Sorting: rows stay in their group, a floor stays below its row, and rows without a value are last.

  function valueOf(row, column) {
    const cell = row.cells[column];
    const text = cell.dataset.value ?? cell.textContent.trim().replace(/(\d),(?=\d{3})/g, "$1");
    if (!text || text.startsWith("–")) return null;
    const number = Number.parseFloat(text.replace(/^[~≈<>±]\s*/, ""));
    return Number.isNaN(number) ? text : number;
  }

  function inOrder(one, other, sign) {
    if (one === null || other === null) return (one === null) - (other === null);
    if (typeof one === "number" && typeof other === "number") return sign * (one - other);
    return sign * String(one).localeCompare(String(other), "en", { numeric: true });
  }

  function sortRows({ body, rows: own }, column, direction) {
    const sign = direction === "descending" ? -1 : 1;
    const blocks = [];
    for (const row of own.filter((one) => !one.matches(".group"))) {
      if (row.matches(".floor") && blocks.length) blocks.at(-1).rows.push(row);
      else blocks.push({ value: valueOf(row, column), rows: [row] });
    }
    blocks.sort((one, other) => inOrder(one.value, other.value, sign));
    body.append(...own.filter((one) => one.matches(".group")), ...blocks.flatMap((block) => block.rows));
  }

  function sortTable(table) {
    const [column, direction] = state.sort.get(table.id) ?? [];
    if (table.sorted === `${column} ${direction}`) return;
    table.sorted = `${column} ${direction}`;
    for (const head of table.heads) head.removeAttribute("aria-sort");
    table.heads[column]?.setAttribute("aria-sort", direction);
    for (const group of table.bodies) {
      if (direction) sortRows(group, column, direction);
      else group.body.append(...group.rows);
    }
  }

  // Hiding, by an attribute that is for screens alone: print shows everything.

  const hide = (element, isOut) => element.toggleAttribute("data-out", isOut);

  function hideColumns(table) {
    const [one, other] = state.two;
    const pairs = [`${one} ÷ ${other}`, `${other} ÷ ${one}`];
    table.heads.forEach((head, column) => {
      const { subject, pair } = head.dataset;
      const isOther = subject ? !state.two.includes(subject) : pair && !pairs.includes(pair);
      const cells = table.bodies.flatMap(({ rows: own }) => own.filter((row) => !row.matches(".group")))
        .map((row) => row.cells[column]);
      for (const cell of [head, ...cells]) hide(cell, Boolean(other && isOther));
    });
  }

  function fits({ row, table, text }) {
    const verdicts = [row, ...row.querySelectorAll("[data-verdict]")].map((one) => one.dataset.verdict);
    const ratios = [...row.querySelectorAll("[data-difference]:not([data-out])")].map((one) => one.dataset.difference);
    const about = row.querySelector(".who")?.textContent.split(" against ") ?? []; // a ratio is about two targets
    const isChosen = (target) => state.two.some((name) => name === target || name.startsWith(`${target} `));
    return plain(state.q).split(/\s+/).every((word) => text.includes(word))
      && (!state.verdict || !table.isJudged || verdicts.includes(state.verdict))
      && (state.two.length < 2 || about.every(isChosen))
      && (!state.differences || !table.isCompared || ratios.some((ratio) => SHOWN.includes(ratio)));
  }

  // What a choice is about is opened. Nothing is closed again: the reader may have opened it.

  const isAsked = ({ id, isJudged, isCompared }) => Boolean(state.q || state.sort.has(id)
    || (state.verdict && isJudged) || ((state.differences || state.two.length === 2) && isCompared));

  function hideRows() {
    for (const one of rows) {
      const isOut = !fits(one);
      for (let row = one.row; row && (row === one.row || row.matches(".floor")); row = row.nextElementSibling) {
        hide(row, isOut);
      }
      const folded = one.row.closest("details");
      if (!isOut && folded && isAsked(one.table)) folded.open = true;
    }
    for (const { element, bodies } of tables) {
      const hasRows = ({ rows: own }) => own.some((row) => !row.matches(".group, [data-out]"));
      for (const group of bodies) hide(group.body, group.rows.length > 0 && !hasRows(group));
      element.toggleAttribute("data-empty", !bodies.some(hasRows));
    }
  }

  function apply() {
    if (state.theme) document.documentElement.dataset.theme = state.theme;
    else delete document.documentElement.dataset.theme;
    for (const table of tables) {
      sortTable(table);
      hideColumns(table);
    }
    hideRows();
    for (const show of shows) show();
    const left = rows.filter(({ row }) => !row.closest("[data-out]")).length;
    said.textContent = left === rows.length ? "" : `${left} of ${rows.length} rows`;
  }

  // The controls. They are made here, so that a page without scripts has none.

  const shows = []; // what brings each control in line with the state
  const said = make("output", { role: "status" });

  function make(tag, properties, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  function choice(title, options, get, set) {
    const list = make("select", { id: `view-${title}` }, ...options.map(([value, text]) => make("option", { value }, text)));
    list.addEventListener("change", () => set(list.value));
    shows.push(() => { list.value = get(); });
    return make("span", {}, make("label", { htmlFor: list.id }, title), list);
  }

  function chooseOfTwo(place, title) {
    const options = [["", "all"], ...known.subjects.map((name) => [name, name])];
    return choice(title, options, () => state.two[place] ?? "", (name) => {
      const two = [...state.two];
      two[place] = name;
      change({ two: unique(two.filter(Boolean)) });
    });
  }

  function controls() {
    const search = make("input", { type: "search", maxLength: 100 });
    let isTyping = false; // one entry of the history for a word, not for each of its letters
    search.addEventListener("input", () => {
      change({ q: search.value }, { isNew: !isTyping });
      isTyping = true;
    });
    search.addEventListener("change", () => { isTyping = false; });
    shows.push(() => { if (search.value !== state.q) search.value = state.q; });
    const made = [make("label", {}, "Filter rows", search)];
    const verdicts = [["", "any"], ...known.verdicts.map((name) => [name, name.replaceAll("_", " ")])];
    if (known.verdicts.length) {
      made.push(choice("Verdict", verdicts, () => state.verdict, (verdict) => change({ verdict })));
    }
    if (known.subjects.length > 2) made.push(chooseOfTwo(0, "Compare"), chooseOfTwo(1, "with"));
    if (known.differences.length) {
      const box = make("input", { type: "checkbox" });
      box.addEventListener("change", () => change({ differences: box.checked ? "shown" : "" }));
      shows.push(() => { box.checked = Boolean(state.differences); });
      made.push(make("label", {}, box, "Only rows that show a difference"));
    }
    const themes = [["", "as the system"], ...THEMES.map((name) => [name, name])];
    made.push(choice("Theme", themes, () => state.theme, (theme) => change({ theme })));
    const reset = make("button", { type: "button" }, "Show all");
    reset.addEventListener("click", () => change(read("")));
    return [...made, reset, said];
  }

  function addSorting({ id, heads }) {
    heads.forEach((head, column) => {
      const button = make("button", { type: "button" }, ...head.childNodes);
      button.addEventListener("click", () => {
        const [place, direction] = state.sort.get(id) ?? [];
        const next = place === column ? DIRECTIONS[DIRECTIONS.indexOf(direction) + 1] : DIRECTIONS[0];
        const sort = new Map(state.sort);
        if (next) sort.set(id, [column, next]);
        else sort.delete(id);
        change({ sort });
      });
      head.append(button);
    });
  }

  // A link within the page keeps the state. A shared link and the back button bring their own.

  function arrive() {
    const target = document.getElementById(state.at);
    for (let out = target; out; out = out.parentElement) {
      hide(out, false); // a link to a hidden row shows it
      if (out.matches("details")) out.open = true; // and opens what it is in
    }
    target?.scrollIntoView();
  }

  addEventListener("hashchange", () => {
    const isNew = history.state === null;
    const [id = ""] = new URLSearchParams(location.hash.slice(1)).keys();
    if (isNew && document.getElementById(id)) {
      change({ at: id }, { isNew: false });
      arrive();
      return;
    }
    state = read(location.hash);
    history.replaceState(SEEN, "", location.href);
    apply();
    if (isNew) arrive();
  });

  // Print shows what is folded: a style does it in some browsers only.

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const one of folded) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of folded) one.open = false;
  });

  let state = read(location.hash);
  history.replaceState(SEEN, "", location.href);
  tables.forEach(addSorting);
  const view = document.getElementById("view");
  view.append(...controls());
  view.hidden = false;
  apply();
  arrive();
})();
