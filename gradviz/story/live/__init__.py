"""What a page says of other inputs: `told` (the sentences of a trace with slots for its numbers),
`patterns` and `marked` (how these are found), `why` (numbers that are not finite), and beside them
in JavaScript `numbers.js` (numbers as text), `digits.js` (how many digits), `why.js` and
`sentences.js` (slots filled).
"""
