/* Arrays of many numbers: heatmaps and images that follow what is computed, and their cells as fields. */

/* A PNG of one pixel a cell, its data stored and not compressed: with a palette in base64 each pixel is a place in it, else grey or red, green and blue. */
const bytes = (...numbers) => numbers.flatMap(n => [n >>> 24, n >>> 16 & 255, n >>> 8 & 255, n & 255]);
function crc(data) {
  let found = ~0;
  for (const byte of data) {
    found ^= byte;
    for (let bit = 0; bit < 8; bit++) found = found >>> 1 ^ (found & 1 && 0xEDB88320);
  }
  return ~found >>> 0;
}
function adler(data) {
  let a = 1, b = 0;
  for (const byte of data) { a = (a + byte) % 65521; b = (b + a) % 65521; }
  return (b << 16 | a) >>> 0;
}
const BLOCK = 65535;
function stored(data) {
  const blocks = [0x78, 1];
  for (let from = 0; from < data.length; from += BLOCK) {
    const block = data.slice(from, from + BLOCK), size = block.length, other = size ^ BLOCK;
    blocks.push(+(from + BLOCK >= data.length), size & 255, size >> 8, other & 255, other >> 8);
    for (const byte of block) blocks.push(byte);
  }
  return [...blocks, ...bytes(adler(data))];
}
function png(rows, channels = 1, palette = "") {
  const chunk = (kind, data) => { const body = [...kind].map(c => c.charCodeAt()).concat(data); return [...bytes(data.length), ...body, ...bytes(crc(body))]; };
  const encoded = part => btoa(part.reduce((said, byte) => said + String.fromCharCode(byte), ""));
  const head = [137, 80, 78, 71, 13, 10, 26, 10, ...chunk("IHDR", [...bytes(rows[0].length / channels, rows.length), 8, palette ? 3 : channels > 1 ? 2 : 0, 0, 0, 0])];
  const rest = [...chunk("IDAT", stored(rows.flatMap(row => [0, ...row]))), ...chunk("IEND", [])];
  return `data:image/png;base64,${encoded(head)}${palette}${encoded(rest)}`;
}

/* The matrices of an array, as many as are drawn, averaged down to what a picture has room for. */
function matrices(values, shape, count) {
  const [rows, columns] = shape.length > 1 ? shape.slice(-2) : [1, shape[0] ?? 1];
  return Array.from({ length: count }, (_, c) => Array.from({ length: rows }, (_, i) => Array.from(values.slice((c * rows + i) * columns, (c * rows + i + 1) * columns))));
}
function averaged(matrix, most) {
  const cuts = count => Array.from({ length: Math.min(count, most) + 1 }, (_, k, parts = Math.min(count, most)) => Math.floor(count * k / parts));
  const blocks = (list, mean) => list.length <= most ? list : cuts(list.length).slice(1).map((end, k, ends) => mean(list.slice(ends[k - 1] ?? 0, end)));
  const mean = numbers => numbers.reduce((a, b) => a + b, 0) / numbers.length;
  return blocks(matrix, rows => rows[0].map((_, j) => mean(rows.map(row => row[j])))).map(row => blocks(row, mean));
}
const even = v => { const up = Math.round(v); return Math.abs(v % 1) === 0.5 && up % 2 ? up - 1 : up; };
function heatmaps(values, shape, count) {
  const found = matrices(values, shape, count).map(matrix => averaged(matrix, D.raster.cells)), { levels } = D.raster;
  const largest = found.flat(2).filter(Number.isFinite).reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1;
  return found.map(rows => png(rows.map(row => row.map(v => Number.isFinite(v) ? even(levels * (v / largest)) + levels : 2 * levels + 1)), 1, D.heat[+isDark()]));
}
function photo(values, shape) {
  const square = Math.sqrt(shape.at(-1)), [rows, columns] = shape.length > 1 ? shape.slice(-2) : [square, square], count = shape.length > 2 ? shape.at(-3) : 1;
  const planes = matrices(values, [rows, columns], count).map(matrix => averaged(matrix, D.raster.pixels)), all = planes.flat(2).filter(Number.isFinite);
  let low = all.reduce((a, b) => Math.min(a, b), Infinity), high = all.reduce((a, b) => Math.max(a, b), -Infinity);
  if (low >= 0 && high <= 255) [low, high] = [0, high <= 1 ? 1 : high <= D.raster.dark ? high : 255];
  const bright = v => Number.isFinite(v) && high > low ? Math.max(0, Math.min(255, even((v - low) * (255 / (high - low))))) : 0;
  return png(planes[0].map((row, i) => row.flatMap((_, j) => planes.map(plane => bright(plane[i][j])))), count);
}

