/* The page computes: other inputs give other values, gradients, words and formulas. */
let GIVEN, names;
const same = (a, b) => Array.isArray(a) ? a.every((v, n) => Object.is(v, b[n])) : Object.is(a, b);
/* Larger arrays are changed cell by cell. */
const MOST_FIELDS = 9, MOST_COLUMNS = 4;
const canEdit = n => live !== null && N.has(D.given[n].node) && !live.fixed.includes(D.given[n].node) ;

/* A grid of more than two columns has a row of the table for its values and one for its gradient. */
const isWide = n => n >= 0 && !isLarge(n) && D.given[n].shape.at(-1) > 2;
const isLarge = n => n >= 0 && D.given[n].shape.length > 0 && (GIVEN[n].length > MOST_FIELDS || D.given[n].shape.at(-1) > MOST_COLUMNS);
let chosenCell;
const rowsOf = n => { const columns = D.given[n].shape.at(-1); return [GIVEN[n].length / columns, columns]; };
/* What a place in an array is called. */
const cellName = (n, m) => placeName(D.given[n].shape, m);
function placeName(shape, m) {
  const places = [];
  for (const size of shape.toReversed()) { places.unshift(m % size + 1); m = Math.floor(m / size); }
  const [row, column] = places.slice(-2), several = shape.slice(0, -2).some(size => size > 1);
  return several ? places.join(", ") : shape.length === 1 ? t("element {number}", { number: row }) : t("row {row}, column {column}", { row, column });
}

