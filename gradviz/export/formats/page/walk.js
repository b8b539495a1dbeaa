/* The walk: the picture at every step, what is said, and going through it. */
const $ = id => document.getElementById(id);
const all = (query, root = document) => [...root.querySelectorAll(query)];
/* A text of the page's own in the reader's language, with what its slots stand for. */
const t = (text, slots = {}) => (MAIN.data.words?.[text] ?? text).replace(/\{(\w+)\}/g, (slot, name) => slots[name] ?? slot);
const COLOURS = { "": "Colours: auto", light: "Colours: light", dark: "Colours: dark" };

/* The walk that is played, see begin.js: its data, its steps and the place of the last, its list, its nodes and the places of steps by their numbers. */
let D, S, LAST, listed, N, T, picture;

/* The picture: a step changes the roles and the texts of a few elements. */
class Picture {
  constructor(svg) {
    this.elements = [...svg.querySelector("#items, .items").children];
    this.byId = new Map();
    this.place = LAST;
    this.now = this.elements.map(() => [0, 0]);
    this.back = D.frames.map(frame => frame.map(([e, role, text = 0]) => {
      const before = this.now[e];
      this.now[e] = [role, text];
      return [e, ...before];
    }));
    this.elements.forEach((el, e) => this.now[e][0] && this.byId.set(el.dataset.i, el));
  }
  to(place) {
    const changed = new Set();
    const apply = changes => changes.forEach(([e, role, text = 0]) => { this.now[e] = [role, text]; changed.add(e); });
    while (this.place < place) apply(D.frames[++this.place]);
    while (this.place > place) apply(this.back[this.place--]);
    for (const e of changed) this.draw(e);
    this.byId.clear();
    this.elements.forEach((el, e) => this.now[e][0] && this.byId.set(el.dataset.i, el));
  }
  draw(e) {
    const el = this.elements[e], [role, text] = this.now[e];
    el.setAttribute("class", D.roles[role]);
    if (el.tagName === "text") el.textContent = text ? D.texts[text] : "";
  }
  known(id) { return this.byId.get(id); }
}

/* Of a walk that is too large for one picture, the window of this step. */
let turned = null;
function turn() {
  const view = D.windows?.at[at];
  if (view === undefined || turned === view) return;
  turned = view;
  const [width, height, boxes] = D.windows.views[view];
  $("graph").setAttribute("viewBox", `0 0 ${width} ${height}`);
  for (const node of D.nodes) node.box = boxes[node.id];
  spots();
  legible();
}

/* How high the picture must be for its numbers to be read: on a phone, and elsewhere. */
function legible() {
  const sizes = picture.elements.filter((el, e) => el.tagName === "text" && (!D.windows || picture.now[e][0]) && /value|gradient|ink/.test(el.getAttribute("class"))).map(el => +el.getAttribute("font-size")).sort((a, b) => a - b);
  const [, , width, height] = $("graph").getAttribute("viewBox").split(" ").map(Number), number = sizes[sizes.length >> 1] ?? 14;
  for (const [name, size] of [["phone", 12.5], ["screen", 6.5]]) {
    $("graph").style.setProperty(`--${name}`, `${Math.ceil(height * size / number)}px`);
    $("graph").style.setProperty(`--${name}-wide`, `${Math.ceil(width * size / number)}px`);
  }
}

/* Where the walk is: `at` counts the pictures, `S[at].k` is the number of the step. */
let at = 0, chosen = null, timer = 0, pace = 1900;

/* What a step says: its words as they are listed, or for the numbers of now; `plain` without markup. */
const words = (place, kind) => retold(place, kind) ?? listed[place].querySelector(`:scope > .${kind}`)?.innerHTML ?? "";
const plain = (place, kind) => {
  const box = document.createElement("template");
  box.innerHTML = words(place, kind);
  return box.content.textContent;
};

