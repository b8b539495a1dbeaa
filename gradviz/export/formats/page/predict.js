/* Predict: the next number is hidden until it is typed; what is likely wrong is named. */
let asking = false;
const answered = new Set();
/* The number that a step is asked for: a value, a contribution, or at a branch the sum after it. */
const edgeAt = () => S[at].edge ? edgeOf.get(`edge-${S[at].edge.join("-")}`) : undefined;
const isLater = () => S[at].edge && arrived(S[at].edge[0], S[at].k).length > 1;
function result() {
  const step = edgeAt() === undefined ? null : found?.steps[edgeAt()];
  if (step) return isLater() ? step[3] : step[2];
  return S[at].phase === "forward" ? found?.values[S[at].node] : undefined;
}
/* Of a small array one element is asked for, another one in each step. */
const MOST_ASKED = 25;
const asksOf = () => S[at].edge ? S[at].edge[0] : S[at].node;
function askedCell() {
  const value = result(), count = Array.isArray(value) && value.length <= MOST_ASKED && value.length;
  return count ? (5 * at + 1) % count : null;
}
function truth() {
  const value = result(), m = askedCell();
  return m === null ? value : value[m];
}
const asked = () => asking && live !== null && !answered.has(at) && Number.isFinite(truth());

function predict(on = !asking, { quiet = false } = {}) {
  if (live === null) return;
  asking = on;
  answered.clear();
  $("ask").dataset.at = "";
  $("predict").setAttribute("aria-pressed", String(on));
  if (quiet) return;
  if (on && at === LAST) at = 0;
  if (on && at === 0) at = 1;
  show({ quiet: !on });
  if (asked()) $("answer").focus();
}

/* What a question hides: the numbers that its step writes, and their notes. */
function hide() {
  const isAsked = asked();
  $("ask").hidden = !isAsked;
  $("says").hidden = $("note").hidden = isAsked;
  $("formula").hidden = isAsked && $("ask").dataset.hint !== String(at);
  if (!isAsked) { if (document.activeElement === $("answer")) $("answer").blur(); return; }
  const cell = cellIds();
  for (const id of S[at].writes ?? []) for (const [key, el] of picture.byId) {
    if (cell && /-\d+-\d+$/.test(key) && !key.endsWith(cell)) continue;
    if (el.tagName !== "text" || !(key === id || key.startsWith(`${id}-`) || key === id.replace(/-gradient$/, "-note"))) continue;
    over.add(el);
    el.textContent = key.endsWith("-note") ? "" : "?";
  }
  all("#formula > math").forEach((part, n) => { if (n) part.remove(); });
  question();
}
/* How the ids of the cells end that a question about an array hides. */
function cellIds() {
  const m = askedCell(), columns = D.shapes[asksOf()]?.at(-1) ?? 1;
  return m === null ? "" : `-${Math.floor(m / columns)}-${m % columns}`;
}
function question() {
  if ($("ask").dataset.at === String(at)) return;
  $("ask").dataset.at = at;
  $("ask").dataset.hint = "";
  const m = askedCell(), cell = m === null ? "" : placeName(D.shapes[asksOf()], m), name = N.get(S[at].node)?.maths ?? t("it");
  $("question").innerHTML = S[at].edge ? cell ? ofCell(S[at], cell) : ofContribution(S[at]) : `${cell ? t("What is {cell} of {name}?", { cell, name }) : t("What is {name}?", { name })} ${rule()}`;
  $("answer").value = "";
  $("verdict").textContent = "";
  $("verdict").className = "";
}
const rule = () => { const [first] = all("#formula > math"); return first ? `<span class="rule">${first.outerHTML}</span>` : ""; };
function ofContribution({ edge: [source, target], k }) {
  const node = N.get(target), to = N.get(source)?.maths ?? t("it"), via = node ? `${escaped(node.sign)} (${node.maths})` : t("it");
  const all = arrived(source, Infinity).length, here = arrived(source, k);
  if (here.length < 2) return t("What does {via} contribute to the gradient of {name}?", { via, name: to }) + (all > 1 ? ` ${t("{name} is used {count} times; this is the first path.", { name: to, count: all })}` : "");
  return t("Back through {via}: the gradient of {name} is {value} so far. What is it after this path ({here} of {count})?", { via, name: to, value: told.text(found.steps[here.at(-2)][3]), here: here.length, count: all });
}
function ofCell({ edge: [source, target], k }, cell) {
  const node = N.get(target), here = arrived(source, k), all = arrived(source, Infinity).length;
  const slots = { cell, name: N.get(source)?.maths ?? t("it"), via: node ? `${escaped(node.sign)} (${node.maths})` : "", here: here.length, count: all };
  if (all === 1) return node ? t("What is {cell} of the gradient of {name}, back through {via}?", slots) : t("What is {cell} of the gradient of {name}?", slots);
  return node ? t("What is {cell} of the gradient of {name} after this path, back through {via} ({here} of {count})?", slots) : t("What is {cell} of the gradient of {name} after this path ({here} of {count})?", slots);
}
/* What is still to come is no number of the panel while one is asked for. */
const isTold = (node, kind) => !asking || at === LAST && !asked() || (kind === "value" ? node.since : node.id === D.output ? D.seed : node.steps.at(-1) ?? 0) < S[at].k + (asked() ? 0 : 1);

