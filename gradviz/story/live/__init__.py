"""What a page says of other inputs: `told` (the sentences of a trace with slots for its numbers),
`patterns` (how these are found), and beside them in JavaScript `numbers.js` (numbers as text) and
`sentences.js` (slots filled).
"""
