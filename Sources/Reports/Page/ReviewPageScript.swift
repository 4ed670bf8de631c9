// The script of the review page. It speaks to nobody: it reads the blocks of data, draws one document at a
// time, keeps decisions and offers them as a download.
//
// Offsets of evidence count Unicode scalars, which is what iterating over a string yields here; text is set
// as text, never as markup.

/// The page's script.
enum ReviewPageScript {
  static let text = #"""

    "use strict";
    (() => {
      const byId = id => document.getElementById(id);
      const read = id => JSON.parse(byId(id).textContent);
      const index = read("index");
      const decisions = new Map();
      let current = -1, data = null, fields = [], active = -1, byRisk = true, unsaved = false;
      let shown = [], marks = [], alternate = 0;

      // Decisions: kept in the page, and in the browser's store where it lets us.
      const storeName = "quern-review:" + index.length + ":" + (index[0] ? index[0][5] : "");
      let store = null;
      try {
        store = window.localStorage;
        store.setItem(storeName + ":probe", "1");
        store.removeItem(storeName + ":probe");
        for (const line of JSON.parse(store.getItem(storeName) || "[]")) take(line);
      } catch (error) { store = null; }
      function name(record, field) { return record + "\n" + field; }
      function take(line) {
        if (!line || typeof line.record !== "string" || typeof line.field !== "string") return false;
        if (!["accept", "correct", "reject"].includes(line.decision)) return false;
        decisions.set(name(line.record, line.field), line);
        return true;
      }
      function keep() {
        unsaved = true;
        if (!store) return;
        try { store.setItem(storeName, JSON.stringify([...decisions.values()])); }
        catch (error) { store = null; }
      }

      // Small makers of elements.
      function make(tag, className, text) {
        const element = document.createElement(tag);
        if (className) element.className = className;
        if (text !== undefined) element.textContent = text;
        return element;
      }
      function button(text, title, act) {
        const element = make("button", "", text);
        element.title = title;
        element.addEventListener("click", event => { event.stopPropagation(); act(); });
        return element;
      }
      function shownValue(value) {
        if (value === undefined || value === null) return "none";
        return typeof value === "string" ? value : JSON.stringify(value);
      }

      // The list of documents.
      const counts = new Map();
      function count(record) { return counts.get(record) || 0; }
      function recount() {
        counts.clear();
        for (const line of decisions.values()) counts.set(line.record, count(line.record) + 1);
      }
      function stateOf(entry) {
        if (entry[1] !== "ok" && entry[1] !== "partial") return "failed";
        if (entry[4] > 0 && count(entry[5]) >= entry[4]) return "finished";
        return entry[2] ? "review" : "";
      }
      const said = { failed: "not read", finished: "finished", review: "for review", "": "" };
      function drawList() {
        const text = byId("search").value.toLowerCase(), filter = byId("filter").value;
        const list = document.createDocumentFragment(), jump = document.createDocumentFragment();
        shown = [];
        index.forEach((entry, number) => {
          const state = stateOf(entry);
          if (text && !entry[0].toLowerCase().includes(text)) return;
          if (filter === "review" && !entry[2] && state !== "failed") return;
          if (filter === "open" && state === "finished") return;
          shown.push(number);
          const item = make("li"), open = make("button");
          open.dataset.number = number;
          open.append(make("span", "dot " + state), make("span", "name", entry[0]));
          open.title = entry[0] + (said[state] ? ", " + said[state] : "");
          if (number === current) open.setAttribute("aria-current", "true");
          item.append(open);
          list.append(item);
          const choice = make("option", "", entry[0]);
          choice.value = number;
          choice.selected = number === current;
          jump.append(choice);
        });
        byId("list").replaceChildren(list);
        byId("jump").replaceChildren(jump);
      }
      function drawProgress() {
        const finished = index.filter(entry => stateOf(entry) === "finished").length;
        const review = index.filter(entry => stateOf(entry) === "review").length;
        byId("progress").textContent = index.length + " documents, " + finished + " finished, " +
          review + " for review, " + decisions.size + " decisions" + (unsaved ? " not saved" : "");
      }
      function refreshEntry(number) {
        const open = byId("list").querySelector('[data-number="' + number + '"]');
        if (open) open.firstChild.className = "dot " + stateOf(index[number]);
        drawProgress();
      }

      // The fields of a document.
      function exact(literal) {
        const value = Number(literal);
        return String(value) === literal ? value : literal;
      }
      function collect() {
        // Numbers come with their spelling: not every one survives as a number of this language.
        const found = data.leaves.map(([pointer, value, literal]) => literal === undefined
          ? { pointer, value } : { pointer, value: exact(literal), literal });
        const known = data.fields || {}, labels = data.labels || {};
        const present = new Set(found.map(field => field.pointer));
        for (const pointer of Object.keys(known)) {
          if (!present.has(pointer)) found.push({ pointer, value: undefined });
        }
        const reasons = ((data.review || {}).reasons || []).map(String);
        found.forEach((field, order) => {
          const about = known[field.pointer] || {};
          Object.assign(field, { order, p: about.p, status: about.status, raw: about.raw,
            evidence: about.evidence || [], labels: labels[field.pointer],
            alternatives: about.alternatives || [],
            why: reasons.filter(text => text.startsWith(field.pointer + ":"))
              .map(text => text.slice(field.pointer.length + 1).trim()) });
          field.risk = (field.why.length ? 0 : 4) + (field.p === undefined ? 0.9 : field.p) +
            (field.evidence.length || field.value === null ? 0.1 : 0);
        });
        return found;
      }
      function sorted() {
        return byRisk ? [...fields].sort((a, b) => a.risk - b.risk || a.order - b.order) : fields;
      }
      function title(pointer) {
        if (!pointer) return "the whole value";
        return pointer.slice(1).split("/").map(step => step.replaceAll("~1", "/").replaceAll("~0", "~"))
          .map(step => /^\d+$/.test(step) ? String(Number(step) + 1) : step).join(" › ");
      }
      function decisionOf(field) { return decisions.get(name(data.record, field.pointer)); }

      function drawFields() {
        const cards = sorted().map((field, place) => { field.place = place; return card(field); });
        byId("fields").replaceChildren(...cards);
        byId("risk").setAttribute("aria-pressed", byRisk);
        byId("place").setAttribute("aria-pressed", !byRisk);
      }
      function card(field) {
        const box = make("div", "field");
        box.setAttribute("role", "listitem");
        field.box = box;
        fill(field);
        box.addEventListener("click", () => select(field.order, true));
        return box;
      }
      function fill(field) {
        const box = field.box, decision = decisionOf(field), top = make("div", "top");
        box.dataset.decision = decision ? decision.decision : "";
        box.classList.toggle("on", field.order === active);
        top.append(make("span", "path", title(field.pointer)));
        if (field.p !== undefined) {
          const p = make("span", "p" + (field.p < 0.9 ? " low" : ""), (100 * field.p).toFixed(1) + " %");
          p.title = "probability of this text under the schema";
          top.append(p);
        }
        const missing = field.status === "not_found";
        const value = make("div", "value" + (field.value == null ? " none" : ""),
          missing ? "not found" : field.literal || shownValue(field.value));
        const parts = [top, value];
        if (decision && decision.decision === "correct") {
          parts.push(make("div", "corrected", "→ " + shownValue(decision.corrected)));
        }
        if (field.raw && field.raw !== (field.literal || field.value)) {
          parts.push(make("div", "raw", "as written: " + field.raw.replace(/\s+/g, " ")));
        }
        for (const other of field.alternatives) {
          parts.push(make("div", "raw", "elsewhere: " + shownValue(other.value)));
        }
        if (field.labels) {
          const best = field.labels.probabilities.slice().sort((a, b) => b.probability - a.probability);
          parts.push(make("div", "labels", best.slice(0, 3).map(label =>
            shownValue(label.value) + " " + (100 * label.probability).toFixed(0) + " %").join(", ")));
        }
        for (const text of field.why) parts.push(make("div", "why", text));
        const acts = make("div", "acts");
        for (const [word, label, key] of [["accept", "Accept", "a"], ["correct", "Correct", "c"],
          ["reject", "Reject", "r"]]) {
          const act = button(label, label + " (" + key + ")", () => {
            select(field.order, false);
            word === "correct" ? edit(field) : decide(field, word);
          });
          act.setAttribute("aria-pressed", Boolean(decision && decision.decision === word));
          acts.append(act);
        }
        if (field.evidence.length > 1) {
          const more = button(field.evidence.length + " places", "Show the next place (o)", () => {
            if (active !== field.order) select(field.order, true); else nextPlace();
          });
          more.className = "places";
          acts.append(more);
        }
        parts.push(acts);
        box.replaceChildren(...parts);
      }

      function decide(field, decision, corrected) {
        const known = decisionOf(field);
        const line = { v: 1, type: "decision", queue: data.queue, key: data.key, job: data.job,
          record: data.record, document: data.input.sha256, name: data.input.name,
          field: field.pointer, decision, value: field.value === undefined ? null : field.value };
        if (decision === "correct") line.corrected = corrected;
        line.decided = new Date().toISOString();
        decisions.set(name(data.record, field.pointer), line);
        if (!known) counts.set(data.record, count(data.record) + 1);
        keep();
        fill(field);
        refreshEntry(current);
      }
      function undo(field) {
        if (!decisions.delete(name(data.record, field.pointer))) return;
        counts.set(data.record, count(data.record) - 1);
        keep();
        fill(field);
        refreshEntry(current);
      }
      function edit(field) {
        const decision = decisionOf(field), input = make("input");
        const old = decision && "corrected" in decision ? decision.corrected : field.value;
        input.type = "text";
        input.value = old === null || old === undefined ? ""
          : old === field.value && field.literal ? field.literal : shownValue(old);
        input.setAttribute("aria-label", "Correct value of " + title(field.pointer));
        input.addEventListener("click", event => event.stopPropagation());
        input.addEventListener("keydown", event => {
          event.stopPropagation();
          if (event.key === "Escape") { input.blur(); fill(field); }
          if (event.key === "Enter") {
            decide(field, "correct", typed(input.value, field.value));
            step(1);
          }
        });
        field.box.append(input);
        input.focus();
        input.select();
      }
      function typed(text, old) {
        if (typeof old === "string" && !(fields[active] || {}).literal) return text;
        try {
          const value = JSON.parse(text);
          if (value === null || ["number", "boolean"].includes(typeof value)) return value;
        } catch (error) { /* A text, then. */ }
        return text === "" ? null : text;
      }

      // The document with its marks.
      function drawPaper() {
        const paper = byId("paper");
        marks = [];
        if (typeof data.text !== "string") {
          const notes = [make("p", "notice", "The text of this document is not in the page. " +
            "Make it from the results inside their spool, or with --documents.")];
          paper.replaceChildren(...notes);
          return;
        }
        const scalars = Array.from(data.text), edges = new Map();
        const add = (at, field, change) => {
          if (!edges.has(at)) edges.set(at, []);
          edges.get(at).push([field, change]);
        };
        fields.forEach(field => field.evidence.forEach((span, place) => {
          if (!(span.start >= 0 && span.end > span.start && span.end <= scalars.length)) return;
          add(span.start, field.order * 16 + place, 1);
          add(span.end, field.order * 16 + place, -1);
        }));
        const pre = make("pre"), open = new Set();
        let from = 0;
        const flush = to => {
          if (to <= from) return;
          const text = scalars.slice(from, to).join("");
          from = to;
          const first = [...open].filter(id => id % 16 === 0);
          if (!open.size) { pre.append(text); return; }
          // Only the likeliest place of a field is marked until the field is looked at.
          const mark = make(first.length ? "mark" : "span", "", text);
          mark.spans = [...open];
          marks.push(mark);
          pre.append(mark);
        };
        for (const at of [...edges.keys()].sort((a, b) => a - b)) {
          flush(at);
          for (const [id, change] of edges.get(at)) change > 0 ? open.add(id) : open.delete(id);
        }
        flush(scalars.length);
        pre.addEventListener("click", event => {
          const mark = event.target.closest("mark");
          if (!mark) return;
          const own = mark.spans.filter(id => id % 16 === 0).map(id => id >> 4);
          const at = own.indexOf(active);
          select(own[(at + 1) % own.length], false);
          fields[active].box.scrollIntoView({ block: "nearest" });
        });
        paper.replaceChildren(pre);
        // Columns that are made with spaces stay columns: such a text is shrunk or scrolled, not wrapped.
        const lines = data.text.split("\n"), widest = Math.max(...lines.slice(0, 5000).map(l => l.length));
        if (widest <= 200 && lines.filter(line => /\S {3,}\S/.test(line)).length > 2) {
          pre.className = "table";
          const fits = (paper.clientWidth - 40) / widest / 0.605;
          pre.style.fontSize = Math.max(10.5, Math.min(13, fits)) + "px";
        }
      }
      function drawMarks(scroll) {
        let target = null;
        for (const mark of marks) {
          const own = mark.spans.filter(id => id >> 4 === active).map(id => id % 16);
          const on = own.includes(alternate);
          mark.classList.toggle("on", on);
          mark.classList.toggle("also", !on && own.length > 0);
          if (on && !target) target = mark;
        }
        const wide = window.matchMedia("(min-width: 861px)").matches;
        if (scroll && target && wide) target.scrollIntoView({ block: "center", inline: "nearest" });
      }
      function nextPlace() {
        if (active < 0 || !fields[active].evidence.length) return;
        alternate = (alternate + 1) % fields[active].evidence.length;
        drawMarks(true);
      }

      // Moving about.
      function select(order, scroll) {
        const before = fields[active];
        active = order;
        alternate = 0;
        if (before && before.box) before.box.classList.remove("on");
        const field = fields[active];
        if (!field) return;
        field.box.classList.add("on");
        drawMarks(scroll);
      }
      function step(by) {
        const order = sorted(), at = order.findIndex(field => field.order === active);
        const field = order[Math.max(0, Math.min(order.length - 1, at + by))];
        if (!field) return;
        select(field.order, true);
        field.box.scrollIntoView({ block: "nearest" });
      }
      function stepDocument(by) {
        const at = shown.indexOf(current);
        const to = at < 0 ? shown[0] : shown[at + by];
        if (to !== undefined) open(to);
      }
      function open(number) {
        const list = byId("list");
        const old = list.querySelector("[aria-current]");
        if (old) old.removeAttribute("aria-current");
        current = number;
        data = read("d" + number);
        fields = collect();
        active = -1;
        const entry = list.querySelector('[data-number="' + number + '"]');
        if (entry) { entry.setAttribute("aria-current", "true"); entry.scrollIntoView({ block: "nearest" }); }
        byId("jump").value = String(number);
        const about = [make("h2", "", data.input.name)], facts = [data.status];
        if (data.queue) facts.push(data.queue);
        if (data.finish && data.finish !== "stop") facts.push(data.finish.replace("_", " "));
        about.push(make("p", "", facts.join(" · ")));
        const notes = make("ul");
        const named = new Set(fields.map(field => field.pointer));
        for (const text of ((data.review || {}).reasons || []).map(String)) {
          if (!named.has(text.split(":")[0])) notes.append(make("li", "", text));
        }
        for (const check of data.checks || []) {
          if (check.ok === false) {
            notes.append(make("li", "", "check " + check.name + ": " + shownValue(check.left) + " against " +
              shownValue(check.right)));
          }
        }
        if (data.error) notes.append(make("li", "", data.error.message));
        if (notes.firstChild) about.push(notes);
        byId("about").replaceChildren(...about);
        drawFields();
        drawPaper();
        byId("paper").scrollTop = 0;
        byId("side").scrollTop = 0;
        const first = sorted()[0];
        if (first) select(first.order, true);
      }
      function save() {
        const lines = [...decisions.values()].map(line => JSON.stringify(line) + "\n").join("");
        const link = make("a");
        link.href = URL.createObjectURL(new Blob([lines], { type: "application/jsonl" }));
        link.download = "decisions.jsonl";
        document.body.append(link);
        link.click();
        link.remove();
        setTimeout(() => URL.revokeObjectURL(link.href), 10000);
        unsaved = false;
        drawProgress();
      }
      function load(file) {
        file.text().then(text => {
          for (const line of text.split("\n")) {
            try { take(JSON.parse(line)); } catch (error) { /* Not a line of decisions. */ }
          }
          keep();
          recount();
          drawList();
          drawProgress();
          if (data) fields.forEach(fill);
        });
      }

      byId("list").addEventListener("click", event => {
        const entry = event.target.closest("button");
        if (entry) open(Number(entry.dataset.number));
      });
      byId("jump").addEventListener("change", event => open(Number(event.target.value)));
      byId("previous").addEventListener("click", () => stepDocument(-1));
      byId("next").addEventListener("click", () => stepDocument(1));
      byId("search").addEventListener("input", drawList);
      byId("filter").addEventListener("change", drawList);
      byId("save").addEventListener("click", save);
      byId("load").addEventListener("change", event => {
        if (event.target.files[0]) load(event.target.files[0]);
        event.target.value = "";
      });
      byId("keys").addEventListener("click", () => byId("help").showModal());
      byId("risk").addEventListener("click", () => { byRisk = true; drawFields(); });
      byId("place").addEventListener("click", () => { byRisk = false; drawFields(); });
      const acts = {
        j: () => step(1), k: () => step(-1), n: () => stepDocument(1), p: () => stepDocument(-1),
        ArrowDown: () => step(1), ArrowUp: () => step(-1), o: nextPlace, s: save,
        a: () => { if (fields[active]) { decide(fields[active], "accept"); step(1); } },
        r: () => { if (fields[active]) { decide(fields[active], "reject"); step(1); } },
        c: () => { if (fields[active]) edit(fields[active]); },
        u: () => { if (fields[active]) undo(fields[active]); },
        A: () => fields.filter(field => !decisionOf(field)).forEach(field => decide(field, "accept")),
        "/": () => byId("search").focus(), "?": () => byId("help").showModal(),
      };
      document.addEventListener("keydown", event => {
        const isTyping = event.target.closest("input, select, textarea, dialog");
        if (event.key === "Escape" && isTyping) { event.target.blur(); return; }
        if (isTyping || event.ctrlKey || event.metaKey || event.altKey || !acts[event.key]) return;
        event.preventDefault();
        acts[event.key]();
      });
      window.addEventListener("beforeunload", event => {
        if (unsaved && !store) event.preventDefault();
      });

      recount();
      drawList();
      drawProgress();
      byId("kept").textContent = store
        ? "Decisions are kept in this browser until they are saved."
        : "This browser keeps nothing for this page: save before closing it.";
      const wanted = shown.find(number => stateOf(index[number]) === "review");
      if (index.length) open(wanted === undefined ? 0 : wanted);
      document.documentElement.dataset.ready = Math.round(performance.now());
    })();

    """#
}