/* A number as people type it: 1/3, −0.5, ½, 1,5, 50 %, dx = 5. */
function typed(text) {
  const t = text.replace(/^.*=/, "").replace(/[−–]/g, "-").replace(/½/g, "1/2").replace(/⅓/g, "1/3").replace(/¼/g, "1/4").replace(/\s+/g, "").replace(/^([-+]?\d*),(\d+)/, "$1.$2");
  const percent = t.endsWith("%") ? 100 : 1, [above, below = "1", ...more] = t.replace(/%$/, "").split("/");
  const isNumber = part => /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(part);
  return !more.length && isNumber(above) && isNumber(below) ? above / below / percent : NaN;
}
/* Three digits are enough; fewer are right as far as they go. */
const RELATIVE = 5e-3, ABSOLUTE = 5e-5, NEAR = 0.2, ENOUGH = 3;
const near = (given, right) => Math.abs(given - right) <= Math.max(RELATIVE * Math.abs(right), Math.min(ABSOLUTE, Math.abs(right) / 2 || ABSOLUTE));
function isRough(text, given, right) {
  const parts = text.trim().match(/^[-+−]?(\d*)\.?(\d*)$/);
  if (!parts || !given) return false;
  const digits = (parts[1] + parts[2]).replace(/^0+/, "").length, half = 0.5 * 10 ** -parts[2].length;
  return digits > 0 && digits < ENOUGH && Math.abs(given - right) <= Math.min(half * (1 + 1e-9), NEAR * Math.abs(right));
}
$("ask").addEventListener("submit", event => {
  event.preventDefault();
  const text = $("answer").value, value = typed(text), verdict = $("verdict");
  verdict.className = "no";
  if (Number.isNaN(value)) { verdict.textContent = t("A number, please: 2, −0.5 and 1/3 all count."); return; }
  if (near(value, truth())) { right(); return; }
  verdict.textContent = isRough(text, value, truth()) ? t("{number} is right as far as it goes, but three digits count.", { number: text.trim() }) : slip(text, value);
  $("answer").select();
});
/* What led to a wrong number, as far as its digits tell. */
function slip(text, value) {
  const others = askedCell() === null ? [] : result(), m = others.findIndex((v, n) => n !== askedCell() && near(value, v));
  if (m >= 0) return t("That is {place}.", { place: placeName(D.shapes[asksOf()], m) });
  if (others.length) return near(value, -truth()) ? t("The sign is the other one.") : t("That is not right.");
  if (S[at].edge) {
    const [source] = S[at].edge, all = arrived(source, Infinity), total = found.gradients[source];
    if (arrived(source, S[at].k).length < all.length && near(value, total)) return all.length === 2 ? t("That is already the sum of both paths.") : t("That is already the sum of all {count} paths.", { count: all.length });
  }
  const read = /^[-+−]?[\d.]+$/.test(text.trim()) ? text : String(value);
  const name = live.slips(found)(S[at].k, read);
  return name ? `${name.sure ? "" : t("Perhaps: ")}${name.says}` : t("That is not right.");
}
function right() {
  answered.add(at);
  show({ quiet: true });
  $("says").textContent = `${t("Right.")} ${$("says").textContent}`;
  say($("says").textContent);
}
$("hint").onclick = () => { $("ask").dataset.hint = at; show({ quiet: true }); $("answer").focus(); };
$("reveal").onclick = () => { answered.add(at); show(); };
$("predict").onclick = () => predict();
