const keys = JSON.parse(document.getElementById('keys').textContent);
function number(text) {
  text = text.trim().replace(/\u2212/g, '-').replace(',', '.');
  const parts = text.match(/^(-?\d+)\s*\/\s*(\d+)$/);
  return parts ? parts[1] / parts[2] : text === '' ? NaN : Number(text);
}
function mark(name) {
  const key = keys[name], fields = [...document.getElementsByName(name)], said = document.getElementById('said-' + name);
  let right = false, words = 'Not yet.';
  if (key.options) {
    const chosen = fields.map((f, i) => f.checked ? i : -1).filter(i => i >= 0);
    right = chosen.join() === key.right.join();
    const slip = chosen.find(i => !key.right.includes(i));
    if (!right && slip !== undefined) words = key.options[slip] || words;
  } else if (key.number !== undefined) {
    const value = number(fields[0].value);
    right = Math.abs(value - key.number) <= key.tolerance;
    const known = key.wrong.find(w => Math.abs(value - w[0]) <= key.tolerance);
    if (!right && known) words = known[1];
    if (isNaN(value)) words = 'This is not a number.';
  } else {
    right = fields[0].value.replace(/\s/g, '').toLowerCase() === key.text.replace(/\s/g, '').toLowerCase();
    if (!right) words = 'Not in this form; the key is ' + key.text + '.';
  }
  said.textContent = right ? 'That is right.' : words;
  said.className = 'said ' + (right ? 'right' : 'wrong');
}
for (const button of document.querySelectorAll('button[data-part]'))
  button.addEventListener('click', () => button.dataset.part.split(' ').forEach(mark));