/* The array of a picture by its id, after step k: its values, its shape and which of its matrices. */
function arrayAt(id, k) {
  const node = id.match(/^node-(\d+)-(value|gradient)(?:-(\d+))?$/), edge = id.match(/^(edge-(\d+)-\d+-\d+)-(tag-value|contribution)(?:-(\d+))?$/);
  if (!node && !edge) return null;
  const source = +(node ? node[1] : edge[2]), isValue = node ? node[2] === "value" : edge[3] === "tag-value";
  const values = isValue ? found.values[source] : node ? gradientBy(source, k) : found.steps[edgeOf.get(edge[1])]?.[2];
  return Array.isArray(values) ? { values, shape: D.shapes[source], panel: +((node ? node[3] : edge[4]) ?? 0), key: id.replace(/^((?:node-\d+|edge-\d+-\d+-\d+)-[a-z-]+?)(?:-\d+)?$/, "$1") } : null;
}
function imageAt(id, el, k) {
  const array = arrayAt(id, k);
  if (!array) return null;
  if (el.dataset.heat === undefined) return photo(array.values, array.shape);
  let count = 1;
  while (picture.known(`${array.key}-${count}`)?.tagName === "image") count++;
  return heatmaps(array.values, array.shape, count)[array.panel];
}
function rangeOf(values, digits = 3) {
  const finite = values.filter(Number.isFinite), odd = values.length - finite.length;
  if (!finite.length) return t("not finite");
  const [low, high] = [Math.min, Math.max].map(pick => text(finite.reduce((a, b) => pick(a, b)), digits));
  const summary = low === high ? t("all {low}", { low }) : t("{low} to {high}", { low, high });
  return odd ? t("{summary}, {odd} not finite", { summary, odd }) : summary;
}
/* A sum that keeps what rounding takes from its terms (Neumaier, 1974). */
function sum(numbers) {
  let total = 0, lost = 0;
  for (const v of numbers) {
    const next = total + v;
    lost += Math.abs(total) >= Math.abs(v) ? total - next + v : v - next + total;
    total = next;
  }
  return total + lost;
}
/* A large array in a formula, in a few words. */
function summaryOf(ref) {
  const values = whole(ref), node = +ref.split("-")[1], shape = D.shapes[node], finite = values.filter(Number.isFinite);
  const [low, high] = finite.length ? [Math.min, Math.max].map(pick => text(finite.reduce((a, b) => pick(a, b)))) : [];
  const size = shape.length === 1 ? t("{count} numbers", { count: shape[0] }) : shape.join("×"), odd = values.length - finite.length;
  const summary = finite.length ? t("{size}, from {low} to {high}, mean {mean}", { size, low, high, mean: text(sum(finite) / finite.length) }) : size;
  return `[${odd ? t("{summary}, {odd} not finite", { summary, odd }) : summary}]`.replaceAll("−", "-");
}
function captionAt(id, k) {
  const caption = id.match(/^(.*)-caption-1$/), array = caption && arrayAt(caption[1], k);
  return array ? rangeOf(array.values) : null;
}

/* Which element of an input lies under a point of the picture; null beside its numbers. */
function elementAt(n, x, y) {
  const { node, shape } = D.given[n], [rows, columns] = shape.length > 1 ? shape.slice(-2) : [1, shape[0]];
  for (let panel = 0; panel < Math.max(1, GIVEN[n].length / rows / columns); panel++) {
    const box = picture.known(`node-${node}-value${panel ? `-${panel}` : ""}-frame`)?.getBoundingClientRect();
    if (!box) break;
    const [i, j] = [(y - box.top) / box.height * rows, (x - box.left) / box.width * columns].map(Math.floor);
    if (i >= 0 && i < rows && j >= 0 && j < columns) return (panel * rows + i) * columns + j;
  }
  return null;
}

