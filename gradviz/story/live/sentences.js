// What a step is told in, for the numbers of the moment: see gradviz.story.live.told.

// Like Python's: "is 1/7 = 1/7" as "is 1/7".
function once(sentence) {
  return sentence.replace(/(\bis |: )([^=:]+) = \2(?=$|[.,:]? |\.$)/g, "$1$2");
}

// `a + z = 3 + (−1) = 2`; parts that add nothing new are left out.
function calculated(text) {
  return text.replace(/⟪([^¦]*)¦([^¦]*)¦([^¦]*)¦([^¦]*)¦(.)⟫/g, (all, left, rule, filled, value, sign) => {
    const parts = [rule, filled, value].filter((part, i, every) => every.indexOf(part) === i), last = parts.pop();
    const equals = filled === rule || filled === value ? "=" : sign;
    return parts.length ? `${parts.join(" = ")} ${equals} ${last}` : `${left} = ${last}`;
  });
}

const sum = (...terms) => terms.reduce((a, b) => a + b, 0);
const sumOfProducts = (...v) => v.reduce((total, a, i) => i % 2 ? total : total + a * v[i + 1], 0);
const many = (count, size) => count === 0 ? "none" : count === size ? "all" : count === 1 ? "one" : "some";
const flag = holds => String(Number(holds));

class Telling {
  // raw  what the graph gave.
  constructor(data, functions, raw) {
    Object.assign(this, {data, functions, raw});
    this.found = data.shapes.every(shape => !shape.length) ? settled(raw, data.edges) : raw;
    this.known = {};
    this.reasons = new Reasons(this);
  }

  // A number by its name: see gradviz.story.live.marked.names.
  at(name) {
    const {values, gradients, steps} = this.found, [place, element] = name.slice(1).split(".").map(Number);
    if (element !== undefined) return [values[place]].flat()[element];
    switch (name[0]) {
      case "v": return values[place];
      case "n": return Number(values[place]);
      case "g": return gradients[place];
      default: return steps[place][{l: 1, c: 2, a: 3}[name[0]]];
    }
  }

  isTyped(name) {
    return name[0] === "v" && this.data.typed.includes(Number(name.slice(1)));
  }

  operands(step) {
    return step.way === "backward" ? step.parts.slice(1) : step.parts;
  }

  // By method the digits that an equation of a step needs.
  needed(step, method) {
    const brought = `c${step.edge}`, arriving = [`g${step.node}`, ...step.parts || []];
    const given = step.array ? step.given : arriving;
    switch (method) {
      case "f": if (step.array) return step.small ? this.enough(given, `v${step.node}`, step.f) : this.usual;
        return this.isLeftOver(step) ? this.usual : this.enough(step.parts, `v${step.node}`, step.f);
      case "m": return this.enough(step.pairs.flat(), `v${step.node}.0`, sumOfProducts);
      case "s": return this.limited(arriving, brought, step.s, step.slimit);
      case "l": return "l" in step ? this.limited(step.parts, `l${step.edge}`, step.l, step.llimit) : this.usual;
      case "v": return step.array && !step.small ? this.usual : this.enough(given, brought, step.v);
      case "e": if (step.array) return step.small ? this.enough(given, brought, step.e) : this.usual;
        return this.enough([`g${step.node}`, `l${step.edge}`], brought, (u, local) => u * local);
      case "t": return this.enough([...step.before, step.edge].map(i => `c${i}`), `a${step.edge}`, sum);
      case "a": return this.added(step);
      default: return this.usual;
    }
  }

  get usual() {
    return {digits: this.data.digits, holds: true};
  }

  enough(names, result, combine) {
    const by = typeof combine === "number" ? this.functions[combine] : combine;
    return enough(names.map(n => this.at(n)), this.at(result), by, this.data.digits, names.map(n => this.isTyped(n)));
  }

  limited(names, result, formula, limit) {
    const written = this.enough(names, result, formula);
    if (written.holds || limit === undefined || !this.enough(names, result, limit).holds) return written;
    return {...this.usual, holds: false, limit: true};
  }

  added(step) {
    const before = step.before.length ? this.at(`a${step.before.at(-1)}`) : 0;
    return enough([before, this.at(`c${step.edge}`)], this.at(`a${step.edge}`), sum, this.data.digits, []);
  }

  step(k) {
    return k ? this.data.steps[k - 1] : null;
  }

