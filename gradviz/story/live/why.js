// Why a step brings NaN or an infinity: see gradviz.story.reasons and gradviz.story.live.why.
class Reasons {
  constructor(telling) {
    this.telling = telling;
  }

  // What is said, the place of the remedy among the texts, and whether the op's own sentence comes first; or null.
  of(step) {
    if (step.why === undefined) return null;
    const {data} = this.telling, ways = {...data.common, ...data.whys[step.why]};
    return data.texts[ways[step.way === "forward" ? this.forward(step) : this.backward(step)]] ?? null;
  }

  met(step) {
    const numbers = this.telling.operands(step).map(name => Number(this.telling.at(name)));
    const asked = test => step[test] !== undefined && this.telling.functions[step[test]](...numbers);
    return {
      numbers, value: Number(this.telling.at(`v${step.node}`)), isFinite: numbers.every(Number.isFinite),
      isOutside: asked("outside"), isPole: asked("pole"), nan: numbers.findIndex(v => v !== v),
    };
  }

  forward(step) {
    const {numbers, value, isFinite, isOutside, isPole, nan} = this.met(step);
    if (Number.isFinite(value)) return "";
    if (nan >= 0) return this.cameIn(numbers, value);
    if (isOutside) return "outside";
    if (!isFinite && value === value) return this.cameIn(numbers, value);
    return value !== value ? "no value" : `${isPole ? "pole" : "overflow"} ${this.named(value)}`;
  }

  backward(step) {
    const {numbers, value, isFinite, isOutside, isPole, nan} = this.met(step);
    const [u, l, contribution] = this.telling.found.steps[step.edge], local = l === null ? 1 : Number(l);
    if (Number.isFinite(contribution)) return !Number.isFinite(value) && nan < 0 && isOutside ? "no slope" : "";
    if ([u, local, u * local].every(Number.isFinite)) return "";
    const arrives = `arrives ${u !== u ? "nan" : "inf"}`;
    if (u !== u) return arrives;
    if (step.routed) return local === 0 ? "" : arrives;
    if (nan >= 0) return `operand ${nan}`;
    if (isOutside) return "no slope";
    if (local === local && (u === 0 || !Number.isFinite(u)))
      return u * local !== u * local ? `product ${this.named(u)} ${this.named(local)}` : arrives;
    if (local !== local) return isFinite && numbers.every(v => v !== 0) ? "unreal" : "undefined";
    if (Number.isFinite(local)) return "overflow";
    if (isPole || (isFinite && value !== value)) return "pole";
    return isFinite ? "steep" : this.cameIn(numbers, local);
  }

  cameIn(numbers, value) {
    const nan = numbers.findIndex(v => v !== v), slot = nan >= 0 ? nan : numbers.findIndex(v => !Number.isFinite(v));
    return `came in ${value !== value ? "nan" : "inf"} ${slot}`;
  }

  named(value) {
    return value === Infinity ? "inf" : value === -Infinity ? "-inf" : "0.0";
  }

  // Where the first number that is not finite came from.
  get origin() {
    const {data, found} = this.telling, [given, arisen, arrived] = data.origins;
    const isBad = v => ![v].flat().every(isFinite_);
    for (const node of data.leaves) if (isBad(found.values[node])) return given.replace("{}", () => data.names[node]);
    const k = data.steps.findIndex(step => step && step.way !== "seed"
      && isBad(step.way === "forward" ? found.values[step.node] : found.steps[step.edge][2]));
    return k < 0 ? arrived : arisen.replace("{}", k + 1);
  }
}
