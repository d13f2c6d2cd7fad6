"use strict";
// The sample browser. Model text only ever becomes text nodes; nothing is fetched, nothing is evaluated.
(async () => {
  const PAGE = 50;
  const STATES = [
    ["all", "All", ""],
    ["regressed", "Regressed", "▼"],
    ["improved", "Improved", "▲"],
    ["preferred_a", "A preferred", "◀"],
    ["preferred_b", "B preferred", "▶"],
    ["tie", "Tie", "="],
    ["both_wrong", "Both wrong", "✗"],
    ["both_right", "Both right", "✓"],
    ["missing", "Missing", "–"],
    ["truncated", "Truncated", "…"],
    ["disagree", "Judges disagree", "≠"],
    ["contaminated", "In training data", "●"],
  ];
  const FLAGS = ["truncated", "disagree", "contaminated"];
  const OUTCOMES = {
    ok: "complete",
    truncated_think: "cut while thinking",
    truncated_answer: "cut while answering",
    empty: "empty",
    error: "transport error",
  };
  const RANKS = {
    loss: ["regressed", "preferred_a", "both_wrong", "improved", "preferred_b", "missing", "tie", "both_right"],
    gain: ["improved", "preferred_b", "regressed", "preferred_a", "both_wrong", "missing", "tie", "both_right"],
  };
  const find = (id) => document.getElementById(id);

  // -- light and dark
  const root = document.documentElement;
  const remembered = (action) => { try { return action(); } catch { return null; } };
  root.dataset.shade = remembered(() => localStorage.getItem("sfteval-shade")) || "auto";
  find("shade").addEventListener("click", () => {
    const shown = root.dataset.shade === "auto" ? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light") : root.dataset.shade;
    root.dataset.shade = shown === "dark" ? "light" : "dark";
    remembered(() => localStorage.setItem("sfteval-shade", root.dataset.shade));
  });

  // -- the data
  const block = find("data");
  if (!block) return;
  const data = JSON.parse(await unpacked(block));
  data.rows.forEach((row, index) => { row.index = index; });
  const view = { state: "all", task: -1, outcome: "", order: "loss", words: "", page: 0, open: null };
  let rows = [];

  async function unpacked(node) {
    if (node.dataset.encoding === "json") return node.textContent;
    const bytes = Uint8Array.from(atob(node.textContent), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  }

  // -- building blocks: every text goes through here
  function make(tag, kind, ...children) {
    const node = document.createElement(tag);
    if (kind) node.className = kind;
    node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return node;
  }
  function fold(kind, title, ...children) {
    return make("details", kind, make("summary", "", title), ...children);
  }

  // -- choosing rows
  function haystack(row) {
    if (row.hay === undefined) {
      const sides = [row.a, row.b].flatMap((side) => [side.think, ...(side.checks || []).flat(), ...(side.calls || []).flatMap((call) => [call.raw, ...(call.fault || [])]), ...(side.faults || []).flat(), ...(side.detail || []).flat(), ...(side.turns || []).flatMap(spoken)]);
      const texts = [row.key, row.expected, ...(row.messages || []).map((message) => message[1]), ...(row.diff || []).map((piece) => piece[1]), ...(row.about || []).flat(), ...(row.judge || []).flat(), ...sides];
      row.hay = texts.filter((text) => typeof text === "string").join("\n").toLowerCase();
    }
    return row.hay;
  }
  const spoken = (turn) => [turn.says, ...(turn.faults || []), ...(turn.acts || []).flatMap((act) => [act.name, act.seen, ...(act.faults || [])])];
  const inTask = (row) => view.task < 0 || row.task === view.task;
  const inOutcome = (row) => view.outcome === "" || (view.outcome === "ok" ? row.a.outcome === "ok" && row.b.outcome === "ok" : [row.a.outcome, row.b.outcome].includes(view.outcome));
  const inState = (row, state) => state === "all" || (FLAGS.includes(state) ? row[state] === true : row.state === state);
  function found(row) {
    return view.words === "" || view.words.split(/\s+/).every((word) => haystack(row).includes(word));
  }
  function length(row) {
    return (row.diff || []).reduce((sum, piece) => sum + piece[1].length, 0) + ((row.a.think || "") + (row.b.think || "")).length;
  }
  function change(row) {
    return Number(row.b.value) - Number(row.a.value) || 0;
  }
  function ordered(chosen) {
    const ranks = RANKS[view.order];
    if (ranks) {
      const sign = view.order === "loss" ? 1 : -1;
      return chosen.sort((x, y) => ranks.indexOf(x.state) - ranks.indexOf(y.state) || sign * (change(x) - change(y)) || x.index - y.index);
    }
    return view.order === "long" ? chosen.sort((x, y) => length(y) - length(x) || x.index - y.index) : chosen;
  }

  // -- painting
  function refresh() {
    const matching = data.rows.filter((row) => inTask(row) && inOutcome(row) && found(row));
    rows = ordered(matching.filter((row) => inState(row, view.state)));
    view.page = Math.min(view.page, Math.max(0, Math.ceil(rows.length / PAGE) - 1));
    paintStates(matching);
    paintList();
  }
  function paintStates(matching) {
    const buttons = STATES.map(([state, title, glyph]) => {
      const count = matching.filter((row) => inState(row, state)).length;
      const button = make("button", "", glyph ? glyph + " " : "", title, make("span", "", count.toLocaleString("en")));
      button.type = "button";
      button.dataset.state = state;
      button.setAttribute("aria-pressed", String(view.state === state));
      button.hidden = count === 0 && !["all", "regressed", "improved"].includes(state) && view.state !== state;
      button.addEventListener("click", () => { view.state = state; view.page = 0; refresh(); find("states").querySelector(`[data-state="${state}"]`).focus(); });
      return button;
    });
    find("states").replaceChildren(...buttons);
  }
  function paintList() {
    const first = view.page * PAGE;
    const shown = rows.slice(first, first + PAGE);
    find("list").replaceChildren(...shown.map(item));
    const last = first + shown.length;
    find("count").textContent = rows.length === 0 ? "No sample matches." : `${first + 1} to ${last} of ${rows.length.toLocaleString("en")}`;
    paintPager();
  }
  function paintPager() {
    const pages = Math.ceil(rows.length / PAGE);
    const turn = (title, step) => {
      const button = make("button", "", title);
      button.type = "button";
      button.disabled = view.page + step < 0 || view.page + step >= pages;
      button.addEventListener("click", () => { view.page += step; paintList(); find("samples").scrollIntoView(); });
      return button;
    };
    find("pager").replaceChildren(...(pages > 1 ? [turn("Previous", -1), make("span", "", `page ${view.page + 1} of ${pages}`), turn("Next", 1)] : []));
  }
  function question(row) {
    const asked = (row.messages || []).filter((message) => message[0] === "user");
    return asked.length ? asked[asked.length - 1][1] : row.key;
  }
  function item(row) {
    const [, title, glyph] = STATES.find(([state]) => state === row.state);
    const values = make("span", "marks", ...["a", "b"].map((side) => make("span", "", make("span", "key " + side), glyphOf(row[side].value))));
    const task = data.tasks.length > 1 ? make("i", "", data.tasks[row.task]) : "";
    const button = make("button", "row", make("span", "state", glyph + " " + title), make("span", "what", task, question(row).slice(0, 300)), values);
    button.type = "button";
    button.setAttribute("aria-expanded", String(view.open === row));
    button.addEventListener("click", () => open(view.open === row ? null : row));
    const node = make("li", row.state, button);
    if (view.open === row) {
      node.classList.add("open");
      node.append(detail(row));
    }
    return node;
  }
  function glyphOf(value) {
    return { "1.000": "✓", "0.000": "✗" }[value] || value;
  }
  function detail(row) {
    const link = make("a", "", "link to this sample");
    link.href = "#" + encodeURIComponent(row.key);
    const about = (row.about || []).map(([name, value]) => make("span", "", `${name}: ${value}`));
    const where = make("div", "where", make("span", "", row.key), ...about, link);
    const turns = (row.messages || []).map(([role, text]) => make("div", "turn", make("b", "", role), make("div", "text", text)));
    const node = make("div", "sample", where, make("h4", "", "Prompt"), ...turns);
    if (row.tools !== undefined) node.append(fold("quiet", "Tools that were offered", make("div", "text code", data.tools[row.tools])));
    if (row.expected) node.append(make("h4", "", "Expected"), make("div", "text code", row.expected));
    node.append(make("div", "answers", answer(row, "a", 0), answer(row, "b", 1)));
    if (row.judge) node.append(make("h4", "", "What the judge said"), make("div", "votes", ...row.judge.map(vote)));
    return node;
  }
  function answer(row, letter, place) {
    const side = row[letter];
    const metric = data.metrics[row.task];
    const name = make("b", "", make("span", "key " + letter), letter.toUpperCase() + " ", data.names[place]);
    const node = make("section", "answer " + letter, make("header", "", name, make("span", "", `${OUTCOMES[side.outcome]} · ${metric} ${side.value}`)));
    if (side.think !== undefined) {
      const tokens = side.thinkTokens === undefined ? "" : `, ${side.thinkTokens.toLocaleString("en")} tokens`;
      node.append(fold("think quiet", side.think === "" ? "Thinking: an empty block" : "Thinking" + tokens, make("div", "text", side.think)));
    }
    if (side.turns) node.append(Object.assign(fold("quiet", `The conversation, ${side.turns.length} turns`, ...side.turns.map(turn)), { open: true }));
    if (side.turns) node.append(make("h4", "", "Answer"));
    node.append(said(row, letter, side));
    (side.calls || []).forEach((call) => node.append(toolCall(call)));
    (side.faults || []).forEach((problem) => node.append(fault(problem)));
    if (side.checks) node.append(make("h4", "", "Constraints"), make("ul", "checks", ...side.checks.map(check)));
    const notes = [...(side.detail || []), ...(side.metrics.length > 1 ? side.metrics : [])];
    if (notes.length) node.append(fold("quiet", "How it was scored", make("dl", "facts", ...notes.map(([term, value]) => make("div", "", make("dt", "", term), make("dd", "", value))))));
    return node;
  }
  function vote([judge, about, verdict, reason]) {
    return make("div", "vote", make("p", "", make("b", "", verdict), make("span", "", about), make("span", "", judge)), reason ? make("p", "text", reason) : "");
  }
  function turn(one, index) {
    const acts = (one.acts || []).map((act) => {
      const title = `${act.name || "a call"} gave${act.error ? (act.planted ? " an error, as the item asks" : " an error") : ""}`;
      return make("div", "act" + (act.error ? " failed" : ""), make("b", "", title), make("div", "text code", act.seen || "nothing"), ...(act.faults || []).map((text) => make("p", "fault", text)));
    });
    return make("div", "turn", make("b", "", `turn ${index + 1}`), make("div", "text code", one.says || ""), ...(one.faults || []).map((text) => make("p", "fault", text)), ...acts);
  }
  function said(row, letter, side) {
    const other = letter === "a" ? 1 : -1;
    const pieces = (row.diff || []).filter(([kind]) => kind !== other);
    const marked = (row.diff || []).some(([kind, text]) => kind === 0 && text.trim() !== "");
    if (!pieces.some(([, text]) => text !== "")) return side.calls ? make("span", "") : make("p", "none", "no answer");
    return make("div", "text", ...pieces.map(([kind, text]) => (kind === 0 || !marked ? text : make(kind < 0 ? "del" : "ins", "", text))));
  }
  function check([passed, name, reason, aside]) {
    const glyph = passed === null || passed === undefined ? "–" : passed ? "✓" : "✗";
    const kind = passed === false ? "no" : "";
    return make("li", "", make("span", "mark " + kind, glyph), make("span", kind, name), make("small", "", reason, aside ? ` (${aside})` : ""));
  }
  function toolCall(call) {
    const body = make("div", "text code");
    body.append(...marked(call.raw, call.at));
    const node = make("div", "call", body);
    if (call.fault) node.append(fault(call.fault, call.at !== undefined));
    return node;
  }
  function marked(text, at = -1) {
    if (at < 0) return [text];
    const letters = Array.from(text); // the place counts characters, not halves of them
    const letter = letters[at] || "";
    const sign = { "": "▲", "\n": "⏎\n", " ": "␣" }[letter] || letter;
    return [letters.slice(0, at).join(""), make("mark", "", sign), letters.slice(at + 1).join("")];
  }
  function fault([code, layer, message, excerpt, at], isMarked = false) {
    const near = excerpt && !isMarked ? make("span", "near text code", ...marked(excerpt, at)) : "";
    return make("p", "fault", make("b", "", code), ` (${layer}) ${message}`, near);
  }

  // -- opening, keys, permalinks
  function open(row, scroll = false) {
    view.open = row;
    if (row !== null) view.page = Math.floor(rows.indexOf(row) / PAGE);
    paintList();
    history.replaceState(null, "", row === null ? location.pathname + location.search : "#" + encodeURIComponent(row.key));
    const node = find("list").querySelector(".open");
    if (node === null) return;
    node.firstChild.focus({ preventScroll: true });
    if (scroll) node.scrollIntoView({ block: "start" });
  }
  function step(by) {
    const at = rows.indexOf(view.open);
    const next = at < 0 ? view.page * PAGE : at + by;
    if (next >= 0 && next < rows.length) open(rows[next], true);
  }
  function follow() {
    let key = "";
    try { key = decodeURIComponent(location.hash.slice(1)); } catch { return; }
    const row = data.rows.find((candidate) => candidate.key === key);
    if (row === undefined) return;
    if (!rows.includes(row)) {
      Object.assign(view, { state: "all", task: -1, outcome: "", words: "" });
      find("task").value = "-1";
      find("outcome").value = "";
      find("find").value = "";
      refresh();
    }
    open(row, true);
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement ? document.activeElement.tagName : "");
    if (event.key === "Escape") {
      if (typing) document.activeElement.blur();
      else if (view.open !== null) open(null);
    } else if (!typing && (event.key === "j" || event.key === "k")) {
      step(event.key === "j" ? 1 : -1);
    } else if (!typing && event.key === "/") {
      event.preventDefault();
      find("find").focus();
    }
  });

  // -- controls
  const option = (value, title) => Object.assign(make("option", "", title), { value: String(value) });
  find("task").append(option(-1, "all"), ...data.tasks.map((name, index) => option(index, name)));
  find("task").addEventListener("change", (event) => { view.task = Number(event.target.value); view.page = 0; refresh(); });
  const met = Object.keys(OUTCOMES).filter((name) => data.rows.some((row) => row.a.outcome === name || row.b.outcome === name));
  find("outcome").append(option("", "any"), ...met.map((name) => option(name, name === "ok" ? "complete on both sides" : OUTCOMES[name])));
  find("outcome").addEventListener("change", (event) => { view.outcome = event.target.value; view.page = 0; refresh(); });
  find("order").addEventListener("change", (event) => { view.order = event.target.value; view.page = 0; refresh(); });
  let waiting = 0;
  find("find").addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { view.words = event.target.value.trim().toLowerCase(); view.page = 0; refresh(); }, 100);
  });
  find("controls").addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", follow);
  refresh();
  follow();
  root.dataset.ready = "yes";
})();
