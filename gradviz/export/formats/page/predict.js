/* Predict: the next number is hidden until it is typed; what is likely wrong is named. */
let asking = false;
const answered = new Set();
const truth = () => S[at].edge ? found?.steps[edgeOf.get(`edge-${S[at].edge.join("-")}`)]?.[2] : S[at].phase === "forward" ? found?.values[S[at].node] : undefined;
const asked = () => asking && live !== null && !answered.has(at) && typeof truth() === "number";

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
  for (const id of S[at].writes ?? []) for (const [key, el] of picture.byId) {
    if (el.tagName !== "text" || !(key === id || key.startsWith(`${id}-`) || key === id.replace(/-gradient$/, "-note"))) continue;
    over.add(el);
    el.textContent = key.endsWith("-note") ? "" : "?";
  }
  all("#formula > math").forEach((part, n) => { if (n) part.remove(); });
  question();
}
function question() {
  if ($("ask").dataset.at === String(at)) return;
  const step = S[at], node = N.get(step.node), to = step.edge && N.get(step.edge[0]);
  $("ask").dataset.at = at;
  $("ask").dataset.hint = "";
  $("question").innerHTML = to ? `What does ${escaped(node?.sign || node?.name || "it")} bring back to ${to.maths}?` : `What is ${node?.maths ?? "it"}?`;
  $("answer").value = "";
  $("verdict").textContent = "";
  $("verdict").className = "";
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
const near = (a, b) => Math.abs(a - b) <= Math.max(1e-9, 5e-4 * Math.abs(b));
$("ask").addEventListener("submit", event => {
  event.preventDefault();
  const value = typed($("answer").value), verdict = $("verdict");
  verdict.className = "no";
  if (Number.isNaN(value)) { verdict.textContent = "A number, please: 2, −0.5 and 1/3 all count."; return; }
  if (near(value, truth())) { right(); return; }
  verdict.textContent = slip(value) ?? "Not that. Which numbers meet here?";
  $("answer").select();
});
function right() {
  answered.add(at);
  show({ quiet: true });
  $("says").textContent = `Right. ${$("says").textContent}`;
  say($("says").textContent);
}
const slip = value => live.slips ? near_slip(value) : undefined;
$("hint").onclick = () => { $("ask").dataset.hint = at; show({ quiet: true }); $("answer").focus(); };
$("reveal").onclick = () => { answered.add(at); show(); };
$("predict").hidden = live === null;
$("predict").onclick = () => predict();
