// The reference's side of bench/jsonata_bench.c: the same document and expressions. One line each:
// name, nanoseconds per evaluation, and with parsing.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const jsonata = createRequire(join(root, "tests/jsonata/package.json"))("jsonata");
const { input, expressions } = JSON.parse(readFileSync(join(root, "../shared/bench/peers/jsonata/expressions.json")));

const best = async (f) => {
  let ns = Infinity;
  for (let round = 0; round < 7; round++) {
    const start = performance.now();
    let count = 0;
    while (performance.now() - start < 200) for (let i = 0; i < 50; i++, count++) await f();
    ns = Math.min(ns, (performance.now() - start) * 1e6 / count);
  }
  return ns.toFixed(0);
};
for (const [name, text] of Object.entries(expressions)) {
  const compiled = jsonata(text);
  for (let i = 0; i < 2000; i++) { await compiled.evaluate(input); jsonata(text); }
  console.log(name, await best(() => compiled.evaluate(input)), await best(() => jsonata(text).evaluate(input)));
}