/* The editor of a large input in the panel: its heatmap, that of its gradient, and the chosen cell in numbers. */
const mapOf = values => `<img alt="" data-heat="" src="${values}">`;
function sheetOf(n, values) {
  const [rows, columns] = rowsOf(n);
  return heatmaps(values, [rows, columns], 1)[0];
}
function largeRow(n, node) {
  const name = escaped(names[n]), hint = t("{name}: arrow keys choose a cell, + and − change it, Enter types it", { name }), [rows, columns] = rowsOf(n);
  const style = `style="aspect-ratio:${columns}/${rows};--ratio:${columns / rows};--across:${100 / columns}%;--down:${100 / rows}%"`;
  return `<tr data-row="${node.id}" class="large"><th scope="row"><button type="button" class="name" data-choose="${node.id}" aria-label="${name}">${node.maths}</button></th>` +
    `<td><div class="cells" ${style} data-cells="${n}" tabindex="0" role="application" aria-label="${hint}"></div><span class="range"></span></td><td><div class="cells" ${style} data-slopes="${n}"></div><span class="range"></span></td></tr>` +
    `<tr class="cell"><td colspan="3"><label for="cell-${n}"></label> <input type="number" step="any" id="cell-${n}" data-input="${n}"> <span></span></td></tr>`;
}
function refreshLarge(n) {
  const { node } = D.given[n], m = chosenCell[n], box = document.querySelector(`[data-cells="${n}"]`), slopes = document.querySelector(`[data-slopes="${n}"]`), [, columns] = rowsOf(n);
  const place = `left:${m % columns * 100 / columns}%;top:${Math.floor(m / columns) * 100 / rowsOf(n)[0]}%`;
  const gradient = isTold(N.get(node), "gradient") ? found.gradients[node] : null, fresh = (el, values, old) => {
    const html = `${mapOf(sheetOf(n, values))}<i style="${place}"></i>`, was = old && !same(values, old) ? `<span class="was">${t("was {value}", { value: mapOf(sheetOf(n, old)) })}</span>` : "";
    if (el.innerHTML !== html) el.innerHTML = html;
    el.nextElementSibling.innerHTML = `${rangeOf([...values])}${was}`;
  };
  fresh(box, now[n], GIVEN[n]);
  if (gradient) fresh(slopes, gradient, first.gradients[node]); else { slopes.innerHTML = ""; slopes.nextElementSibling.innerHTML = N.get(node).gradient ? "?" : ""; }
  slopes.hidden = !gradient;
  const field = $(`cell-${n}`), label = cellName(n, m), old = (a, b) => a !== undefined && !Object.is(a, b) ? ` <span class="was">${t("was {value}", { value: text(a) })}</span>` : "";
  field.dataset.cell = m;
  field.setAttribute("aria-label", `${t("value of {name}", { name: names[n] })}, ${label}`);
  field.labels[0].textContent = label;
  field.nextElementSibling.innerHTML = `${old(GIVEN[n][m], now[n][m])}${gradient ? ` ${t("gradient")} <b class="gradient">${text(gradient[m])}</b>${old(first.gradients[node]?.[m], gradient[m])}` : ""}`;
}
function chooseCell(n, m) {
  chosenCell[n] = Math.max(0, Math.min(GIVEN[n].length - 1, m));
  refresh();
  say(`${cellName(n, chosenCell[n])}: ${text(now[n][chosenCell[n]])}`);
}
document.addEventListener("keydown", event => {
  const box = event.target.closest?.("[data-cells]");
  if (!box || event.ctrlKey || event.metaKey || event.altKey) return;
  const n = +box.dataset.cells, m = chosenCell[n], [, columns] = rowsOf(n), size = unit(n) * (event.shiftKey && event.key.startsWith("Arrow") ? 0.1 : 1);
  const moved = { ArrowLeft: m % columns ? -1 : 0, ArrowRight: (m + 1) % columns ? 1 : 0, ArrowUp: m < columns ? 0 : -columns, ArrowDown: m + columns < GIVEN[n].length ? columns : 0, Home: -m, End: GIVEN[n].length }[event.key];
  const by = { "+": 1, "=": 1, "-": -1, "−": -1 }[event.key];
  if (moved !== undefined) chooseCell(n, m + moved);
  else if (by) { edit(n, now[n].with(m, nudged(now[n][m], by * size))); say(`${cellName(n, m)}: ${text(now[n][m])}`); }
  else if (/^[\d.]$/.test(event.key)) { const field = $(`cell-${n}`); field.focus(); field.select(); event.stopImmediatePropagation(); return; }
  else if (event.key === "Enter") $(`cell-${n}`).select();
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
