/* The panel of a node: its numbers, what it receives, and the whole chain rule over its paths. */
const escaped = text => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
const tag = k => `<span class="tag">${t("step {number}", { number: k })}</span>`;
const hereAt = k => S[at].k === k ? " here" : "";

let drawn = "";
function panel() {
  if (!D.nodes.length) return;
  inputs();
  all(".spot").forEach(el => {
    el.classList.toggle("chosen", +el.dataset.node === chosen);
    el.setAttribute("aria-pressed", String(+el.dataset.node === chosen));
  });
  const html = chosen === null ? `<p class="small">${t("Click a number's node in the picture, or Tab to it and press Enter: its chain rule appears here.")}</p>` : ofNode(N.get(chosen));
  if (html === drawn) return;
  const here = document.activeElement?.closest?.("#node button"), place = here && all("#node button").indexOf(here);
  $("node").innerHTML = drawn = html;
  if (here) all("#node button")[place]?.focus();
}

function ofNode(node) {
  const value = `${t("value")} <b class="value">${isTold(node, "value") ? shown(node, "value") : "?"}</b>`, gradient = node.gradient && ` ${t("gradient")} <b class="gradient">${isTold(node, "gradient") ? shown(node, "gradient") : "?"}</b>`;
  let html = `<h2>${node.maths}<span class="facts">${value}${gradient}</span></h2><p class="facts">${escaped(node.kind)}</p>`;
  if (node.since) html += `<button type="button" class="jump${hereAt(node.since)}" data-step="${node.since}">${t("value: step {number}", { number: node.since })}</button>`;
  if (node.id === D.output && node.gradient) html += `<button type="button" class="jump${hereAt(D.seed)}" data-step="${D.seed}">${t("gradient: step {number}", { number: D.seed })}</button>`;
  if (!isTold(node, "gradient")) return `${html}<p class="small">${t("Its paths show themselves once its gradient is told.")}</p>`;
  if (node.steps.length) {
    html += `<h3>${node.steps.length === 1 ? t("Its gradient comes in one step") : t("Used {count} times: {count} contributions add up", { count: node.steps.length })}</h3>`;
    for (const k of node.steps) html += part(k);
  }
  return html + ways(node);
}

/* A contribution, as its step tells it. */
function part(k) {
  const place = T.get(k);
  if (place === undefined) return "";
  return `<button type="button" class="path${hereAt(k)}" data-step="${k}" data-lit="${k}">${tag(k)}<span class="maths">${words(place, "maths")}</span><small>${words(place, "says")}</small></button>`;
}

const stops = way => way.steps.map(k => D.wires[k - D.seed - 1]).flatMap(([from, to], n) => n ? [to] : [from, to]).map(node => N.get(node)?.name ?? "a constant");
const MOST_FACTORS = 7;
const joined = (parts, sign) => parts.join(`<mo>${sign}</mo>`);
const inner = maths => maths.replace(/<\/?math>/g, "");
const partial = (of, by) => `<mfrac><mrow><mo>∂</mo>${of}</mrow><mrow><mo>∂</mo>${by}</mrow></mfrac>`;
const slopeOf = k => { const [from, to] = D.wires[k - D.seed - 1].map(node => inner(N.get(node)?.maths ?? "")); return partial(to, from); };
const inBrackets = text => /^−|[e/]/.test(text) ? `<mrow><mo stretchy="false" lspace="0" rspace="0">(</mo>${written(text)}<mo stretchy="false" lspace="0" rspace="0">)</mo></mrow>` : `<mrow>${written(text)}</mrow>`;

