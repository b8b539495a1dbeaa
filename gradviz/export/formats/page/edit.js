/* The page computes: other inputs give other values, gradients, words and formulas. */
const GIVEN = D.given.map(({ value }) => value);
const names = D.given.map(({ node }) => N.get(node)?.name);
const same = (a, b) => Array.isArray(a) ? a.every((v, n) => Object.is(v, b[n])) : Object.is(a, b);
const MOST_FIELDS = 9;
const canEdit = n => live !== null && N.has(D.given[n].node) && !live.fixed.includes(D.given[n].node) && (!D.given[n].shape.length || GIVEN[n].length <= MOST_FIELDS);

/* What the inputs are now, what the program found for them, and how it is told; `before` are earlier inputs. */
let now = structuredClone(GIVEN), found = null, told = null, before = [];
let edited = false;
function compute() {
  if (live === null) return;
  told = tell(live.run(now));
  found = told.found;
  edited = !now.every((value, n) => same(value, GIVEN[n]));
}
compute();
const first = found;

function edit(n, value, { keep = true } = {}) {
  if (!(Array.isArray(value) ? value.every(Number.isFinite) : Number.isFinite(value)) || same(value, now[n])) return;
  if (keep) before.push(structuredClone(now));
  now[n] = value;
  changed();
}
function changed() {
  compute();
  answered?.clear();
  show({ quiet: true });
  const output = found.values[D.output];
  if (typeof output === "number") say(`${t("{name} is {value}.", { name: N.get(D.output)?.name ?? t("The output"), value: told.text(output) })} ${gradients()}`);
}
function gradients() {
  const list = D.given.map(({ node }, n) => [names[n], found.gradients[node]]).filter(([name, g], n) => name && canEdit(n) && typeof g === "number");
  return list.length ? `Gradients: ${list.map(([name, g]) => `${name} ${told.text(g)}`).join(", ")}.` : "";
}
function undo() {
  if (!before.length) { say(t("Nothing was changed.")); return; }
  now = before.pop();
  changed();
}
function reset() {
  if (!edited) return;
  before.push(structuredClone(now));
  now = structuredClone(GIVEN);
  changed();
  say(t("The numbers are as given."));
}

/* A step of descent: every input against its gradient. */
let rate = 0.1;
function descend() {
  if (live === null) return;
  const next = now.map((value, n) => {
    const g = canEdit(n) ? found.gradients[D.given[n].node] : null;
    if (g === null || g === undefined) return value;
    return Array.isArray(value) ? value.map((v, m) => v - rate * g[m]) : value - rate * g;
  });
  if (!next.flat().every(Number.isFinite) || next.every((value, n) => same(value, now[n]))) { say(t("The gradient is 0, or no number: there is nowhere to go.")); return; }
  before.push(structuredClone(now));
  now = next;
  changed();
}

/* A number by the id that the picture has for it, after step k; null for what is no single number. */
const edgeOf = new Map(D.wires.map((wire, n) => [`edge-${wire.join("-")}`, n]));
function arrived(node, k) {
  return D.wires.map(([source], n) => [source, n]).filter(([source, n]) => source === node && D.seed + 1 + n <= k).map(([, n]) => n);
}
function gradientBy(node, k, run = found) {
  if (node === D.output) return k >= D.seed ? run.gradients[node] : null;
  const last = arrived(node, k).at(-1);
  return last === undefined ? null : run.steps[last][3];
}
function cell(value, node, row, column) {
  if (!Array.isArray(value)) return value;
  const columns = D.shapes[node].at(-1) ?? 1;
  return value.length === 1 ? value[0] : row === undefined ? null : value[+row * columns + +column];
}
function numberAt(id, k, run = found) {
  const node = id.match(/^node-(\d+)-(value|gradient)(?:-(\d+)-(\d+))?$/);
  if (node) {
    const value = node[2] === "value" ? run.values[node[1]] : gradientBy(+node[1], k, run);
    return cell(value, node[1], node[3], node[4]);
  }
  const edge = id.match(/^(edge-\d+-\d+-\d+)-(tag-value|contribution|local)(?:-(\d+)-(\d+))?$/);
  if (!edge) return null;
  const n = edgeOf.get(edge[1]), source = edge[1].split("-")[1];
  if (edge[2] === "tag-value") return cell(run.values[source], source, edge[3], edge[4]);
  return n === undefined ? null : cell(run.steps[n][edge[2] === "local" ? 1 : 2], source, edge[3], edge[4]);
}
const isShown = v => typeof v === "number" || typeof v === "boolean";
function textAt(id, k, digits) {
  const note = id.match(/^node-(\d+)-note$/);
  if (note) return noteAt(+note[1], k);
  const value = numberAt(id, k), input = id.match(/^node-(\d+)-value$/);
  if (!isShown(value)) return null;
  return input && !digits && D.given.some(({ node }) => node === +input[1]) ? told.number(`v${input[1]}`, 0) : told.text(value, digits);
}
function noteAt(node, k) {
  const all = arrived(node, Infinity), in_ = arrived(node, k);
  if (all.length < 2 || in_.length < all.length) return null;
  const terms = all.map(n => found.steps[n][2]);
  if (!terms.every(isShown)) return null;
  const text = `Σ ${terms.map((v, n) => n && v < 0 ? `(${told.text(v)})` : told.text(v)).join(" + ")}`;
  return text.length > 22 ? `Σ of ${all.length}` : text;
}

