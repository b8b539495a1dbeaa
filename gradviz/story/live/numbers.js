// Numbers as text, as gradviz.arrays.digits writes them. A page puts this file into a function of its own.
const DIGITS = 4, ALL = 17, PLAIN_BELOW = 1e7, PLAIN_ABOVE = 1e-4, COMPUTED = 15, MOST_WHOLE = 12;
const LARGEST_DENOMINATOR = 1000n, LONGEST_FRACTION = 9, LARGEST_PART = 999n, SLACK = 1e-9, SETTLED = 1e-12, ROUNDING = 8;
let writesFractions = false;  // whether numbers are written as fractions where they are short ones
const bits = new DataView(new ArrayBuffer(8));

// |value| = numerator / denominator, exactly.
function fraction(value) {
  bits.setFloat64(0, Math.abs(value));
  const all = bits.getBigUint64(0), exponent = Number(all >> 52n), mantissa = all & ((1n << 52n) - 1n);
  const whole = exponent ? mantissa | (1n << 52n) : mantissa, shift = (exponent || 1) - 1075;
  return shift < 0 ? [whole, 1n << BigInt(-shift)] : [whole << BigInt(shift), 1n];
}

// A quotient rounded to a whole number, ties to even.
function nearest(numerator, denominator) {
  const whole = numerator / denominator, twice = 2n * (numerator % denominator);
  return twice > denominator || (twice === denominator && whole & 1n) ? whole + 1n : whole;
}

function fixed(value, decimals) {
  const [numerator, denominator] = fraction(value);
  const digits = String(nearest(numerator * 10n ** BigInt(decimals), denominator)).padStart(decimals + 1, "0");
  const cut = digits.length - decimals;
  return (value < 0 ? "-" : "") + digits.slice(0, cut) + (decimals ? "." + digits.slice(cut) : "");
}

function exponential(value, decimals) {
  const [numerator, denominator] = fraction(value);
  const scaled = power => power < 0
    ? [numerator * 10n ** BigInt(-power), denominator]
    : [numerator, denominator * 10n ** BigInt(power)];
  let size = Math.floor(Math.log10(Math.abs(value))) + 1;
  for (let [n, d] = scaled(size); n < d; [n, d] = scaled(size)) size--;
  let digits = String(nearest(...scaled(size - decimals)));
  if (digits.length > decimals + 1) digits = String(nearest(...scaled(++size - decimals)));
  return (value < 0 ? "-" : "") + stripped(digits[0] + (decimals ? "." + digits.slice(1) : "")) + "e" + size;
}

function stripped(text) {
  return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
}

// `digits` significant digits, whole numbers whole, no trailing zeros.
function number(value, digits = DIGITS) {
  if (typeof value === "boolean") return String(value);
  if (value !== value) return "NaN";
  if (Math.abs(value) === Infinity) return value > 0 ? "∞" : "-∞";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < PLAIN_BELOW) return String(value || 0);
  const short = asFraction(value);
  if (short) return short;
  if (digits >= ALL) digits = namedBy(value);
  if (size >= PLAIN_ABOVE && size < PLAIN_BELOW)
    return stripped(fixed(value, Math.max(0, digits - 1 - Math.floor(Math.log10(size)))));
  return exponential(value, digits - 1);
}

// What a finite number is written as where fractions are; empty for what is no short fraction.
function asFraction(value) {
  const size = Math.abs(value);
  if (!writesFractions || size < 1 / Number(LARGEST_PART) || size > Number(LARGEST_PART)) return "";
  const [n, d] = simplest(value, LARGEST_PART);
  const fits = d > 1n && n <= LARGEST_PART && Math.abs(Number(n) / Number(d) - size) <= ROUNDING * Number.EPSILON * size;
  return fits ? `${value < 0 ? "-" : ""}${n}/${d}` : "";
}

// The value as `number` shows it.
function rounded(value, digits) {
  if (value !== value || (Number.isInteger(value) && Math.abs(value) < PLAIN_BELOW) || asFraction(value)) return value;
  return Number(number(value, digits).replace("∞", "Infinity"));
}

