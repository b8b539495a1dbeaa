/* In a frame, the page tells its host where it is and what its inputs are, and goes where the host says. */
const nested = (flat, [size, ...rest]) => size === undefined ? flat[0] : Array.from({ length: size }, (_, n) => {
  const part = flat.length / size;
  return nested(flat.slice(n * part, (n + 1) * part), rest);
});
const inputsNow = () => Object.fromEntries(D.given.map(({ shape }, n) => [names[n], nested([now[n]].flat(), shape)]).filter((_, n) => names[n] && canEdit(n)));
let tells = "";
function tellHost() {
  const state = { step: opened === null ? S[at].k : +opened, inputs: inputsNow() };
  if (parent === window || tells === JSON.stringify(state)) return;
  tells = JSON.stringify(state);
  parent.postMessage({ gradviz: state }, "*");
}
addEventListener("message", ({ source, data }) => {
  if (source !== parent || parent === window || !data?.gradviz) return;
  const { step, inputs: given = {} } = data.gradviz;
  for (const [name, value] of Object.entries(given)) {
    const n = names.indexOf(name), flat = [value].flat(Infinity);
    if (n >= 0 && canEdit(n) && flat.length === [now[n]].flat().length) edit(n, Array.isArray(now[n]) ? flat : flat[0]);
  }
  if (opened !== null && Number.isInteger(step) && step !== +opened) leave();
  if (opened === null && Number.isInteger(step) && step !== S[at].k) goTo(step);
  tells = "";
  tellHost();
});
