/* What the keys do. The table says which key is which action; the names are its names. */
const actions = {
  step: () => go(at + 1),
  step_back: () => go(at - 1),
  node: () => along(1),
  node_back: () => along(-1),
  start: () => go(0),
  end: () => go(LAST),
  loss: () => goTo(D.seed),
  play: () => play(),
  slower: () => faster(1.25),
  faster: () => faster(0.8),
  to_node: () => { const k = N.get(current())?.since; if (k !== undefined) goTo(k || 0); },
  write: () => write(1),
  write_back: () => write(-1),
  choose_left: () => neighbour(-1, 0),
  choose_right: () => neighbour(1, 0),
  choose_up: () => neighbour(0, -1),
  choose_down: () => neighbour(0, 1),
  where_from: () => { bare(false); choose(current(), false); },
  unselect: () => { chosen = null; show({ quiet: true }); },
  edit: () => { bare(false); show({ quiet: true }); (document.querySelector(`[data-row="${current()}"] input`) ?? document.querySelector("[data-input]"))?.select(); },
  undo: () => undo(),
  descend: () => descend(),
  rate: () => { bare(false); $("rate").select(); },
  quiz: () => predict(),
  theme: () => { colour({ "": "dark", dark: "light", light: MAIN.data.theme ? "dark" : "" }[theme]); remember(); },
  into: () => enter(nearestPass()),
  out: () => leave(),
  help: () => $("keys").showModal(),
};
const OF_NODES = ["to_node", "write", "write_back", "where_from", "unselect", "choose_left", "choose_right", "choose_up", "choose_down"];
const OF_PROGRAMS = ["edit", "undo", "descend", "rate", "quiz"];
const offered = action => (live !== null || !OF_PROGRAMS.includes(action)) && (D.loss || !["descend", "rate"].includes(action)) && action in actions && (D.nodes.length > 0 || !OF_NODES.includes(action)) && (action !== "into" || opened === null && PASSES.size > 0) && (action !== "out" || opened !== null) && (action !== "loss" || T.has(D.seed));

/* The node that keys speak of: the chosen one, or else that of the step. */
const current = () => chosen ?? (S[at].edge ? S[at].edge[0] : S[at].node ?? D.output);
function write(way) {
  const steps = N.get(current())?.steps ?? [], k = S[at].k;
  const found = way > 0 ? steps.find(step => step > k) ?? steps[0] : steps.findLast(step => step < k) ?? steps.at(-1);
  if (found !== undefined) goTo(found);
}
function neighbour(dx, dy) {
  const middle = ([x, y, width, height]) => [x + width / 2, y + height / 2], [x, y] = middle(N.get(current())?.box ?? [0, 0, 0, 0]);
  const costs = D.nodes.filter(node => node.id !== current() && node.box).map(node => {
    const [u, v] = middle(node.box), ahead = (u - x) * dx + (v - y) * dy, aside = Math.abs((u - x) * dy) + Math.abs((v - y) * dx);
    return [ahead > 1 ? ahead + 2 * aside : Infinity, node.id];
  });
  const [cost, node] = costs.reduce((a, b) => b[0] < a[0] ? b : a, [Infinity, null]);
  if (cost < Infinity) choose(node, false);
}

const NAMES = { right: "ArrowRight", left: "ArrowLeft", up: "ArrowUp", down: "ArrowDown", space: " ", escape: "Escape", home: "Home", end: "End", enter: "Enter", backspace: "Backspace", tab: "Tab", f1: "F1" };
const bound = new Map();
function bind() {
  bound.clear();
  for (const [action, keys] of D.keys) if (offered(action)) for (const key of keys.split(" ")) {
    const parts = key.split("+"), last = parts.pop() || "+", name = NAMES[last] ?? last;
    bound.set([...parts, name].join("+"), action);
  }
  if (offered("quiz") && !bound.has("q")) bound.set("q", "quiz");
}
function pressed(event) {
  const name = event.key;
  return [event.ctrlKey && "ctrl", event.shiftKey && name.length > 1 && "shift", name].filter(Boolean).join("+");
}
document.addEventListener("keydown", event => {
  if (event.metaKey || event.altKey || $("keys").open) return;
  const field = event.target.closest("input:not([type=range]):not([type=checkbox])");
  if (field) { if (event.key === "Escape") field.blur(); return; }
  const spot = event.target.closest(".spot");
  if (spot && [" ", "Enter"].includes(event.key)) { event.preventDefault(); choose(+spot.dataset.node); return; }
  const action = bound.get(pressed(event));
  if (!action) return;
  if (event.target.closest("button") && [" ", "Enter"].includes(event.key)) return;
  if (event.target.closest("aside, #told") && /^(Arrow(Up|Down)|Home|End)$/.test(event.key)) return;
  if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !$("letters").checked) return;
  event.preventDefault();
  if (action !== "play" && !["slower", "faster"].includes(action)) play(false);
  actions[action]();
});
document.addEventListener("click", event => {
  const button = event.target.closest("[data-action]"), step = event.target.closest("[data-step]"), spot = event.target.closest(".spot"), name = event.target.closest("[data-choose]");
  if (button) { if (button.dataset.action !== "play") play(false); actions[button.dataset.action](); }
  else if (step) { play(false); goTo(+step.dataset.step); }
  else if (opened === null && PASSES.size && event.target.closest("#graph [data-i^=progress-]")) actions.into();
  else if (spot && !spot.dragged) choose(+spot.dataset.node);
  else if (name && !name.dragged) choose(+name.dataset.choose);
  else bringing(event.target);
});
/* A contribution in the picture leads to the step that brings it. */
function bringing(target) {
  const edge = target.closest?.("[data-i^=edge-]")?.dataset.i.match(/^(edge-\d+-\d+-\d+)-contribution/), n = edge && edgeOf.get(edge[1]);
  if (n !== undefined && n !== null) { play(false); goTo(D.seed + 1 + n); }
}
$("range").addEventListener("input", event => { play(false); go(+event.target.value); });
$("help").onclick = actions.help;
$("colours").onclick = actions.theme;
$("numbers").onclick = () => { bare(!$("app").classList.contains("bare")); show({ quiet: true }); };
$("wide").onclick = () => document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen?.().catch(() => {});

/* The dialog lists the keys that mean something here. */
function help() {
  const shown = D.keys.filter(([action, , written, does]) => offered(action) && written && does);
  $("keys").querySelector("dl").innerHTML = shown.map(([, , written, does]) => `<div><dt>${written.split(" ").map(key => `<kbd>${escaped(key)}</kbd>`).join(" ")}</dt><dd>${escaped(does)}</dd></div>`).join("");
  for (const button of all("[data-action]")) {
    const key = D.keys.find(([action]) => action === button.dataset.action);
    if (key) button.title = `${button.getAttribute("aria-label") ?? t("A step on")} (${key[2].split(" ")[0]})`;
  }
  $("help").title = t("All keys (?)");
  $("colours").title = t("Colours (T)");
  $("controls").querySelector("[data-action=loss]").hidden = !offered("loss");
}