// The least number of significant digits that name a finite float.
function namedBy(value) {
  if (value === 0) return 1;
  const digits = Math.max(1, String(Math.abs(value)).split("e")[0].replace(".", "").replace(/^0+|0+$/g, "").length);
  return Number(exponential(value, digits - 1)) === value ? digits : digits + 1;
}

// The nearest fraction with so large a denominator at most (Python's Fraction.limit_denominator).
function simplest(value, most = LARGEST_DENOMINATOR) {
  const [top, bottom] = fraction(value);
  let [n, d] = reduced(top, bottom);
  if (d <= most) return [n, d];
  const whole = n, part = d;
  let [p0, q0, p1, q1] = [0n, 1n, 1n, 0n];
  for (;;) {
    const a = n / d, q2 = q0 + a * q1;
    if (q2 > most) break;
    [p0, q0, p1, q1] = [p1, q1, p0 + a * p1, q2];
    [n, d] = [d, n - a * d];
  }
  const k = (most - q0) / q1;
  return 2n * d * (q0 + k * q1) <= part ? [p1, q1] : [p0 + k * p1, q0 + k * q1];
}

function reduced(n, d) {
  let [a, b] = [n, d];
  while (b) [a, b] = [b, a % b];
  return [n / a, d / a];
}

// As a float was typed: in as few digits as name it, as a fraction where it is the float nearest to a simple one.
function typed(value) {
  if (typeof value === "boolean" || !Number.isFinite(value)) return number(value);
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  if (asFraction(value)) return asFraction(value);
  const digits = namedBy(value), sign = value < 0 ? "-" : "";
  if (digits >= COMPUTED) {
    const [n, d] = simplest(value), text = `${n}/${d}`;
    if (d > 1n && Number(n) / Number(d) === Math.abs(value) && text.length <= LONGEST_FRACTION) return sign + text;
  }
  const text = number(value, digits);
  if (!Number.isInteger(value)) return text;
  const whole = sign + fraction(value)[0] / fraction(value)[1];
  return whole.length <= Math.max(text.length, MOST_WHOLE) ? whole : text;
}

// Whether a number takes so many digits that it was computed, not typed.
function isComputed(value) {
  if (typeof value === "boolean" || !Number.isFinite(value) || value === 0) return false;
  return namedBy(value) >= COMPUTED && !typed(value).includes("/");
}

// Whether a number that a reader works out rounds to what is shown for `shown`; halfway to either, with `ties`.
function roundsTo(value, shown, digits, ties = true) {
  const isWord = typeof value === "boolean" || typeof shown === "boolean";
  if (isWord || !Number.isFinite(value) || !Number.isFinite(shown))
    return number(value, digits) === number(shown, digits);
  const half = 0.5 + (ties ? SLACK : -SLACK);
  return Math.abs(value - rounded(shown, digits)) <= unit(shown, digits) * half;
}

// One unit in the last place of a finite number as `number` shows it.
function unit(value, digits) {
  if (asFraction(value)) return Math.abs(value) * SETTLED;
  const size = value ? Math.floor(Math.log10(Math.abs(value))) : 0, least = Number(`1e${size - digits + 1}`);
  const isPlain = Math.abs(value) < PLAIN_BELOW && (Number.isInteger(value) || Math.abs(value) >= PLAIN_ABOVE);
  return isPlain ? Math.min(1, least) : least;
}

// Whether a sum is nothing but what rounding left of its terms.
function isRounding(result, terms) {
  const largest = Math.max(0, ...terms.map(Math.abs));
  return Number.isFinite(largest) && Math.abs(result) > 0 && Math.abs(result) < 8 * 2 ** -52 * largest;
}

// Proper minus signs for ASCII ones; the hyphen of a word stays.
function typeset(text) {
  return text.replace(/(?<![\p{L}])-|-(?![\p{L}]{2})/gu, "−");
}
