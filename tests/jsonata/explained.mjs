// Where the C implementation differs from the reference on purpose, and why. A difference that no
// entry explains fails the differential test.

const EXPLAINED = [
  {
    reason: 'the reference ends with a JavaScript error inside $eval, which gives it a code',
    test: (c, want) => want.error === 'D3121' && /Cannot (create|set|read) propert/.test(want.message),
  },
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
    test: (c, expected, got) => c.expr.includes('(?') && /^T041|^D3121/.test(got.error ?? ''),
  },
  {
    reason: 'regular expressions work on code points here, on UTF-16 units in the reference',
    test: c => /\$(match|split|replace|contains)/.test(c.expr) && /[\u{10000}-\u{10ffff}]/u.test(JSON.stringify(c)),
  },
  {
    reason: 'the reference writes an undefined item into an empty input array',
    test: c => JSON.stringify(c.input) === '[]',
  },
  {
    reason: 'a replacement function for a plain pattern is D3012 here; the reference inserts its source text',
    test: (c, expected, got) => got.error === 'D3012' && c.expr.includes('$replace'),
  },
  {
    reason: 'members keep their order here; JavaScript puts names that are numbers first',
    test: (c, expected, got) => /"\d+":/.test(JSON.stringify(expected)) && JSON.stringify(expected).length === JSON.stringify(got).length
      || (/"\d+\\*":/.test(c.expr) && expected.result !== undefined && got.result !== undefined),
  },
  {
    reason: 'powers differ in the last bit: V8 has a pow of its own',
    test: (c, expected, got) => c.expr.includes('$power') && nearly(expected.result, got.result),
  },
];

// The same but for the last digit of numbers.
function nearly(a, b) {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) <= 1e-14 * Math.abs(a);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b && a !== undefined;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every(key => nearly(a[key], b[key]));
}

export function explain(c, expected, got) {
  return EXPLAINED.find(e => e.test(c, expected, got))?.reason;
}

// Cases that must not be given to the reference, which may not come back from them.
export function neverEnds(c, got) {
  if (['D1011', 'D1012', 'D1017'].includes(got.error)) {
    return 'a budget stops it here; the reference goes on until its process has no memory left';
  }
  const unknownRange = c.expr.replace(/\[\[?-?\d+\.\.\d+\]/g, '').includes('..');
  if (unknownRange && /1e\+21/.test(JSON.stringify(c))) {
    return 'the reference counts beyond 2^53, where adding one changes nothing and a range does not end';
  }
  if (got.error === 'D1001' && /\$format(Integer|Number)/.test(c.expr)) {
    return 'the reference does not end when it formats an infinite number';
  }
  if (/\?[:?]/.test(c.expr) && c.expr.includes(', /')) {
    return 'the reference loses regular expressions left of ?: and ??, where it copies the tree as JSON';
  }
}
