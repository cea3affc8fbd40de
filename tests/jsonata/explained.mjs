// Where the C implementation differs from the reference on purpose, and why. A difference that no
// entry explains fails the differential test.

const EXPLAINED = [
  {
    reason: 'the reference ends with a JavaScript error that has no JSONata code',
    test: (c, expected) => expected.crash !== undefined,
  },
  {
    reason: 'a result with an infinite number or NaN is no JSON; it is D1001 here',
    test: (c, expected, got) => expected.infinite && got.error === 'D1001',
  },
  {
    reason: 'partially applied built-in functions check their arguments here',
    test: (c, expected, got) => c.expr.includes('(?') && /^T041/.test(got.error ?? ''),
  },
  {
    reason: 'regular expressions work on code points here, on UTF-16 units in the reference',
    test: c => /\$(match|split|replace|contains)/.test(c.expr) && /[\u{10000}-\u{10ffff}]/u.test(JSON.stringify(c)),
  },
];

export function explain(c, expected, got) {
  return EXPLAINED.find(e => e.test(c, expected, got))?.reason;
}

// Cases that must not be given to the reference.
export function neverEnds(c, got) {
  return got.error === 'D1001' && /\$format(Integer|Number)/.test(c.expr)
    ? 'the reference does not end when it formats an infinite number' : undefined;
}
