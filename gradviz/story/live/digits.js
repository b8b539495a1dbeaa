// With how many digits numbers are shown, and what is nothing but rounding: see gradviz.story.digits and .rounding.
const MOST_DIGITS = 9, MOST_ARRAY_DIGITS = 5, NORMAL = 2 ** -1022;

// The floats beside one.
function beside(value) {
  if (value === 0) return [-(2 ** -1074), 2 ** -1074];
  bits.setFloat64(0, value);
  const here = bits.getBigInt64(0);
  return [-1n, 1n].map(step => (bits.setBigInt64(0, here + step), bits.getFloat64(0)));
}

// Whether a number as it was typed is short enough to be shown so everywhere.
function isShort(value) {
  if (typeof value === "boolean" || !Number.isFinite(value)) return false;
  return namedBy(value) <= MOST_DIGITS || typed(value).includes("/");
}

function isFinite_(value) {
  return value === null || Number.isFinite(Number(value));
}

// With how many digits parts are shown so that a reader's arithmetic gives the result as it is shown. Parts and the
// result are numbers, conditions or flat lists; `given` says which parts somebody typed.
function enough(parts, result, combine, digits, given) {
  const goal = [result].flat(), isArray = [...parts, result].some(Array.isArray);
  const isWhole = p => typeof p === "boolean" || rounded(p, digits) === p;
  const whole = parts.map(p => [p].flat().every(isWhole));
  const slack = 1e-9 * Math.max(0, ...parts.flat().map(p => Math.abs(p)).filter(p => p < 1e300));
  const isVague = goal.some(v => Math.abs(v) > 0 && Math.abs(v) < NORMAL);  // so near to 0 floats have few digits
  const fits = (hand, shown, ties) => shown === 0 ? Math.abs(hand) <= slack : roundsTo(hand, shown, digits, ties);
  const gives = (shown, ties) => [combine(...shown)].flat().every((hand, i) => fits(hand, goal[i], ties));
  const as = (rung, isTyped) => p => typeof p === "boolean" || (isTyped && isShort(p)) ? p : rounded(p, rung);
  const agrees = (rung, ties) => !isVague && gives(parts.map((part, i) => {
    const show = as(rung, given[i]);
    return Array.isArray(part) ? part.map(show) : show(part);
  }), ties);
  const isSteady = i => whole[i] || beside(parts[i]).every(near => gives(parts.map((p, j) => i === j ? near : p), true));
  const agreesWhole = ties => !isArray && !isVague && parts.every((p, i) => given[i] || whole[i])
    && gives(parts, ties) && parts.every((p, i) => isSteady(i));
  const most = whole.every(Boolean) ? digits : Math.max(digits, isArray ? MOST_ARRAY_DIGITS : MOST_DIGITS);
  for (const ties of [false, true]) {
    for (let rung = digits; rung <= most; rung++) if (agrees(rung, ties)) return {digits: rung, holds: true};
    if (agreesWhole(ties)) return {digits: ALL, holds: true};
  }
  return {digits: isArray ? digits : most, holds: false};
}

// What a graph of single numbers gave, with 0 for gradients and contributions that are nothing but rounding.
function settled(found, edges) {
  const uses = {}, changed = {}, largest = {};
  for (const [source] of edges) uses[source] = (uses[source] || 0) + 1;
  const steps = found.steps.map(step => [...step]);
  edges.forEach(([source, target], i) => {
    if (uses[source] < 2 && !(target in changed)) return;
    const raw = found.steps[i][2], after = uses[source] > 1 ? found.steps[i][3] : raw;
    const brought = changed[target] === 0 ? 0 : raw;
    let total = brought;
    if (uses[source] > 1) {
      if (brought === raw) largest[source] = Math.max(largest[source] || 0, Math.abs(raw));
      const most = largest[source] || 0;
      total = after === after && (most === 0 || isRounding(after, [most])) ? 0 : after;
    }
    [steps[i][2], steps[i][3]] = [brought, total];
    if (Object.is(total, after) || total === after) delete changed[source];
    else changed[source] = total;
  });
  const gradients = found.gradients.map((g, node) => node in changed ? changed[node] : g);
  edges.forEach(([, target], i) => { steps[i][0] = gradients[target]; });
  return {...found, steps, gradients};
}
