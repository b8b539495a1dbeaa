// What a step is told in, for the numbers of the moment: see gradviz.story.live.told.
const MOST_DIGITS = 9, MOST_ARRAY_DIGITS = 5, NORMAL = 2 ** -1022;

// The next floats beside one.
function beside(value) {
  if (value === 0) return [-(2 ** -1074), 2 ** -1074];
  bits.setFloat64(0, value);
  const here = bits.getBigInt64(0);
  return [-1n, 1n].map(step => (bits.setBigInt64(0, here + step), bits.getFloat64(0)));
}

function isShort(value) {
  return typeof value !== "boolean" && Number.isFinite(value) && (namedBy(value) <= MOST_DIGITS || typed(value).includes("/"));
}

// With how many digits parts are shown so that a reader's arithmetic gives the result: see gradviz.story.digits.
function enough(parts, result, combine, digits, given) {
  const flat = parts.map(p => [p].flat()), goal = [result].flat(), isArray = [...parts, result].some(Array.isArray);
  const isWhole = p => typeof p === "boolean" || rounded(p, digits) === p, whole = flat.map(p => p.every(isWhole));
  const slack = 1e-9 * Math.max(0, ...flat.flat().map(p => Math.abs(p)).filter(p => p < 1e300));
  const vague = goal.some(v => Math.abs(v) > 0 && Math.abs(v) < NORMAL);
  const each = (part, change) => Array.isArray(part) ? part.map(change) : change(part);
  const gives = (shown, ties) => !vague && [combine(...shown)].flat().every((hand, i) =>
    goal[i] === 0 ? Math.abs(hand) <= slack : roundsTo(hand, goal[i], digits, ties));
  const agrees = (rung, ties) => gives(parts.map((part, i) => each(part, p =>
    typeof p === "boolean" || (given[i] && isShort(p)) ? p : rounded(p, rung))), ties);
  const agreesWhole = ties => !isArray && parts.every((p, i) => given[i] || whole[i]) && gives(parts, ties)
    && parts.every((p, i) => whole[i] || beside(p).every(near => gives(parts.map((q, j) => i === j ? near : q), true)));
  const all = whole.every(Boolean), most = all ? digits : Math.max(digits, isArray ? MOST_ARRAY_DIGITS : MOST_DIGITS);
  for (const ties of [false, true]) {
    for (let rung = digits; rung <= most; rung++) if (agrees(rung, ties)) return {digits: rung, holds: true};
    if (agreesWhole(ties)) return {digits: ALL, holds: true};
  }
  return {digits: isArray ? digits : most, holds: false};
}

// Like Python's: "is 1/7 = 1/7" as "is 1/7".
function once(sentence) {
  return sentence.replace(/(\bis |: )([^=:]+) = \2(?=$|[.,:]? |\.$)/g, "$1$2");
}

// 0 for gradients and contributions that are nothing but rounding: see gradviz.story.rounding.
function settled(found, edges) {
  const uses = {}, new_ = {}, largest = {};
  for (const [source] of edges) uses[source] = (uses[source] || 0) + 1;
  const steps = found.steps.map(step => [...step]), gradients = [...found.gradients];
  edges.forEach(([source, target], i) => {
    if (uses[source] < 2 && !(target in new_)) return;
    const raw = found.steps[i][2], after = uses[source] > 1 ? found.steps[i][3] : raw;
    const brought = new_[target] === 0 ? 0 : raw;
    let total = brought;
    if (uses[source] > 1) {
      if (brought === raw) largest[source] = Math.max(largest[source] || 0, Math.abs(raw));
      const most = largest[source] || 0;
      total = after === after && (most === 0 || isRounding(after, [most])) ? 0 : after;
    }
    steps[i][2] = brought;
    if (total === after || (total !== total && after !== after)) delete new_[source];
    else new_[source] = total;
    steps[i][3] = total;
  });
  for (const node in new_) gradients[node] = new_[node];
  edges.forEach(([, target], i) => { steps[i][0] = gradients[target]; });
  return {...found, steps, gradients};
}