/* The picture with the numbers of now; one that differs from what was given is underlined. */
const RING = 6;
const over = new Set(), own = new Map();
const ownOf = (el, ...attributes) => {
  if (!own.has(el)) own.set(el, Object.fromEntries(attributes.map(name => [name, +el.getAttribute(name)])));
  return own.get(el);
};
function overwrite() {
  for (const el of over) for (const [name, value] of Object.entries(own.get(el) ?? {})) el.setAttribute(name, value);
  picture.elements.forEach((el, e) => over.has(el) && picture.draw(e));
  over.clear();
  if (!edited) return;
  const k = S[at].k;
  for (const [id, el] of picture.byId) {
    const text = el.tagName === "text" ? textAt(id, k) : null;
    if (text === null) continue;
    const room = roomOf(id, el), was = el.textContent;
    over.add(el);
    ownOf(el, "font-size");
    el.textContent = text;
    if (!id.endsWith("-note")) el.classList.toggle("changed", text !== was);
    squeeze(id, el, room, k);
  }
  for (const [id, el] of picture.byId) if (id.endsWith("-ring")) embrace(id, el);
}
function roomOf(id, el) {
  const grid = id.match(/^(node-(\d+)-\w+|(?:edge-(\d+)-\d+-\d+)-[\w-]+?)-\d+-\d+$/), frame = grid && picture.known(`${grid[1]}-frame`);
  if (frame) return frame.getAttribute("width") / (D.shapes[grid[2] ?? grid[3]].at(-1) ?? 1) - 7;
  const trunk = picture.known(id.replace(/-(value|gradient)$/, "-trunk"));
  return Math.max(el.getComputedTextLength(), trunk && trunk !== el && trunk.tagName === "path" ? trunk.getBBox().width : 0, 34);
}
function squeeze(id, el, room, k) {
  const size = ownOf(el)["font-size"], fit = () => {
    const wide = el.getComputedTextLength(), share = Math.max(0.68, Math.min(1, room / wide));
    if (share < 1) el.setAttribute("font-size", size * share);
    return wide * share <= room + 0.5;
  };
  for (const digits of [undefined, 3, 2]) {
    if (digits) { el.setAttribute("font-size", size); el.textContent = textAt(id, k, digits) ?? el.textContent; }
    if (fit()) return;
  }
}
function embrace(id, ring) {
  const text = picture.known(id.replace(/-ring$/, ""));
  if (text?.tagName !== "text" || ring.tagName !== "rect" || !over.has(text)) return;
  const was = ownOf(ring, "x", "width"), box = text.getBBox(), middle = was.x + was.width / 2, width = Math.max(box.width, 8) + RING;
  ring.setAttribute("width", width);
  ring.setAttribute("x", middle - width / 2);
  over.add(ring);
}

