// Reads answers as `gradviz exam grade` does; what cannot be read throws an Error that says why.
const RAISED = Object.fromEntries([...'⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ˣʸⁿ'].map((c, i) => [c, '0123456789+-()xyn'[i]]));
const SAID = {cdot: '*', times: '*', div: '/', partial: '∂', sigma: 'σ', approx: '='};
function plainly(text) {
  text = text.replace(/[¼-¾⅐-⅞]/g, c => ' ' + c.normalize('NFKC'));
  text = text.replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ˣʸⁿ]+/g, s => '^(' + [...s].map(c => RAISED[c]).join('') + ')');
  text = text.replace(/[\uff01-\uff5e]/g, c => String.fromCharCode(c.charCodeAt(0) - 0xfee0));
  text = text.replace(/[\u2212\u2010-\u2014\u02d7\ufe63\u2796]/g, '-').replace(/[\u00b7\u00d7\u2217\u22c5\u2219\u2022\u2715\u2a2f]/g, '*');
  text = text.replace(/[\u2044\u2215\u00f7]/g, '/').replace(/[\u2032\u200b-\u200f\ufeff\u00ad\u2061\u2062]/g, '');
  text = text.replace(/[\u2248\u2243\u2245]/g, '=').replace(/\u02c6/g, '^').replace(/\p{Zs}/gu, ' ').trim().replace(/[.;!]+$/, '');
  text = text.replace(/\\[()[\]]|\$/g, '').replace(/\\(?:left|right|displaystyle|quad|qquad|[,;:!> ])(?![a-zA-Z])/g, '');
  for (let before = ''; text !== before;) {
    before = text;
    text = text.replace(/\\(?:operatorname\*?|mathrm|text|mathbf|mathit)\s*\{([^{}]*)\}/g, '$1').replace(/\^\s*\{([^{}]*)\}/g, '^($1)')
      .replace(/\\sqrt\s*\{([^{}]*)\}/g, 'sqrt($1)').replace(/\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}/g, '(($1)/($2))')
      .replace(/\\[dt]?frac\s*(\d)\s*(\d)/g, '($1/$2)');
  }
  return text.replace(/\\([A-Za-z]+)/g, (all, name) => SAID[name] || name).trim();
}
function digits(text) {
  const commas = text.split(',').length - 1, points = text.split('.').length - 1;
  if (commas && points) return [text.lastIndexOf(',') > text.lastIndexOf('.') ? text.replace(/\./g, '').replace(',', '.') : text.replace(/,/g, '')];
  if (commas > 1) return [text.replace(/,/g, '')];
  return [text.replace(',', '.'), ...(/^[1-9]\d{0,2},\d{3}$/.test(text) ? [text.replace(',', '')] : [])];
}
const PLAIN = '\\d{1,12}(?:[.,]\\d{1,12})?', TEN = '10\\s*(?:\\^|\\*\\*)\\s*\\(?[+-]?\\d{1,2}\\)?';
const DIGITS = "\\d{1,15}(?:[.,]\\d{0,15}|(?:,\\d{3})+(?:\\.\\d{0,15})?|(?:\\.\\d{3})+,\\d{0,15}|(?:[ '’_]\\d{3})+(?:[.,]\\d{0,15})?)?|[.,]\\d{1,15}";
const NUMBER = new RegExp(`^(?<sign>[+-]?)\\s*(?:(?:(?<whole>\\d{1,6})\\s+)?(?<top>${PLAIN})\\s*/\\s*(?<bottom>[+-]?\\s*${PLAIN})` +
  `|(?:(?<digits>${DIGITS})(?:[eE](?<power>[+-]?\\d{1,2}))?(?:\\s*[*x]\\s*(?<ten>${TEN}))?|(?<alone>${TEN})))` +
  `\\s*(?<unit>\\p{L}{1,12}[²³]?(?:\\s?[/*]?\\s?\\p{L}{1,12}[²³]?){0,2}|[%°])?$`, 'u');