function teller(data, functions) {
  return raw => {  // what the graph gave
    const found = data.shapes.every(s => !s.length) ? settled(raw, data.edges) : raw, known = {};
    const at = name => {
      const [place, element] = name.slice(1).split(".").map(Number), kind = name[0];
      if (element !== undefined) return [found.values[place]].flat()[element];
      return kind === "v" ? found.values[place] : kind === "n" ? Number(found.values[place]) : kind === "g" ? found.gradients[place]
        : found.steps[place][{l: 1, c: 2, a: 3}[kind]];
    };
    const isTyped = name => name[0] === "v" && data.typed.includes(Number(name.slice(1)));
    const before = (step, i) => i ? at(`a${step.before[i - 1]}`) : 0;

    // Whether a sum of two numbers is nothing but rounding.
    const isLeftOver = step => !!step.adds && isRounding(at(`v${step.node}`), step.parts.map(at));

    // By method how many digits a step needs.
    const methods = {
      "": () => ({digits: data.digits, holds: true}),
      f: step => isLeftOver(step) ? methods[""]() : enough(step.parts.map(at), at(`v${step.node}`), functions[step.f], data.digits, step.parts.map(isTyped)),
      m: step => enough(step.pairs.flat().map(at), at(`v${step.node}.0`), sumOfProducts, data.digits, []),
      e: step => step.array ? byHand(step, "e") : enough(found.steps[step.edge].slice(0, 2), at(`c${step.edge}`), (u, l) => u * l, data.digits, []),
      s: step => limited(step, "s", [found.steps[step.edge][0], ...step.parts.map(at)], at(`c${step.edge}`), [false, ...step.parts.map(isTyped)]),
      l: step => "l" in step ? limited(step, "l", step.parts.map(at), at(`l${step.edge}`), step.parts.map(isTyped)) : methods[""](),
      v: step => step.array ? byHand(step, "v") : enough([found.steps[step.edge][0], ...step.parts.map(at)], at(`c${step.edge}`), functions[step.v], data.digits, [false, ...step.parts.map(isTyped)]),
      t: step => total([...step.before, step.edge].map(i => at(`c${i}`)), at(`a${step.edge}`)),
      a: step => total([step.before.length ? at(`a${step.before.at(-1)}`) : 0, at(`c${step.edge}`)], at(`a${step.edge}`)),
    };
    const sumOfProducts = (...v) => v.reduce((sum, a, i) => i % 2 ? sum : sum + a * v[i + 1], 0);
    const byHand = (step, name) => step.small
      ? enough(step.given.map(at), at(`c${step.edge}`), functions[step[name]], data.digits, step.given.map(isTyped)) : methods[""]();
    const total = (terms, sum) => enough(terms, sum, (...v) => v.reduce((a, b) => a + b, 0), data.digits, []);
    const limited = (step, name, parts, result, given) => {
      const written = enough(parts, result, functions[step[name]], data.digits, given), other = step[name + "limit"];
      if (written.holds || other === undefined) return written;
      const limit = enough(parts, result, functions[other], data.digits, given).holds;
      return limit ? {digits: data.digits, holds: false, limit} : written;
    };
    const ask = (k, method) => {
      const step = data.steps[k - 1];
      if ("le".includes(method || "-") && !step.array && !isFinite_(found.steps[step.edge][1])) method = step.method;
      return known[`${k} ${method}`] ??= methods[method](step);
    };
    const UNDERFLOW = "≈ because floats hold no number so small: it becomes 0, by underflow.";
    // Whether a result is 0 only because floats hold nothing so small.
    const vanishes = step => !!step.factors && at(step.way === "forward" ? `v${step.node}` : `c${step.edge}`) === 0
      && step.factors.every(name => Number(at(name)) !== 0) && step.parts.every(name => isFinite_(at(name)));
    const signOf = answer => answer.holds ? "=" : answer.limit ? "→" : "≈";

    const shown = (value, digits, name) => {
      if (typeof value === "boolean") return value ? "1" : "0";
      if (name && isTyped(name) && (isShort(value) || digits === ALL)) return typeset(typed(value));
      return typeset(number(value, digits));
    };
    // What rounding left of a number that is shown as 0.
    const leftOver = (k, name) => {
      const step = data.steps[k - 1];
      if (step.array) return 0;
      if (name === `v${step.node}` && step.way === "forward") return isLeftOver(step) ? at(name) : 0;
      return name[0] === "a" && at(name) === 0 ? raw.steps[name.slice(1)][3] : 0;
    };
    const passed = step => [found.steps[step.edge][1]].flat().filter(v => v !== 0 && v !== null).length;
    // A number that is computed from values, with the digits by which another follows from it.
    const fact = ([names, part, combine, result]) => {
      const values = names.map(at), value = functions[part](...values);
      if (combine === undefined) return shown(value, data.digits);
      const needed = enough([value], functions[result](...values), functions[combine], data.digits, []);
      return `${needed.holds ? "" : "≈ "}${shown(value, needed.digits)}`;
    };
    const counts = {passed: k => passed(data.steps[k - 1]), tied: k => found.cases[k][1], won: k => found.cases[k][2]};
    const shapeOf = name => {
      const place = Number(name.slice(1));
      return data.shapes[name[0] === "v" || name[0] === "g" ? place : data.edges[place][name[0] === "l" ? 1 : 0]];
    };
    // Nested lists on one line.
    const nested = (flat, shape, digits) => {
      if (!shape.length) return shown(flat[0], digits);
      const size = flat.length / shape[0];
      return `[${[...Array(shape[0]).keys()].map(i => nested(flat.slice(i * size, (i + 1) * size), shape.slice(1), digits)).join(", ")}]`;
    };
    const slot = (k, [name, method, brackets], signed = false) => {
      if (name in counts) return String(counts[name](k));
      if (name[0] === "q") return fact(data.facts[name.slice(1)]);
      const step = data.steps[k - 1], digits = ask(k, method).digits;
      if (Array.isArray(at(name))) return nested(at(name), at(name).length === 1 ? [] : shapeOf(name), digits);
      if (name === `v${step.node}.0` && step.pairs && isRounding(at(name), step.pairs.map(p => at(p[0]) * at(p[1])))) return data.nothing;
      const left = leftOver(k, name);
      if (left !== 0) return `0 (${data.rounding}: ${shown(left, Math.min(data.digits, 2))})`;
      const zero = signed && Object.is(at(name), -0);
      const text = zero ? "−0" : signed ? typeset(number(Number(at(name)), data.digits)) : shown(at(name), digits, name);
      const isNegative = text.startsWith("−"), isPower = text.includes("e"), isFraction = text.includes("/");
      if (brackets.includes("^")) {
        if (/^[0-9−]+$/.test(text)) return text.replace(/./g, c => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻");
        return isNegative || isPower || isFraction ? `^(${text})` : `^${text}`;
      }
      const inside = isNegative && brackets.includes("-") || isPower && brackets.includes("e") || isFraction && brackets.includes("/");
      return inside ? `(${text})` : text;
    };
    const fill = (k, pattern, signed) => pattern.map(part =>
      typeof part === "string" ? part : part.length === 1 ? signIn(k, part[0]) : slot(k, part, signed)).join("");
    const signIn = (k, method) => {
      const step = data.steps[k - 1];
      if (step.way === "backward" && !step.array && !isFinite_(found.steps[step.edge][1])) return "=";
      return method === step.method && method !== "e" && vanishes(step) ? "≈" : signOf(ask(k, method));
    };
    // `a + z = 3 + (−1) = 2`; parts that add nothing new are left out.
    const calculated = text => text.replace(/⟪([^¦]*)¦([^¦]*)¦([^¦]*)¦([^¦]*)¦(.)⟫/g, (all, left, rule, filled, value, sign) => {
      const parts = [rule, filled, value].filter((p, i, every) => every.indexOf(p) === i);
      if (filled === rule || filled === value) sign = "=";
      return parts.length > 1 ? `${parts.slice(0, -1).join(" = ")} ${sign} ${parts.at(-1)}` : `${left} = ${parts[0]}`;
    });

    const isFinite_ = value => value === null || Number.isFinite(Number(value));
    // Where the first number that is not finite came from.
    const origin = () => {
      const [given, arisen, arrived] = data.origins, bad = v => ![v].flat().every(isFinite_);
      for (const node of data.leaves) if (bad(found.values[node])) return given.replace("{}", data.names[node]);
      const k = data.steps.findIndex(s => s && (s.way === "forward" ? bad(found.values[s.node]) : s.way === "backward" && bad(found.steps[s.edge][2])));
      return k < 0 ? arrived : arisen.replace("{}", k + 1);
    };
    // Why a number is not finite, as an entry of `whys`: see gradviz.story.reasons.
    const why = step => {
      const ways = data.whys[step.why];
      const back = step.way === "backward", numbers = step.parts.slice(back ? 1 : 0).map(name => Number(at(name)));
      const value = Number(at(`v${step.node}`)), holds = test => step[test] !== undefined && functions[step[test]](...numbers);
      const isNaN_ = numbers.some(v => v !== v), finite = numbers.every(Number.isFinite);
      const cameIn = v => {
        const slot = isNaN_ ? numbers.findIndex(n => n !== n) : numbers.findIndex(n => !Number.isFinite(n));
        return ways[`came in ${v !== v ? "nan" : "inf"} ${slot}`];
      };
      const named = v => v === Infinity ? "inf" : v === -Infinity ? "-inf" : v.toFixed(1).replace("-0.0", "0.0");
      if (!back) {
        if (Number.isFinite(value)) return null;
        if (isNaN_) return cameIn(value);
        if (holds("outside")) return ways.outside;
        if (!finite) return value !== value ? ways["no value"] : cameIn(value);
        if (value !== value) return ways["no value"];
        return ways[`${holds("pole") ? "pole" : "overflow"} ${named(value)}`];
      }
      const [u, l, c] = found.steps[step.edge], local = l === null ? 1 : Number(l);
      if (Number.isFinite(c)) return !Number.isFinite(value) && !isNaN_ && holds("outside") ? ways["no slope"] : null;
      const arrives = () => ways[`arrives ${u !== u ? "nan" : "inf"}`];
      const slope = () => {
        if (local !== local && finite && numbers.every(v => v !== 0)) return ways.unreal;
        if (local !== local) return ways.undefined;
        if (Number.isFinite(local)) return ways.overflow;
        if (holds("pole") || (finite && value !== value)) return ways.pole;
        return finite ? ways.steep : cameIn(local);
      };
      if (Number.isFinite(u) && Number.isFinite(local) && Number.isFinite(u * local)) return null;
      if (u !== u) return arrives();
      if (step.routed) return local === 0 ? null : arrives();
      if (isNaN_) return ways[`operand ${numbers.findIndex(v => v !== v)}`];
      if (holds("outside")) return ways["no slope"];
      if (u !== 0 && Number.isFinite(u)) return slope();
      if (local !== local) return slope();
      if (u * local !== u * local) return ways[`product ${named(u)} ${named(local)}`];
      return arrives();
    };
    // The name of a number by what it is to a step, and texts with such names.
    const role = (step, name) => {
      const operands = step.parts.slice(step.way === "backward" ? 1 : 0);
      return (name === "y" ? `v${step.node}` : operands[name.slice(1)]).replace("n", "v");
    };
    const called = (step, text) => text.replace(/⟬([yx]\d*)⟭/g, (all, name) => data.names[role(step, name).slice(1)]);
    const explained = (step, text) => {
      text = called(step, text);
      if (step.way !== "backward") return text;
      const [u, l] = found.steps[step.edge].map(v => shown(v, data.digits));
      return text.replace("⟬upstream⟭", u).replace("(⟬local⟭)", "⟬local⟭").replace("⟬local⟭", l.startsWith("−") ? `(${l})` : l);
    };
    const isPlain = step => {
      const met = step.way === "forward" ? [at(`v${step.node}`)] : found.steps[step.edge].slice(0, 3);
      return [...step.parts.map(at), ...met].flat().every(v => v === null || typeof v === "boolean" || Number.isFinite(v));
    };
    const many = (count, size) => count === 0 ? "none" : count === size ? "all" : count === 1 ? "one" : "some";
    const way = (k, step) => {
      const [turns, says] = step.says, [kind, ties] = found.cases[k];
      const local = step.way === "forward" ? 1 : found.steps[step.edge][1];
      const turn = {
        tied: many(ties), holds: String(Number(!![found.values[step.condition]].flat()[0])),
        nan: String(Number([found.values[step.node]].flat().some(v => v !== v))),
        passed: step.way === "forward" ? "all" : many(passed(step), [local].flat().length),
      };
      const key = kind => turns.map(name => name === "case" ? kind : turn[name]).join("|");
      return says[key(kind)] ?? says[key("")];
    };

    const sentence = k => {
      if (k === 0) return data.start;
      const step = data.steps[k - 1];
      if (!step) return null;
      if (step.way === "seed") return step.says;
      if (step.array && !isPlain(step)) return null;
      const reason = step.why !== undefined && why(step), pattern = ((step.why !== undefined || isPlain(step)) && way(k, step)) || step.plain, said = [];
      if (!pattern) return null;
      if (!reason || reason[2]) {
        const own = calculated(fill(k, pattern));
        said.push(step.way === "backward" ? once(own) : own);
      }
      if (reason) said.push(explained(step, fill(k, reason[0].map(p => typeof p === "string" ? p : [role(step, p[0]), ...p.slice(1)]), true)));
      if (step.branch) said.push(fill(k, step.branch));
      return said.join(" ");
    };
    const remarks = {"≈": "≈ because the numbers shown are rounded.", "→": "→ because the formula itself is not defined here: this is its limit."};
    const note = k => {
      const step = k ? data.steps[k - 1] : {way: "start"};
      if (!step) return null;
      const said = step.waiting ? [step.waiting] : [], reason = step.why !== undefined && why(step);
      if (reason) said.push(called(step, reason[1]).replace("⟬origin⟭", origin()));
      if (step.parts && !step.array) said.push(vanishes(step) ? UNDERFLOW : remarks[sign(k)]);
      if (step.way === "backward" && !step.array && !ask(k, "a").holds) said.push(remarks["≈"]);
      if (step.branch?.length > 1 && !ask(k, "t").holds) said.push(remarks["≈"]);
      return [...new Set(said.filter(Boolean))].join(" ");
    };
    const answer = k => { const step = k && data.steps[k - 1]; return step && step.parts ? ask(k, step.method) : methods[""](); };
    const sign = k => k && data.steps[k - 1]?.parts && vanishes(data.steps[k - 1]) ? "≈" : signOf(answer(k));
    return {sentence, note, found, sign, digits: k => answer(k).digits, 
      number: (name, k) => shown(at(name), answer(k).digits, name), text: (value, digits = data.digits) => shown(value, digits)};
  };
}