/* A path: the product of its local gradients in letters and in numbers; of arrays and of long paths what it passes. */
function equation(way) {
  const numbers = numbersOf(way), result = numbers ? `<math><mo>=</mo><mrow class="hot">${written(numbers[1])}</mrow></math>` : "";
  if (!numbers || way.steps.length > MOST_FACTORS) {
    const passed = stops(way);
    if (passed.length > MOST_FACTORS + 1) passed.splice(3, passed.length - 6, "…");
    return `<span>${escaped(passed.join(" → "))}</span> ${result}`;
  }
  const factors = numbers[0].map((text, n) => `<mrow class="gradient">${n ? inBrackets(text) : written(text)}</mrow>`);
  const filled = factors.length > 1 ? `<math><mo>=</mo>${joined(factors, "·")}</math>` : "";
  return `<math>${joined(way.steps.map(slopeOf), "·")}</math> ${filled} ${result}`;
}
function total(node) {
  const [sign, text] = sumOf(node);
  if (!text) return "";
  const products = node.ways.map(way => numbersOf(way)?.[1]), adds = products.length > 1 && products.every(Boolean);
  const terms = joined(products.map((product, n) => `<mrow class="gradient">${n ? inBrackets(product ?? "") : written(product ?? "")}</mrow>`), "+");
  return `<math>${partial(inner(D.loss), inner(node.maths))}<mo>${adds ? "=" : sign}</mo>${adds ? `${terms}</math> <math><mo>${sign}</mo>` : ""}<mrow class="hot">${written(text)}</mrow></math>`;
}

function ways(node) {
  if (!node.count) return "";
  const count = node.count.toLocaleString("en"), output = N.get(D.output).name;
  let html = `<h3>${t(node.count === 1 ? "The whole chain rule: one path to {output}" : "The whole chain rule: {count} paths to {output}", { count, output: escaped(output) })}</h3>`;
  for (const way of node.ways) html += `<button type="button" class="path" data-lit="${way.steps.join(" ")}"><span class="unseen">${t("Path {nodes}: ", { nodes: escaped(stops(way).join(", ")) })}</span><span class="maths">${equation(way)}</span></button>`;
  const sum = total(node);
  return sum ? `${html}<p class="total">${sum}</p>` : html;
}

/* All inputs with their numbers; where the page computes, they are fields. */
function inputs() {
  const rows = D.nodes.filter(node => node.input || node.id === D.output);
  if (!$("inputs").childElementCount) {
    const row = node => {
      const n = inputOf(node.id), field = n >= 0 && canEdit(n) && node.id !== D.output;
      if (field && isLarge(n)) return largeRow(n, node);
      const drags = field && !D.given[n].shape.length ? " live" : "";
      const wide = field && isWide(n), next = wide ? `</tr><tr class="wide"><td></td>` : "", across = wide ? ` colspan="2"` : "";
      return `<tr data-row="${node.id}"><th scope="row"><button type="button" class="name${drags}" data-choose="${node.id}" aria-label="${escaped(node.name)}">${node.maths}</button></th><td${across} class="values">${field ? fields(n) : ""}<span></span></td>${next}<td${across} data-slope="${node.id}"></td></tr>`;
    };
    const tools = live === null ? "" : `<p class="small"><button type="button" id="reset">${t("As given")}</button>${D.loss && `<button type="button" id="descend">${t("Descend")}</button><label>${t("by")} <input type="number" id="rate" step="any" min="0" value="${rate}" aria-label="${t("step size of a descent")}"></label>`}</p><p class="small">${D.given.some(({ shape }, n) => shape.length && canEdit(n)) ? t("Type a value, press ↑ ↓, or drag a name or a cell.") : t("Type a value, press ↑ ↓, or drag a name.")}</p>`;
    $("inputs").innerHTML = `<table><thead><tr><td></td><th scope="col">${t("value")}</th><th scope="col">${D.loss && t("gradient of {name}", { name: D.loss })}</th></tr></thead><tbody>${rows.map(row).join("")}</tbody></table>${tools}`;
    if (live !== null) $("reset").onclick = reset;
    if (live !== null && D.loss) $("descend").onclick = descend;
  }
  for (const node of rows) {
    if (isLarge(inputOf(node.id)) && document.querySelector(`[data-row="${node.id}"]`).matches(".large")) continue;
    const value = document.querySelector(`[data-row="${node.id}"] .values`), gradient = document.querySelector(`[data-slope="${node.id}"]`), n = inputOf(node.id), isField = value.querySelector("input") !== null;
    const brief = kind => !isTold(node, kind) ? "?" : edited || isWide(n) ? shown(node, kind) : kind === "value" ? node.brief : node.brief_gradient;
    value.querySelector(":scope > span").innerHTML = isField ? was(node, "value") : `<b class="value">${brief("value")}</b>${was(node, "value")}`;
    gradient.innerHTML = node.gradient ? `<b class="gradient">${brief("gradient")}</b>${isTold(node, "gradient") ? was(node, "gradient") : ""}` : "";
  }
  refresh();
}