  ask(k, method) {
    const step = this.step(k), isSteep = step.way === "backward" && !step.array && !isFinite_(this.at(`l${step.edge}`));
    const asked = isSteep && (method === "l" || method === "e") ? step.method : method;
    return this.known[`${k} ${asked}`] ??= this.needed(step, asked);
  }

  // Whether a result is 0 only because floats hold nothing so small.
  vanishes(step) {
    const result = this.at(step.way === "forward" ? `v${step.node}` : `c${step.edge}`);
    return !!step.factors && result === 0 && step.factors.every(name => Number(this.at(name)) !== 0)
      && step.parts.every(name => isFinite_(this.at(name)));
  }

  // Whether a sum of two numbers is nothing but rounding.
  isLeftOver(step) {
    return !!step.adds && isRounding(this.at(`v${step.node}`), step.parts.map(name => this.at(name)));
  }

  // What rounding left of a number that is shown as 0.
  left(step, name) {
    if (step.array) return 0;
    if (name === `v${step.node}` && step.way === "forward") return this.isLeftOver(step) ? this.at(name) : 0;
    return name[0] === "a" && this.at(name) === 0 ? this.raw.steps[name.slice(1)][3] : 0;
  }

  shown(value, digits = this.data.digits, name = "") {
    if (typeof value === "boolean") return value ? "1" : "0";
    const isTyped = name && this.isTyped(name) && (isShort(value) || digits === ALL);
    return typeset(isTyped ? typed(value) : number(value, digits));
  }

  // Nested lists on one line.
  nested(flat, shape, digits) {
    if (!shape.length) return this.shown(flat[0], digits);
    const [count, ...inner] = shape, size = flat.length / count;
    const rows = [...Array(count).keys()].map(i => this.nested(flat.slice(i * size, (i + 1) * size), inner, digits));
    return `[${rows.join(", ")}]`;
  }

  shape(name) {
    const place = Number(name.slice(1)), {shapes, edges} = this.data;
    return shapes["vg".includes(name[0]) ? place : edges[place][name[0] === "l" ? 1 : 0]];
  }

  passed(step) {
    return [this.at(`l${step.edge}`)].flat().filter(v => v !== 0 && v !== null).length;
  }

  // A number that is computed from values, with the digits by which another follows from it.
  fact([names, part, combine, result]) {
    const values = names.map(name => this.at(name)), value = this.functions[part](...values);
    if (combine === undefined) return this.shown(value);
    const goal = this.functions[result](...values);
    const needed = enough([value], goal, this.functions[combine], this.data.digits, []);
    return `${needed.holds ? "" : "≈ "}${this.shown(value, needed.digits)}`;
  }

  slot(k, [name, method, brackets], isSigned) {
    const step = this.step(k);
    if (name === "passed") return String(this.passed(step));
    if (name === "tied" || name === "won") return String(this.found.cases[k][name === "tied" ? 1 : 2]);
    if (name[0] === "q") return this.fact(this.data.facts[name.slice(1)]);
    const value = this.at(name), {digits} = this.ask(k, method), left = this.left(step, name);
    if (Array.isArray(value)) return this.nested(value, value.length === 1 ? [] : this.shape(name), digits);
    const products = name === `v${step.node}.0` && step.pairs ? step.pairs.map(p => this.at(p[0]) * this.at(p[1])) : [];
    if (isRounding(value, products)) return this.data.nothing;
    if (left !== 0) return `0 (${this.data.rounding}: ${this.shown(left, Math.min(this.data.digits, 2))})`;
    if (!isSigned) return this.bracketed(this.shown(value, digits, name), brackets);
    return this.bracketed(Object.is(value, -0) ? "−0" : this.shown(Number(value)), brackets);
  }