/* What the inputs are now, what the program found for them, and how it is told; `before` are earlier inputs. */
let now = [], found = null, first = null, told = null, before = [], edited = false;
function compute() {
  if (live === null) return;
  told = tell(live.run(now));
  found = told.found;
  edited = !now.every((value, n) => same(value, GIVEN[n]));
}

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
let edgeOf, comes;
function arrived(node, k) {
  return (comes.get(node) ?? []).filter(n => D.seed + 1 + n <= k);
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
/* Numbers as texts have them: 9·10⁻⁸ for 9e−8. */
const TENS = /([/^]?)([−-]?)(?<![\p{L}\p{N}_.])(\d+(?:\.\d+)?)e([−-]?\d+)(?![A-Za-z_]|\.?\d)([\^⁰¹²³⁴-⁹⁻]?)/gu;
const powers = text => text.replace(TENS, (_, before, sign, digits, exponent, after) => {
  const number = `${sign}${digits}·10${exponent.replace(/./gu, c => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻")}`;
  return before || after ? `${before}(${number})${after}` : number;
});
const text = (value, digits) => powers(told.text(value, digits));
const isShown = v => typeof v === "number" || typeof v === "boolean";
function textAt(id, k, digits) {
  const note = id.match(/^node-(\d+)-note$/);
  if (note) return noteAt(+note[1], k);
  if (id.includes("-caption-")) return captionAt(id, k);
  const value = numberAt(id, k), input = id.match(/^node-(\d+)-value$/);
  if (!isShown(value)) return null;
  return input && !digits && D.given.some(({ node }) => node === +input[1]) ? powers(told.number(`v${input[1]}`, 0)) : text(value, digits);
}
function noteAt(node, k) {
  const all = arrived(node, Infinity), in_ = arrived(node, k);
  if (all.length < 2 || in_.length < all.length) return null;
  const terms = all.map(n => found.steps[n][2]);
  if (!terms.every(isShown)) return null;
  const said = `Σ ${terms.map((v, n) => n && v < 0 ? `(${text(v)})` : text(v)).join(" + ")}`;
  return said.length > 22 ? `Σ of ${all.length}` : said;
}

/* The picture with the numbers of now; one that differs from what was given is underlined. */
const RING = 6;
const over = new Set(), own = new Map();
const ownOf = (el, ...attributes) => {
  if (!own.has(el)) own.set(el, Object.fromEntries(attributes.map(name => [name, el.getAttribute(name)])));
  return own.get(el);
};
function overwrite() {
  for (const el of over) for (const [name, value] of Object.entries(own.get(el) ?? {})) el.setAttribute(name, value);
  picture.elements.forEach((el, e) => over.has(el) && picture.draw(e));
  over.clear();
  if (!edited) return;
  const k = S[at].k;
  for (const [id, el] of picture.byId) {
    const image = el.tagName === "image" ? imageAt(id, el, k) : null, text = el.tagName === "text" ? textAt(id, k) : null;
    if (image) { ownOf(el, "href"); over.add(el); el.setAttribute("href", image); }
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
  const was = ownOf(ring, "x", "width"), box = text.getBBox(), middle = +was.x + was.width / 2, width = Math.max(box.width, 8) + RING;
  ring.setAttribute("width", width);
  ring.setAttribute("x", middle - width / 2);
  over.add(ring);
}

/* The words and formulas of a step for the numbers of now; undefined for what was given. */
function retold(place, kind) {
  if (!edited || !["says", "note", "maths"].includes(kind)) return undefined;
  const k = S[place].k;
  if (kind === "maths") return filled(place);
  const own = kind === "says" ? told.sentence(k) : told.note(k);
  if (own === null) {
    const given = listed[place].querySelector(`:scope > .${kind}`)?.textContent ?? "";
    return /\d/.test(given) ? "" : escaped(given);
  }
  const quoted = name => name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  return escaped(Object.entries(D.names).reduce((said, [typed, written]) => said.replace(new RegExp(`(?<![\\p{L}\\p{N}_])${quoted(typed)}(?![\\p{L}\\p{N}_])`, "gu"), () => written), powers(own)));
}
function filled(place) {
  const k = S[place].k, box = document.createElement("template");
  box.innerHTML = listed[place].querySelector(":scope > .maths")?.innerHTML ?? "";
  all("math", box.content).forEach((part, n) => {
    const isStale = el => !el.closest("[data-ref]") && !el.querySelector("[data-ref]") && el.querySelector("mn, mtext");
    if (n && all(".value, .gradient, .hot", part).some(isStale)) { part.remove(); return; }
    for (const slot of all("[data-ref]", part)) if (/-(value|gradient|local|contribution)(-turned)?$/.test(slot.dataset.ref) && !refill(slot, k)) { if (n) part.remove(); return; }
    const sign = n && part.querySelector(":scope > mo, :scope > mrow > mo");
    if (n && part.querySelector(".hot") && sign && "=≈→".includes(sign.textContent)) sign.textContent = told.sign(k);
  });
  return box.innerHTML;
}
/* A number of a formula, in brackets where it needs them; false where it cannot be told. */
function refill(slot, k) {
  const isTurned = slot.dataset.ref.endsWith("-turned"), ref = refOf(slot), isResult = slot.classList.contains("hot");
  const cells = all("mtd", slot);
  if (cells.length) {
    const value = whole(ref);
    if (!Array.isArray(value) || value.length !== cells.length) return false;
    const rows = all("mtr", slot).length, columns = cells.length / rows, place = n => isTurned ? n % columns * rows + Math.floor(n / columns) : n;
    cells.forEach((mtd, n) => { mtd.innerHTML = written(told.text(value[place(n)], isResult ? undefined : told.digits(k))); });
    return true;
  }
  if (Array.isArray(whole(ref)) && whole(ref).length > 1) {
    slot.innerHTML = `<mtext>${summaryOf(ref)}</mtext>`;
    return true;
  }
  const value = ref.endsWith("-gradient") ? found.gradients[ref.split("-")[1]] : numberAt(ref, k);
  if (!isShown(cell(value, ref.split("-")[1], 0, 0))) return false;
  put(slot, isResult ? told.text(cell(value, ref.split("-")[1], 0, 0)) : told.number(short(ref), k));
  return true;
}
const refOf = slot => slot.dataset.ref.replace(/-turned$/, "");
const whole = ref => ref.startsWith("node") ? (ref.endsWith("value") ? found.values : found.gradients)[ref.split("-")[1]] : found.steps[edgeOf.get(ref.match(/^edge-\d+-\d+-\d+/)[0])]?.[ref.endsWith("local") ? 1 : 2];
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
  if (isShown(value)) return text(value);
  if (!Array.isArray(value)) return listedAs;
  const box = document.createElement("template");
  box.innerHTML = listedAs;
  const cells = all("mtd", box.content), old = first?.[`${kind}s`][node.id];
  if (cells.length !== value.length) return `<small>${D.shapes[node.id].join("×")}</small> ${rangeOf(value)}`;
  cells.forEach((mtd, n) => { mtd.innerHTML = besides(written(told.text(value[n])), old && !Object.is(old[n], value[n]) ? text(old[n]) : ""); });
  return box.innerHTML;
}
/* A number with what it was below it. */
const besides = (maths, old) => old ? `<munder><mrow>${maths}</mrow><mtext class="was">${old}</mtext></munder>` : maths;
function was(node, kind) {
  if (!edited) return "";
  const values = run => (kind === "value" ? run.values : run.gradients)[node.id], old = values(first);
  return isShown(old) && !Object.is(old, values(found)) ? `<span class="was">${t("was {value}", { value: text(old) })}</span>` : "";
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
  return `<div class="grid" style="grid-template-columns: repeat(${columns}, 1fr)">${GIVEN[n].map((_, m) => `<span>${field(m, `${name}, ${cellName(n, m)}`)}<small class="was"></small></span>`).join("")}</div>`;
}
const inputOf = node => D.given.findIndex(given => given.node === node);
function refresh() {
  D.given.forEach((_, n) => isLarge(n) && document.querySelector(`[data-cells="${n}"]`) && refreshLarge(n));
  for (const field of all("[data-input]")) {
    const value = now[field.dataset.input], number = Array.isArray(value) ? value[field.dataset.cell] : value;
    const inGrid = field.parentElement.matches(".grid > span");
    if (document.activeElement !== field) field.value = String(+number.toPrecision(inGrid ? 4 : 7));
    if (!inGrid) continue;
    const old = GIVEN[field.dataset.input][field.dataset.cell];
    field.nextElementSibling.innerHTML = Object.is(old, number) ? "" : `<span class="unseen">${t("was {value}", { value: "" })}</span>${text(old)}`;
  }
  const button = $("reset");
  if (button) button.disabled = !edited;
}
/* How far a key or 4 pixels change a number: a tenth of the power of ten of those that were given. */
const unit = n => { const most = Math.max(...[GIVEN[n]].flat().map(Math.abs)); return most > 0 && most < Infinity ? 10 ** (Math.floor(Math.log10(most)) - 1) : 0.1; };
const nudged = (value, by) => Number((value + by).toPrecision(12));
function changeField(field, value) {
  const n = +field.dataset.input;
  edit(n, Array.isArray(now[n]) ? now[n].with(+field.dataset.cell, value) : value);
}
document.addEventListener("input", event => {
  const field = event.target;
  if (field.id === "rate") { if (field.valueAsNumber > 0) rate = field.valueAsNumber; return; }
  if (field.dataset?.input !== undefined && field.value !== "") changeField(field, field.valueAsNumber);
});
document.addEventListener("focusin", event => {
  const { input, cell } = event.target.dataset ?? {};
  if (input !== undefined) event.target.value = String(Array.isArray(now[input]) ? now[input][cell] : now[input]);
});
document.addEventListener("focusout", event => { if (event.target.dataset?.input !== undefined) refresh(); });
document.addEventListener("keydown", event => {
  const field = event.target, by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (field.dataset?.input === undefined || !by) return;
  event.preventDefault();
  const n = +field.dataset.input, value = Array.isArray(now[n]) ? now[n][field.dataset.cell] : now[n];
  changeField(field, nudged(value, by * unit(n) * (event.shiftKey ? 0.1 : 1)));
  field.value = String(Array.isArray(now[n]) ? now[n][field.dataset.cell] : now[n]);
});

/* Dragging a name or an input in the picture sideways changes it; of an array the element under the pointer. */
function grasped(target, x, y) {
  const box = target.closest("[data-cells]"), el = box ?? target.closest(".live"), n = !el ? -1 : box ? +box.dataset.cells : inputOf(+(el.dataset.node ?? el.dataset.choose));
  if (n < 0 || !canEdit(n)) return null;
  if (!Array.isArray(now[n])) return { el, n, m: null };
  const room = el.getBoundingClientRect(), [rows, columns] = rowsOf(n), within = (at, count) => Math.max(0, Math.min(count - 1, Math.floor(at * count)));
  const m = box ? within((y - room.top) / room.height, rows) * columns + within((x - room.left) / room.width, columns) : elementAt(n, x, y);
  return m === null ? null : { el, n, m };
}
/* A finger that drags a number sideways does not scroll the picture as well. */
let holding = null;
document.addEventListener("touchmove", event => {
  const [{ clientX, clientY }] = event.touches;
  if (holding && event.cancelable && Math.abs(clientX - holding.x) >= Math.abs(clientY - holding.y)) event.preventDefault();
}, { passive: false });
document.addEventListener("pointerdown", event => {
  const held = event.button ? null : grasped(event.target, event.clientX, event.clientY);
  if (!held) return;
  const { el, n, m } = held, start = m === null ? now[n] : now[n][m], x = event.clientX, kept = structuredClone(now);
  let isDrag = false;
  holding = { x, y: event.clientY };
  el.dragged = false;
  if (m !== null && isLarge(n)) chooseCell(n, m);
  const move = moved => {
    const dx = moved.clientX - x;
    if (moved.pointerId !== event.pointerId || !isDrag && Math.abs(dx) < 4) return;
    if (!isDrag) { isDrag = el.dragged = true; before.push(kept); }
    const value = nudged(start, Math.round(dx / 4) * unit(n) * (moved.shiftKey ? 0.1 : 1));
    edit(n, m === null ? value : now[n].with(m, value), { keep: false });
  };
  const ends = ["pointerup", "pointercancel"], end = ({ pointerId }) => {
    if (pointerId !== event.pointerId) return;
    holding = null;
    removeEventListener("pointermove", move);
    ends.forEach(name => removeEventListener(name, end));
    setTimeout(() => { el.dragged = false; });
  };
  addEventListener("pointermove", move);
  ends.forEach(name => addEventListener(name, end));
});

/* The inputs in the address. */
const RESERVED = ["k", "node", "numbers", "pass", "predict", "theme"];
const keyOf = n => RESERVED.includes(names[n]) ? `in.${names[n]}` : names[n];
/* An array as text: all of its elements, or of a large one those that were changed, by their places. */
const packed = n => isLarge(n) ? now[n].map((v, m) => [m, v]).filter(([m, v]) => !Object.is(v, GIVEN[n][m])).map(([m, v]) => `${m}:${v}`).join() : String(now[n]);
function unpacked(n, text) {
  const value = GIVEN[n], number = part => part.trim() ? Number(part) : NaN, parts = text.split(",");
  if (isLarge(n) && text.includes(":")) {
    const pairs = parts.map(part => part.split(":")), made = [...value];
    if (!pairs.every(([m, v, ...more]) => /^\d{1,6}$/.test(m) && +m < value.length && Number.isFinite(number(v ?? "")) && !more.length)) return null;
    for (const [m, v] of pairs) made[+m] = number(v);
    return made;
  }
  const numbers = parts.map(number);
  if (!numbers.every(Number.isFinite) || numbers.length !== [value].flat().length) return null;
  return Array.isArray(value) ? numbers : numbers[0];
}
function edits() {
  const changed = edited ? D.given.map((_, n) => n).filter(n => names[n] && !same(now[n], GIVEN[n])) : [];
  return { ...Object.fromEntries(changed.map(n => [keyOf(n), packed(n)])), ...(asking && { predict: 1 }) };
}
function restore(said) {
  predict(said.get("predict") === "1", { quiet: true });
  if (live === null) return;
  now = GIVEN.map((value, n) => (canEdit(n) && said.has(keyOf(n)) ? unpacked(n, said.get(keyOf(n))) : null) ?? structuredClone(value));
  now.forEach((value, n) => { if (isLarge(n)) chosenCell[n] = Math.max(0, value.findIndex((v, m) => !Object.is(v, GIVEN[n][m]))); });
  compute();
}
