// The C implementation against the reference: the same generated expressions and documents through
// both, and every difference that explained.mjs does not explain is a failure.
//
//   node tests/jsonata/differential.mjs [COUNT] [SEED]      from the project's folder
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import jsonata from 'jsonata';
import { Generator } from './generator.mjs';
import { explain, neverEnds } from './explained.mjs';

process.env.TZ = 'UTC';
const count = Number(process.argv[2] ?? 20000);
const seed = Number(process.argv[3] ?? 1);
const driver = `${process.env.BATON_VARIANT ?? 'build/release'}/jsonata-driver`;
const CHUNK = 2000;

// A reference result as JSON: functions become "", what is no number null with a mark.
function plain(value, state) {
  if (typeof value === 'function' || value?._jsonata_lambda || value?._jsonata_function) return '';
  if (typeof value === 'number' && !Number.isFinite(value)) { state.infinite = true; return null; }
  if (Array.isArray(value)) return Array.from(value, v => plain(v === undefined ? null : v, state));
  if (value && typeof value === 'object') {
    if (state.seen.includes(value)) { state.cyclic = true; return null; }
    state.seen.push(value);
    const result = {};
    for (const key of Object.keys(value)) result[key] = plain(value[key], state);
    state.seen.pop();
    return result;
  }
  return value === 0 ? 0 : value;
}

// The reference evaluates the parts of a constructor concurrently. This variant takes them in order;
// it decides whether a difference comes from that alone.
function sequentialReference() {
  const require = createRequire(import.meta.url);
  const text = readFileSync(require.resolve('jsonata'), 'utf8');
  const changed = text.replaceAll('await Promise.all(expr.expressions', 'await (s => s)(expr.expressions')
    .replaceAll('await Promise.all(utils.keys(groups)', 'await (s => s)(utils.keys(groups)')
    .replaceAll(/\.map\(async \((item|key), idx\) => \{/g, '.sequentially(async ($1, idx) => {');
  if (changed.split('.sequentially(').length !== 3) throw new Error('the reference has changed');
  Object.defineProperty(Array.prototype, 'sequentially', {
    enumerable: false,
    async value(f) {
      const results = [];
      for (let i = 0; i < this.length; i++) results.push(await f(this[i], i));
      return results;
    },
  });
  const module = { exports: {} };
  new Function('module', 'exports', 'require', changed)(module, module.exports, require);
  return module.exports;
}
const sequential = sequentialReference();

async function reference({ expr, input }, implementation = jsonata) {
  try {
    const result = await implementation(expr).evaluate(input);
    if (result === undefined) return { undefined: true };
    const state = { seen: [] };
    const value = plain(result, state);
    return { result: value, infinite: state.infinite, cyclic: state.cyclic };
  } catch (err) {
    return err.code ? { error: err.code, position: err.position, message: err.message } : { crash: String(err) };
  }
}

function ours(cases) {
  const input = cases.map(c => JSON.stringify(c)).join('\n') + '\n';
  const run = spawnSync(driver, { input, encoding: 'utf8', maxBuffer: 1 << 30 });
  if (run.error) throw run.error;
  const lines = run.stdout.split('\n');
  if (run.status !== 0) {
    const at = lines.length - 1;
    console.log(`FAIL the driver ended with ${run.signal ?? run.status} ${run.stderr.slice(0, 3000)}`);
    console.log(`     somewhere behind case ${at} of its chunk`);
    process.exit(1);
  }
  return lines.slice(0, cases.length).map(line => JSON.parse(line));
}

function same(a, b) {
  if (a.error || b.error) return a.error === b.error;
  if (a.undefined || b.undefined) return a.undefined === b.undefined;
  return JSON.stringify(a.result) === JSON.stringify(b.result);
}

let passed = 0, failed = 0;
const explained = new Map();
for (let from = 0; from < count; from += CHUNK) {
  const cases = [];
  for (let i = from; i < Math.min(from + CHUNK, count); i++) {
    const g = new Generator(seed * 1000003 + i);
    cases.push({ expr: g.expression(), input: g.document() });
  }
  const answers = ours(cases);
  for (let i = 0; i < cases.length; i++) {
    const endless = neverEnds(cases[i], answers[i]);
    if (endless) {
      explained.set(endless, (explained.get(endless) ?? 0) + 1);
      passed++;
      continue;
    }
    const expected = await reference({ expr: cases[i].expr, input: structuredClone(cases[i].input) });
    if (same(expected, answers[i])) { passed++; continue; }
    const inOrder = await reference({ expr: cases[i].expr, input: structuredClone(cases[i].input) }, sequential);
    const reason = same(inOrder, answers[i]) ? 'the reference evaluates the parts of a constructor concurrently'
      : explain(cases[i], inOrder, answers[i]);
    if (reason) {
      explained.set(reason, (explained.get(reason) ?? 0) + 1);
      passed++;
      continue;
    }
    if (++failed <= 40) {
      console.log(`FAIL ${from + i}: ${cases[i].expr}`);
      console.log(`     input    ${JSON.stringify(cases[i].input)}`);
      console.log(`     expected ${JSON.stringify(expected).slice(0, 400)}`);
      console.log(`     got      ${JSON.stringify(answers[i]).slice(0, 400)}`);
    }
  }
}
for (const [reason, times] of explained) console.log(`${times} explained: ${reason}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