function oneNumber(side) {
  let text = side.trim(), before = '';
  if (/[)\d]\s*\(|\)\s*\d/.test(text)) throw Error('This is a product, not a number.');
  while (text !== before) [before, text] = [text, text.replace(/\(\s*([+-]?[\d.,/ ]+)\s*\)/g, '$1').trim()];
  const found = (NUMBER.exec(text) || {}).groups;
  if (!found) throw Error('This is not a number.');
  const sign = found.sign === '-' ? -1 : 1, plain = text => Number(text.replace(/\s/g, '').replace(',', '.'));
  if (found.top) {
    if (plain(found.bottom) === 0) throw Error('This divides by 0.');
    return [sign * (Number(found.whole || 0) + plain(found.top) / plain(found.bottom))];
  }
  const ten = (found.ten || found.alone || '').match(/[+-]?\d+(?=\)?$)/), power = Number(found.power || 0) + (ten ? Number(ten[0]) : 0);
  const all = digits((found.digits || '1').replace(/[ '’_]/g, '')).map(d => sign * Number(d + 'e' + power));
  return found.unit === '%' ? [...all, ...all.map(v => v / 100)] : all;
}
function numbers(text) {
  const sides = plainly(text).split(/[=:~]/), found = oneNumber(sides.pop());
  sides.forEach((side, place) => {
    let other;
    try { other = oneNumber(side); } catch (error) {
      if (place || (side.trim() && !/[\p{L}∂]/u.test(side))) throw error;
      return;  // the prompt
    }
    if (!found.some(a => other.some(b => Math.abs(a - b) <= Math.max(1, Math.abs(a)) / 50))) throw Error('These are two numbers.');
    found.push(...other);
  });
  return found;
}
function matrix(text) {
  if (/\\begin/.test(text)) text = text.replace(/\\(?:begin|end)\s*\{(?:\w*matrix|array)\}(?:\{\w*\})?/g, '').replace(/\\\\/g, ';').replace(/&/g, ', ');
  text = plainly(text).replace(/^(?=[^=:]*\p{L})[^[\]=:;,]{0,60}[=:]\s*(?=\S)/u, '');
  const wrapper = /^(?:(?:np|numpy|torch|jnp|tf)\.)?(?:array|tensor|matrix|asarray|Matrix)\s*\(/;
  if (wrapper.test(text)) text = text.replace(wrapper, '').replace(/(?:,\s*dtype\s*=\s*[\w.]+\s*)?\)\s*$/, '');
  text = text.replace(/\(\s*\(?(-?[\d.]+)\)?\s*\/\s*\(?(-?[\d.]+)\)?\s*\)/g, '$1/$2').replace(/\(\s*(-[^(),;\s]+)\s*\)/g, '$1');
  text = text.replace(/[({]/g, '[').replace(/[)}]/g, ']').replace(/[⎡⎢⎣⎤⎥⎦]/g, ' ').trim();
  if (/\n/.test(text) && /\|/.test(text)) text = text.replace(/[[\]|]/g, ' ');
  if (text.startsWith('[')) {
    const body = text.replace(/\]\s*[,;]?\s*\[/g, ';');
    if (body.replace(/[\] ,;]+$/, '').includes(']') || body.replace(/^[ []+/, '').includes('[')) throw Error('This is not a matrix.');
    text = body.replace(/[[\]]/g, '');
  }
  const rows = text.split(/[;\n|]/).filter(row => row.trim()).map(row => {
    row = row.trim().replace(/^,+|,+$/g, '');
    const cells = /\t/.test(row) ? row.split(/\s*\t\s*/) : /,\s/.test(row) ? row.split(/\s*,\s+/) : row.split(/ /.test(row) ? /\s+/ : ',');
    return cells.filter(Boolean).map(cell => numbers(cell)[0]);
  });
  if (!rows.length || !rows[0].length || new Set(rows.map(row => row.length)).size !== 1) throw Error('The rows of the matrix differ in length.');
  return rows;
}
const SIGMOID = v => 1 / (1 + Math.exp(-v));
const CALLS = {exp: Math.exp, ln: Math.log, log: Math.log, sqrt: Math.sqrt, '√': Math.sqrt, tanh: Math.tanh, sigmoid: SIGMOID, 'σ': SIGMOID,
  sigma: SIGMOID, relu: v => Math.max(v, 0), abs: Math.abs, sech: v => 1 / Math.cosh(v), cosh: Math.cosh, sinh: Math.sinh, coth: v => 1 / Math.tanh(v)};
function tokens(text, variables) {
  const found = [], token = /\s*(?:((?:\d+(?:[.,]\d+)?|\.\d+)(?:[eE][+-]?\d+)?)|(\p{L}+|√)|(\*\*|[-+*/^()[\]{}]))/uy;
  while (text.slice(token.lastIndex).trim()) {
    const match = token.exec(text);
    if (!match) throw Error('This is not an expression.');
    const [, number, name, sign] = match;
    if (number) found.push(number.replace(',', '.'));
    else if (sign) found.push({'**': '^', '[': '(', '{': '(', ']': ')', '}': ')'}[sign] || sign);
    else if (variables.includes(name) || name in CALLS || name === 'e') found.push(name);
    else {
      const call = Object.keys(CALLS).sort((a, b) => b.length - a.length).find(c => name.endsWith(c)) || '';
      const letters = [...name.slice(0, name.length - call.length)];
      if (!letters.every(c => variables.includes(c) || c === 'e')) throw Error(name + ' does not occur in the question.');
      found.push(...(letters.length > 1 && !call ? ['(', ...letters, ')'] : letters), ...(call ? [call] : []));
    }
  }
  return found;
}
// The value of an expression where the variables have these values.
function valued(text, at) {
  const variables = Object.keys(at);
  text = plainly(text).replace(/^[\s()]*[∂d]?\s*[\p{L}\w]+'*[\s()\p{L}\w,]*(?:\/[\s()]*[∂d]\s*[\p{L}\w]+[\s()\p{L}\w]*)?=(?!=)\s*/u, '');
  const left = tokens(text, variables), next = () => left[0] || '', isNumber = t => /^[\d.]/.test(t);
  const take = wanted => {
    if (!left.length || (wanted && next() !== wanted)) throw Error('The expression is not complete.');
    return left.shift();
  };
  const sum = () => {
    let found = product();
    while ('+-'.includes(next()) && next()) found += take() === '+' ? product() : -product();
    return found;
  };
  const product = () => {
    let found = signed();
    while (next() && !['+', '-', ')'].includes(next())) {
      if (isNumber(next())) throw Error('A sign is missing before a number.');
      const sign = '*/'.includes(next()) ? take() : '*', factor = signed();
      found = sign === '/' ? found / factor : found * factor;
    }
    return found;
  };
  const signed = () => {
    let sign = 1;
    while (['+', '-'].includes(next())) if (take() === '-') sign = -sign;
    return sign * power();
  };
  const power = () => {
    if (next() === 'e') {
      take();
      return next() === '^' ? raisedE() : Math.E;
    }
    const base = next() in CALLS ? call() : atom();
    if (next() !== '^') return base;
    take();
    return Math.pow(base, exponent());
  };
  const raisedE = () => {
    take();
    const start = ['+', '-'].includes(next()) ? left[1] || '' : next(), found = Math.exp(exponent());
    if (isNumber(start) && ([...variables, 'e', '('].includes(next()) || next() in CALLS))
      throw Error(`e^${start}${next()} can be read in two ways: write brackets, e^(…).`);
    return found;
  };
  const exponent = () => ['+', '-'].includes(next()) ? (take() === '-' ? -1 : 1) * exponent() : power();
  const call = () => {
    const of = CALLS[take()];
    let raised = 1;
    if (next() === '^') {
      take();
      raised = exponent();
    }
    return Math.pow(of(next() === '(' ? atom() : argument()), raised);
  };
  const argument = () => {
    const number = isNumber(next());
    let found = power();
    while (number && [...variables, 'e'].includes(next())) found *= power();
    return found;
  };
  const atom = () => {
    const piece = take();
    if (piece === '(') {
      const inner = sum();
      take(')');
      return inner;
    }
    if (variables.includes(piece)) return at[piece];
    if (isNumber(piece)) return Number(piece);
    throw Error(piece + ' does not belong there.');
  };
  const found = sum();
  if (left.length) throw Error('This is not an expression.');
  return found;
}
// Whether two expressions agree at some points, where both have a value.
function same(a, b, variables) {
  let tried = 0;
  for (let k = 1; k <= 8; k++) {
    const at = Object.fromEntries(variables.map((name, i) => [name, 0.3 + ((k * (0.7548776662 + 0.31 * i)) % 1) * 1.7]));
    const [x, y] = [valued(a, at), valued(b, at)];
    if (!isFinite(x) || !isFinite(y)) continue;
    if (Math.abs(x - y) > 1e-9 * Math.max(1, Math.abs(y))) return false;
    tried++;
  }
  return tried > 4;
}