function show({ moved = false, quiet = false } = {}) {
  const step = S[at];
  picture.to(at);
  turn();
  overwrite();
  $("graph").classList.toggle("moving", moved);
  $("heading").textContent = listed[at].querySelector(".place b").textContent;
  $("count").textContent = listed[at].querySelector(".place span").textContent;
  $("range").value = at;
  $("range").setAttribute("aria-valuetext", plain(at, "place"));
  bar();
  speak();
  hide();
  light(step);
  panel();
  door();
  all("#controls button:not(#door)").forEach(button => {
    const action = button.dataset.action, back = /back|start/.test(action);
    button.disabled = action === "loss" ? !T.has(D.seed) : action !== "play" && (back ? at === 0 : at === LAST);
  });
  follow();
  remember();
  tellHost();
  if (!quiet) say(asked() ? `${plain(at, "place")}. ${$("question").textContent}` : `${plain(at, "place")}. ${plain(at, "says")} ${plain(at, "note")}`);
}

function speak() {
  $("says").textContent = plain(at, "says");
  $("note").textContent = plain(at, "note");
  const beside = plain(at, "beside");
  $("formula").innerHTML = words(at, "maths");
  if (beside) {
    const span = document.createElement("span");
    span.className = "beside";
    span.textContent = beside;
    $("formula").append(span);
  }
  fit();
  link();
  for (const box of [$("stage"), $("told"), $("formula"), $("source")]) {
    const scrolls = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
    if (scrolls) box.tabIndex = 0; else box.removeAttribute("tabindex");
  }
}

/* A large formula is written smaller, and without the numbers put in where it still does not fit. */
const SIZES = [21, 18, 15.5, 13.5];
function fit() {
  const box = $("told"), formula = $("formula"), parts = [...formula.children];
  const fits = () => box.scrollHeight <= box.clientHeight + 1 && formula.scrollWidth <= formula.clientWidth + 1;
  formula.style.fontSize = "";
  if (getComputedStyle($("controls")).position === "fixed" || fits()) return;
  for (const size of SIZES.slice(1)) {
    formula.style.fontSize = `${size}px`;
    if (fits()) return;
  }
  for (const part of parts.slice(1, -1)) {
    part.style.display = "none";
    if (fits()) return;
  }
}

/* The part of the expression that is at work. */
let source;
function light(step) {
  if (source !== undefined) {
    const [before, length] = step.at ?? [0, 0], code = $("source").querySelector(".code"), mark = document.createElement("mark");
    mark.textContent = source.slice(before, before + length);
    code.replaceChildren(source.slice(0, before), ...(length ? [mark] : []), source.slice(before + length));
    if (length) code.scrollTop = Math.max(0, mark.offsetTop - code.offsetTop - code.clientHeight + mark.offsetHeight);
    return;
  }
  all("#source [data-ref]").forEach(el => el.classList.toggle("now", step.k > 0 && step.node !== undefined && el.dataset.ref === `node-${step.node}`));
}

/* The bar: a piece a step, or a smooth one for long walks. */
const PIECES = 60;
function bar() {
  const pieces = $("bar").children;
  if (LAST > PIECES) {
    const counts = {};
    for (let place = 1; place <= at; place++) counts[S[place].phase] = (counts[S[place].phase] ?? 0) + 1;
    $("bar").innerHTML = Object.entries(counts).map(([phase, n]) => `<i class="${phase}" style="width:${100 * n / LAST}%"></i>`).join("");
    return;
  }
  for (let n = 0; n < pieces.length; n++) pieces[n].className = n + 1 > at ? "" : n + 1 === at ? "now" : S[n + 1].phase;
}

/* On a phone the picture scrolls itself so that the step is in sight. */
function follow() {
  const stage = $("stage");
  if (stage.scrollWidth <= stage.clientWidth && stage.scrollHeight <= stage.clientHeight) return;
  const el = (S[at].writes ?? []).flatMap(id => [id, `${id}-frame`, `${id}-0-0`]).map(id => picture.known(id)).find(Boolean);
  if (!el) return;
  const box = el.getBoundingClientRect(), room = stage.getBoundingClientRect();
  stage.scrollBy(box.left + box.width / 2 - room.left - room.width / 2, box.top + box.height / 2 - room.top - room.height / 2);
}