function choose(node, toggle = true) {
  chosen = toggle && chosen === node ? null : node;
  show({ quiet: true });
  const found = N.get(chosen);
  if (found) say(t("{name}: value {value}. The panel shows its paths.", { name: found.name, value: found.says }));
}

/* What belongs together lights up: a number of a formula and its twin in the picture, the wires of a path. */
function twins(ref) {
  if (!ref) return [];
  const el = picture.known(ref);
  if (el) return [el];
  const edge = ref.match(/^edge-(\d+)-\d+-\d+-contribution$/);
  return edge ? [picture.known(`node-${edge[1]}-gradient`)].filter(Boolean) : [];
}
function link() {
  all("#formula [data-ref]").forEach(el => {
    const others = () => [el, ...twins(refOf(el)), ...all(`[data-i^="${refOf(el)}-"]`, $("graph"))];
    el.onmouseenter = () => others().forEach(one => one.classList.add("twin"));
    el.onmouseleave = () => all(".twin").forEach(one => one.classList.remove("twin"));
  });
}
function together(steps) {
  all(".together").forEach(el => el.classList.remove("together"));
  for (const k of steps) {
    const wire = D.wires[k - D.seed - 1];
    if (!wire) continue;
    for (const id of [`edge-${wire.join("-")}-wire`, `edge-${wire.join("-")}-trunk`, `node-${wire[0]}-trunk`]) picture.known(id)?.classList.add("together");
  }
}
/* The steps on all paths from a node to the output. */
function onward(node) {
  const seen = new Set(), found = [], waiting = [node];
  while (waiting.length) {
    const source = waiting.pop();
    if (seen.has(source)) continue;
    seen.add(source);
    D.wires.forEach(([from, to], n) => { if (from === source) { found.push(D.seed + 1 + n); waiting.push(to); } });
  }
  return found;
}
for (const [enter, leave] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
  document.addEventListener(enter, event => {
    const path = event.target.closest?.("[data-lit]"), spot = event.target.closest?.(".spot");
    if (path) together(path.dataset.lit.split(" ").map(Number));
    else if (spot) together(onward(+spot.dataset.node));
  });
  document.addEventListener(leave, event => { if (event.target.closest?.("[data-lit], .spot")) together([]); });
}

/* Every node is a button over its place in the picture. */
function spots() {
  const svg = $("graph"), layer = document.createElementNS(svg.namespaceURI, "g");
  svg.querySelector("#spots")?.remove();
  layer.id = "spots";
  for (const node of D.nodes) {
    if (!node.box) continue;
    const spot = document.createElementNS(svg.namespaceURI, "g"), box = document.createElementNS(svg.namespaceURI, "rect");
    const [x, y, width, height] = node.box;
    for (const [name, value] of Object.entries({ x, y, width, height, rx: 9 })) box.setAttribute(name, value);
    for (const [name, value] of Object.entries({ class: `spot${node.input ? " input" : ""}${inputOf(node.id) >= 0 && canEdit(inputOf(node.id)) ? " live" : ""}`, role: "button", tabindex: 0, "aria-pressed": false, "data-node": node.id, "aria-label": t("{name}, {kind}, value {value}", { name: node.name, kind: node.kind, value: node.says }) })) spot.setAttribute(name, value);
    spot.append(box);
    layer.append(spot);
  }
  svg.append(layer);
}
