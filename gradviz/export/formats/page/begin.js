/* The walk that the page is about, and those of the passes that open from it. */
const MAIN = {
  data: JSON.parse($("data").textContent), live, tell, picture: $("graph"), source: $("source").innerHTML, kind: $("app").className,
  steps: $("steps").innerHTML, first: $("steps").start, at: null,
};
const PASSES = new Map(Object.entries(JSON.parse($("passes").textContent)));
let opened = null, playedNow = null;

/* Play a walk from the place where it was left, or from its first or last step. */
function load(walk) {
  play(false);
  if (playedNow) Object.assign(playedNow, { at, kept: picture, chosen });
  playedNow = walk;
  [D, live, tell] = [walk.data, walk.live, walk.tell];
  const isBare = $("app").classList.contains("bare");
  $("app").className = walk.kind;
  if (D.nodes.length) $("app").classList.toggle("bare", isBare && walk !== MAIN && MAIN.data.nodes.length > 0);
  if ($("graph") !== walk.picture) $("stage").replaceChildren(walk.picture);
  if (walk.kept || walk !== MAIN) { $("source").innerHTML = walk.source; $("steps").innerHTML = walk.steps; $("steps").start = walk.first; }
  S = D.steps;
  LAST = S.length - 1;
  listed = all("#steps > li");
  N = new Map(D.nodes.map(node => [node.id, node]));
  T = new Map(S.map((step, place) => [step.k, place]).reverse());  // a question before its answer
  [GIVEN, names] = [D.given.map(({ value }) => value), D.given.map(({ node }) => N.get(node)?.name)];
  edgeOf = new Map(D.wires.map((wire, n) => [`edge-${wire.join("-")}`, n]));
  comes = new Map();
  D.wires.forEach(([from], n) => comes.set(from, [...(comes.get(from) ?? []), n]));
  chosenCell = D.given.map(() => 0);
  [now, before, edited, found, told] = [structuredClone(GIVEN), [], false, null, null];
  compute();
  first = found;
  picture = walk.kept ?? new Picture(walk.picture);
  [at, chosen, drawn, asking] = [walk.at ?? LAST, walk.chosen ?? null, "", false];
  over.clear();
  own.clear();
  answered.clear();
  source = $("source").querySelector(".code")?.textContent;
  $("inputs").innerHTML = $("node").innerHTML = "";
  $("range").max = LAST;
  $("bar").className = LAST > PIECES ? "smooth" : "";
  $("bar").innerHTML = LAST > PIECES ? "" : "<i></i>".repeat(LAST);
  $("numbers").hidden = !D.nodes.length;
  $("predict").hidden = live === null;
  turned = null;
  if (!walk.kept) spots();
  bind();
  help();
  legible();
  heat(printed);
}

/* A pass of a training run as a walk of its own; the page comes back to where it was. */
async function inflated(text) {
  const data = Uint8Array.from(atob(text), letter => letter.charCodeAt());
  return new Response(new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
}
async function enter(pass, then = () => go(0)) {
  if (pass === undefined) return;
  const walk = await inflated(PASSES.get(String(pass))), box = document.createElement("template");
  box.innerHTML = walk.picture;
  opened = String(pass);
  load({ ...walk, picture: box.content.firstElementChild, live: null, tell: null, at: 0 });
  then();
}
function leave() {
  opened = null;
  load(MAIN);
  show();
}
const nearestPass = () => [...PASSES.keys()].map(Number).reduce((best, k) => best === undefined || Math.abs(k - S[at].k) < Math.abs(best - S[at].k) ? k : best, undefined);
function door() {
  const button = $("door"), pass = opened === null ? nearestPass() : opened;
  button.hidden = pass === undefined || !("DecompressionStream" in window);
  button.dataset.action = opened === null ? "into" : "out";
  button.textContent = opened !== null ? t("Back to the training") : pass === S[at].k ? t("Open pass {pass}", { pass }) : t("Open pass {pass}, the nearest in this page", { pass });
}

theme = MAIN.data.theme;
load(MAIN);
if (theme) colour(theme); else $("colours").textContent = t("Colours: auto");
recall();
addEventListener("resize", fit);
addEventListener("hashchange", () => { recall(); show(); });
show({ quiet: true });
