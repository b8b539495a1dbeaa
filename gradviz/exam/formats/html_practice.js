const keys = JSON.parse(document.getElementById('keys').textContent);
const near = (a, b, tolerance) => Math.abs(a - b) <= tolerance;
const alike = (a, b, tolerance) => a.length === b.length && a.every((row, i) => row.length === b[i].length && row.every((v, j) => near(v, b[i][j], tolerance)));
// How an answer compares with a value: by the form of the key.
function comparing(key, text) {
  if (key.number !== undefined) {
    const readings = numbers(text);
    return [key.number, value => readings.some(n => near(n, value, key.tolerance))];
  }
  if (key.rows) {
    let rows = matrix(text);
    if (key.vector && rows.length > 1 && rows[0].length === 1) rows = [rows.map(row => row[0])];
    return [key.rows, value => alike(rows, value, key.tolerance)];
  }
  if (key.variables) return [key.source, value => same(text, value, key.variables)];
  const letters = text => text.toUpperCase().replace(/[^A-Z]/g, '');
  return [key.text, value => letters(text) === letters(value)];
}
function typed(key, text) {
  if (!text.trim()) return [false, 'Nothing is written.'];
  try {
    const [value, equals] = comparing(key, text);
    if (equals(value)) return [true, ''];
    const known = (key.wrong || []).find(w => equals(w[0]));
    return [false, known ? known[1] : 'Not yet.'];
  } catch (error) {
    return [false, error.message];
  }
}
function chosen(key, fields) {
  const found = fields.map((f, i) => f.checked ? i : -1).filter(i => i >= 0), slip = found.find(i => !key.right.includes(i));
  return [found.join() === key.right.join(), slip === undefined ? 'Not yet.' : key.options[slip] || 'Not yet.'];
}
function mark(name) {
  const key = keys[name], fields = [...document.getElementsByName(name)], said = document.getElementById('said-' + name);
  const [right, words] = key.options ? chosen(key, fields) : typed(key, fields[0].value);
  said.textContent = right ? 'That is right.' : words;
  said.className = 'said ' + (right ? 'right' : 'wrong');
}
for (const button of document.querySelectorAll('button[data-part]'))
  button.addEventListener('click', () => button.dataset.part.split(' ').filter(Boolean).forEach(mark));