  bracketed(text, brackets) {
    const isRaised = brackets.includes("^");
    if (isRaised && /^[0-9−]+$/.test(text)) return text.replace(/./g, c => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻");
    const has = {"-": text.startsWith("−"), "e": text.includes("e"), "/": text.includes("/")};
    const inside = [..."-e/"].some(kind => has[kind] && (isRaised || brackets.includes(kind))) ? `(${text})` : text;
    return isRaised ? `^${inside}` : inside;
  }

  fill(k, pattern, isSigned = false) {
    return pattern.map(part => typeof part === "string" ? part
      : part.length === 1 ? this.equals(k, part[0]) : this.slot(k, part, isSigned)).join("");
  }

  // The sign before a result that depends on a method.
  equals(k, method) {
    const step = this.step(k), isFirm = step.way === "forward" || step.array || isFinite_(this.at(`l${step.edge}`));
    if (!isFirm) return "=";
    if (method === step.method && method !== "e" && this.vanishes(step)) return "≈";
    const {holds, limit} = this.ask(k, method);
    return holds ? "=" : limit ? "→" : "≈";
  }

  // The name of a number by what it is to a step, and texts with such names.
  role(step, name) {
    return (name === "y" ? `v${step.node}` : this.operands(step)[name.slice(1)]).replace("n", "v");
  }

  called(step, text) {
    return text.replace(/⟬([yx]\d*)⟭/g, (all, name) => this.data.names[this.role(step, name).slice(1)]);
  }

  because(k, pattern) {
    const step = this.step(k);
    const named = pattern.map(p => typeof p === "string" ? p : [this.role(step, p[0]), ...p.slice(1)]);
    const text = this.called(step, this.fill(k, named, true));
    if (step.way === "forward") return text;
    const [u, local] = this.found.steps[step.edge].map(v => this.shown(v));
    const factor = local.startsWith("−") ? `(${local})` : local;
    return text.replace("⟬upstream⟭", u).replace(/\(?⟬local⟭\)?/, factor);
  }

  isFinite(step) {
    const met = step.way === "forward" ? [this.at(`v${step.node}`)] : this.found.steps[step.edge].slice(0, 3);
    return [...step.parts.map(name => this.at(name)), ...met].flat().every(isFinite_);
  }

  // The pattern for the way in which a step turns out.
  way(k, step) {
    const [turns, says] = step.says, [kind, ties] = this.found.cases[k], isForward = step.way === "forward";
    const turn = {
      tied: many(ties), holds: flag(!![this.found.values[step.condition]].flat()[0]),
      nan: flag([this.found.values[step.node]].flat().some(v => v !== v)),
      passed: isForward ? "all" : many(this.passed(step), [this.at(`l${step.edge}`)].flat().length),
    };
    const key = kind => turns.map(name => name === "case" ? kind : turn[name]).join("|");
    return says[key(kind)] ?? says[key("")];
  }

  sentence(k) {
    if (k === 0) return this.data.start;
    const step = this.step(k);
    if (!step) return null;
    if (step.way === "seed") return step.says;
    const isTold = step.why !== undefined || this.isFinite(step), reason = this.reasons.of(step);
    const pattern = (isTold && this.way(k, step)) || step.plain;
    if (!pattern) return null;
    const own = calculated(this.fill(k, pattern)), said = step.way === "backward" ? once(own) : own;
    const parts = reason ? [reason[2] ? said : "", this.because(k, reason[0])] : [said];
    if (step.branch) parts.push(this.fill(k, step.branch));
    return parts.filter(Boolean).join(" ");
  }

  note(k) {
    const step = this.step(k), reason = step && this.reasons.of(step);
    if (!step) return k === 0 ? "" : null;
    const said = [step.waiting], {remarks} = this.data;
    const remedy = reason ? this.called(step, this.data.texts[reason[1]]) : "";
    said.push(remedy.replace("⟬origin⟭", () => this.reasons.origin));
    if (step.parts && (!step.array || step.method)) said.push(this.vanishes(step) ? remarks.underflow : remarks[this.sign(k)]);
    if (step.way === "backward" && !step.array && !this.ask(k, "a").holds) said.push(remarks["≈"]);
    if (step.branch?.length > 1 && !this.ask(k, "t").holds) said.push(remarks["≈"]);
    return [...new Set(said.filter(Boolean))].join(" ");
  }

  digits(k) {
    return this.step(k)?.parts ? this.ask(k, this.step(k).method).digits : this.data.digits;
  }

  sign(k) {
    const step = this.step(k);
    if (!step?.parts) return "=";
    if (this.vanishes(step)) return "≈";
    const {holds, limit} = this.ask(k, step.method);
    return holds ? "=" : limit ? "→" : "≈";
  }

  number(name, k) {
    return this.shown(this.at(name), this.digits(k), name);
  }

  text(value, digits = this.data.digits) {
    return this.shown(value, digits);
  }
}

function teller(data, functions) {
  writesFractions = data.fractions;
  return raw => new Telling(data, functions, raw);
}
