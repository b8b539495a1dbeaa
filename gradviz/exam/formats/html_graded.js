document.getElementById('save').addEventListener('click', () => {
  const names = JSON.parse(document.getElementById('names').textContent), me = document.body.dataset;
  const quote = text => '"' + text.replace(/"/g, '""') + '"';
  const letter = i => String.fromCharCode(65 + i);
  const answer = name => {
    const fields = [...document.getElementsByName(name)];
    return fields[0].type === 'text' ? fields[0].value : fields.map((f, i) => f.checked ? letter(i) : '').filter(Boolean).join(' ');
  };
  const text = ['id', 'variant', ...names].join() + '\r\n' + [me.student, me.variant, ...names.map(answer)].map(quote).join() + '\r\n';
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], {type: 'text/csv'}));
  link.download = 'answers-' + me.student + '.csv';
  link.click();
});