/* The words and formulas of a step for the numbers of now; undefined for what was given. */
function retold(place, kind) {
  if (!edited || !["says", "note", "maths"].includes(kind)) return undefined;
  const k = S[place].k;
  if (kind === "maths") return filled(place);
  const text = kind === "says" ? told.sentence(k) : told.note(k);
  if (text === null) {
    const own = listed[place].querySelector(`:scope > .${kind}`)?.textContent ?? "";
    return /\d/.test(own) ? "" : escaped(own);
  }
  return escaped(Object.entries(D.names).reduce((said, [typed, written]) => said.replace(new RegExp(`(?<![\\p{L}\\p{N}_])${RegExp.escape?.(typed) ?? typed}(?![\\p{L}\\p{N}_])`, "gu"), written), text));
}
function filled(place) {
  const k = S[place].k, box = document.createElement("template");
  box.innerHTML = listed[place].querySelector(":scope > .maths")?.innerHTML ?? "";
  all("math", box.content).forEach((part, n) => {
    for (const slot of all("[data-ref]", part)) if (/-(value|gradient|local|contribution)$/.test(slot.dataset.ref) && !refill(slot, k)) { if (n) part.remove(); return; }
    const sign = n && part.querySelector(":scope > mo, :scope > mrow > mo");
    if (n && part.querySelector(".hot") && sign && "=≈→".includes(sign.textContent)) sign.textContent = told.sign(k);
  });
  return box.innerHTML;
}
/* A number of a formula, in brackets where it needs them; false where it cannot be told. */
function refill(slot, k) {
  const ref = slot.dataset.ref, isResult = slot.classList.contains("hot");
  const cells = all("mtd", slot);
  if (cells.length) {
    const value = whole(ref);
    if (!isResult || !Array.isArray(value) || value.length !== cells.length) return false;
    cells.forEach((mtd, n) => { mtd.innerHTML = written(told.text(value[n])); });
    return true;
  }
  const value = ref.endsWith("-gradient") ? found.gradients[ref.split("-")[1]] : numberAt(ref, k);
  if (!isShown(cell(value, ref.split("-")[1], 0, 0))) return false;
  put(slot, isResult ? told.text(cell(value, ref.split("-")[1], 0, 0)) : told.number(short(ref), k));
  return true;
}
const whole = ref => ref.startsWith("node") ? (ref.endsWith("value") ? found.values : found.gradients)[ref.split("-")[1]] : found.steps[edgeOf.get(ref.match(/^edge-\d+-\d+-\d+/)[0])]?.[2];
const short = ref => ref.startsWith("node") ? `${ref.endsWith("value") ? "v" : "g"}${ref.split("-")[1]}` : `${ref.endsWith("local") ? "l" : "c"}${edgeOf.get(ref.match(/^edge-\d+-\d+-\d+/)[0])}`;
function put(slot, text) {
  const frame = slot.closest("[data-level]"), level = +(frame?.dataset.level ?? 0);
  slot.innerHTML = written(text);
  if (!frame || all("[data-ref]", frame).length > 1) return;
  const fence = sign => `<mo stretchy="false" lspace="0" rspace="0">${sign}</mo>`;
  const brackets = (text.startsWith("−") && level > 60) || (/[e/]/.test(text) && level > 70);
  frame.innerHTML = brackets ? `<mrow>${fence("(")}${slot.outerHTML}${fence(")")}</mrow>` : slot.outerHTML;
}
/* A number as MathML, from its text. */
function written(text) {
  const sign = text.startsWith("−") ? "<mo>−</mo>" : "", digits = text.replace(/^−/, ""), power = digits.match(/^([\d.]+)e(.+)$/), parts = digits.match(/^(\d+)\/(\d+)$/);
  if (power) return `${sign}<mn>${power[1]}</mn><mo>·</mo><msup><mn>10</mn><mrow>${written(power[2])}</mrow></msup>`;
  if (parts) return `${sign}<mfrac><mn>${parts[1]}</mn><mn>${parts[2]}</mn></mfrac>`;
  return /^[\d.,]+$/.test(digits) ? `${sign}<mn>${digits}</mn>` : `${sign}<mi>${escaped(digits)}</mi>`;
}

/* A node's numbers in the panel; what they were stands beside them. */
function shown(node, kind) {
  const listedAs = kind === "value" ? node.value : node.gradient;
  if (!edited) return listedAs;
  const value = (kind === "value" ? found.values : found.gradients)[node.id];
  if (isShown(value)) return told.text(value);
  if (!Array.isArray(value)) return listedAs;
  const box = document.createElement("template");
  box.innerHTML = listedAs;
  const cells = all("mtd", box.content);
  if (cells.length !== value.length) return "";
  cells.forEach((mtd, n) => { mtd.innerHTML = written(told.text(value[n])); });
  return box.innerHTML;
}
function was(node, kind) {
  if (!edited) return "";
  const values = run => (kind === "value" ? run.values : run.gradients)[node.id], old = values(first);
  return isShown(old) && !Object.is(old, values(found)) ? `<span class="was">${t("was {value}", { value: told.text(old) })}</span>` : "";
}
/* A path's local gradients with their product, and the sum over all paths, as texts. */
const slopes = way => way.steps.map(k => found.steps[k - D.seed - 1][1]);
const product = way => slopes(way).reduce((value, slope) => value * slope, 1);
function numbersOf(way) {
  if (!edited || !way.numbers) return way.numbers;
  return [slopes(way).map(slope => told.text(slope)), told.text(product(way))];
}
function sumOf(node) {
  if (!edited || !node.sum[1]) return node.sum;
  return ["=", told.text(found.gradients[node.id] / found.gradients[D.output])];
}