let saying = 0;
function say(text) {
  clearTimeout(saying);
  saying = setTimeout(() => { $("say").textContent = text; }, 60);
}

/* Going. */
function go(place, options) {
  const from = at;
  at = Math.max(0, Math.min(LAST, place));
  show({ moved: at !== from, ...options });
}
const goTo = k => go(T.get(k) ?? nearest(k));
const nearest = k => S.reduce((best, step, place) => Math.abs(step.k - k) < Math.abs(S[best].k - k) ? place : best, 0);
const group = place => S[place]?.group;
function along(way) {
  let place = at + way;
  if (way > 0) while (place < LAST && group(place + 1) === group(place)) place++;
  else while (place > 0 && group(place) === group(place + 1)) place--;
  go(place);
}
function play(on = !timer) {
  clearInterval(timer);
  timer = 0;
  if (on) {
    if (at === LAST) go(0);
    timer = setInterval(() => { if (at === LAST || asked()) play(false); else go(at + 1); }, pace);
  }
  $("play").classList.toggle("playing", on);
  $("play").setAttribute("aria-label", on ? t("Pause") : t("Play"));
}
function faster(by) { pace = Math.max(200, Math.min(8000, pace * by)); if (timer) play(true); say(t("A step every {count} seconds.", { count: (pace / 1000).toFixed(1) })); }

/* The place in the walk, and the rest of the page's state, are in the address. Browsers refuse more
   than about six changes a second, so the last of many follows after a moment. */
const PAUSE = 160;
let theme = "", address = "", pause = 0, isLate = false;
function remember() {
  if (pause) { isLate = true; return; }
  setAddress();
  pause = setTimeout(() => { pause = 0; if (isLate) { isLate = false; remember(); } }, PAUSE);
}
function setAddress() {
  const said = { ...(opened !== null && { pass: opened }), k: S[at].k, ...(chosen !== null && { node: N.get(chosen).name }), ...($("app").classList.contains("bare") && D.nodes.length && { numbers: 0 }), ...(theme !== MAIN.data.theme && { theme }), ...edits() };
  const hash = `#${new URLSearchParams(said)}`;
  if (hash === address) return;
  address = hash;
  try { history.replaceState(null, "", hash); } catch { /* a frame without an address of its own */ }
}
function recall() {
  if (location.hash === address || location.hash.length < 2) return;
  const said = new URLSearchParams(location.hash.slice(1)), pass = PASSES.has(said.get("pass")) ? said.get("pass") : null;
  if (pass === null) { if (opened !== null) leave(); take(said); }
  else if (opened === pass) take(said);
  else { if (opened === null) at = T.get(+pass) ?? at; enter(pass, () => { take(said); show({ quiet: true }); }); }
}
function take(said) {
  const k = said.get("k");
  if (k !== null && /^\d{1,9}$/.test(k)) at = T.get(+k) ?? nearest(+k);
  chosen = D.nodes.find(node => node.name === said.get("node"))?.id ?? null;
  if (D.nodes.length) bare(said.get("numbers") === "0");
  if (["dark", "light"].includes(said.get("theme"))) colour(said.get("theme"));
  restore(said);
}
function bare(on) {
  $("app").classList.toggle("bare", on);
  $("numbers").setAttribute("aria-pressed", String(!on));
}
function colour(to) {
  theme = to;
  if (to) document.documentElement.dataset.theme = to; else delete document.documentElement.dataset.theme;
  $("colours").textContent = t(COLOURS[to]);
  heat();
}
const darkens = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => !printed && (theme ? theme === "dark" : darkens.matches);
let printed = false;
function heat(print = false) {
  printed = print;
  const [light, dim] = D.heat, [from, to] = isDark() ? [light, dim] : [dim, light];
  for (const el of all("[data-heat]")) {
    const name = el.hasAttribute("src") ? "src" : "href";
    el.setAttribute(name, el.getAttribute(name).replace(from, to));
  }
  for (const kept of own.values()) if (kept.href) kept.href = kept.href.replace(from, to);
}
darkens.addEventListener("change", () => heat());
