// Which mistake led to a number: see gradviz.mistakes.listing; fits, room and share as in claims.py and chance.py.
const SLACK = 1e-9, SURE = 0.01, EXACT = 12, MOST_ON_A_LATTICE = 0.6;

// A number as it is written, with its decimals; null for anything else.
function read(text) {
  const plain = text.trim().replace(/−/g, "-"), isPercent = plain.endsWith("%");
  if (!/^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?(\s*\/\s*\d+(\.\d+)?)?\s*%?$/i.test(plain)) return null;
  const [upper, lower] = plain.replace("%", "").trim().split("/"), [mantissa, exponent] = upper.toLowerCase().split("e");
  let value = Number(upper), decimals = (mantissa.trim().split(".")[1] || "").length - Number(exponent || 0);
  if (lower !== undefined) [value, decimals] = [value / Number(lower), EXACT];
  if (isPercent) [value, decimals] = [value / 100, decimals + 2];
  return Number.isFinite(value) && Math.abs(decimals) <= 300 ? {value, decimals, unit: 10 ** -decimals} : null;
}

function fits(written, result) {
  const slack = SLACK * Math.max(written.unit, Math.abs(written.value) * 1e-3);
  return Number.isFinite(result) && Math.abs(result - written.value) <= written.unit / 2 + slack;
}

// The step of the numbers that slips lead to: with short inputs most are short.
function lattice(written, results) {
  const finite = results.filter(Number.isFinite);
  for (let decimals = 0; decimals < Math.min(written.decimals, 15); decimals++) {
    const short = finite.filter(r => Math.abs(r * 10 ** decimals - Math.round(r * 10 ** decimals)) < 1e-7);
    if (finite.length && short.length > MOST_ON_A_LATTICE * finite.length) return 10 ** -decimals;
  }
  return written.unit;
}

// The share of the numbers as wrong as this one that mistakes as cheap lead to.
function share(written, truth, cheaper, results) {
  const reach = 2 * Math.abs(written.value - truth), printed = r => Math.round(r / written.unit);
  const size = Math.max(2 * reach / lattice(written, results), 1);
  const near = cheaper.filter(r => Number.isFinite(r) && Math.abs(r - truth) <= Math.max(reach, written.unit));
  const hits = new Set(near.map(printed).filter(p => p !== printed(truth)));
  return Math.min(1, Math.max(hits.size, 1) / size);
}

function namer([slips, steps], functions) {
  return found => (k, text) => {
    const written = read(text), step = steps[k - 1];
    if (!written || !step) return null;
    const [names, told, place] = step;
    const at = name => name[0] === "v" ? found.values[name.slice(1)] : found.steps[name.slice(1)]["ulca".indexOf(name[0])];
    const numbers = names.map(at), truth = numbers[0], results = functions[place](numbers);
    const best = results.findIndex(result => fits(written, result));
    if (best < 0 || fits(written, truth)) return null;
    const [name, says, bits] = slips[told[best]], cheaper = results.filter((_, i) => slips[told[i]][2] <= bits);
    return {name, says, sure: share(written, truth, cheaper, results) <= SURE};
  };
}