/* The inputs as fields. */
function fields(n) {
  const { node, shape } = D.given[n], name = escaped(names[n] ?? "");
  const field = (m, label) => `<input type="number" step="any" data-input="${n}" data-cell="${m}" aria-label="${t("value of {name}", { name: label })}">`;
  if (!shape.length) return field(0, name);
  const columns = shape.at(-1);
  return `<div class="grid" style="grid-template-columns: repeat(${columns}, 1fr)">${GIVEN[n].map((_, m) => field(m, t("{name}, element {number}", { name, number: m + 1 }))).join("")}</div>`;
}
const inputOf = node => D.given.findIndex(given => given.node === node);
function refresh() {
  for (const field of all("[data-input]")) {
    const value = now[field.dataset.input], number = Array.isArray(value) ? value[field.dataset.cell] : value;
    if (document.activeElement !== field) field.value = String(+number.toPrecision(7));
  }
  const button = $("reset");
  if (button) button.disabled = !edited;
}
const nudged = (value, by) => Number((value + by).toFixed(10));
function changeField(field, value) {
  const n = +field.dataset.input;
  edit(n, Array.isArray(now[n]) ? now[n].with(+field.dataset.cell, value) : value);
}
document.addEventListener("input", event => {
  const field = event.target;
  if (field.id === "rate") { if (field.valueAsNumber > 0) rate = field.valueAsNumber; return; }
  if (field.dataset?.input !== undefined && field.value !== "") changeField(field, field.valueAsNumber);
});
document.addEventListener("focusout", event => { if (event.target.dataset?.input !== undefined) refresh(); });
document.addEventListener("keydown", event => {
  const field = event.target, by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (field.dataset?.input === undefined || !by) return;
  event.preventDefault();
  const n = +field.dataset.input, value = Array.isArray(now[n]) ? now[n][field.dataset.cell] : now[n];
  changeField(field, nudged(value, by * (event.shiftKey ? 0.01 : 0.1)));
  field.value = String(Array.isArray(now[n]) ? now[n][field.dataset.cell] : now[n]);
});

/* Dragging a name or an input in the picture changes it. */
document.addEventListener("pointerdown", event => {
  const el = event.target.closest(".live"), node = el && +(el.dataset.node ?? el.dataset.choose), n = el ? inputOf(node) : -1;
  if (n < 0 || !canEdit(n) || Array.isArray(now[n]) || event.button) return;
  const start = now[n], x = event.clientX, kept = structuredClone(now);
  let isDrag = false;
  el.dragged = false;
  const move = moved => {
    const dx = moved.clientX - x;
    if (!isDrag && Math.abs(dx) < 4) return;
    if (!isDrag) { isDrag = el.dragged = true; before.push(kept); }
    edit(n, nudged(start, Math.round(dx / 4) * (moved.shiftKey ? 0.01 : 0.1)), { keep: false });
  };
  const end = () => { removeEventListener("pointermove", move); removeEventListener("pointerup", end); setTimeout(() => { el.dragged = false; }); };
  addEventListener("pointermove", move);
  addEventListener("pointerup", end);
});

/* The inputs in the address. */
const RESERVED = ["k", "node", "numbers", "theme", "predict"];
const keyOf = n => RESERVED.includes(names[n]) ? `in.${names[n]}` : names[n];
function edits() {
  const changed = edited ? D.given.map((_, n) => n).filter(n => names[n] && !same(now[n], GIVEN[n])) : [];
  return { ...Object.fromEntries(changed.map(n => [keyOf(n), String(now[n])])), ...(asking && { predict: 1 }) };
}
function restore(said) {
  predict(said.get("predict") === "1", { quiet: true });
  if (live === null) return;
  now = GIVEN.map((value, n) => {
    const texts = canEdit(n) ? said.get(keyOf(n))?.split(",") : undefined, numbers = texts?.map(text => text.trim() ? Number(text) : NaN);
    if (!numbers || !numbers.every(Number.isFinite) || numbers.length !== (Array.isArray(value) ? value.length : 1)) return structuredClone(value);
    return Array.isArray(value) ? numbers : numbers[0];
  });
  compute();
}
