// The reference's side of bench/jsonata_bench.c: the same document and expressions, in microseconds.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const jsonata = createRequire(join(here, "../tests/jsonata/package.json"))("jsonata");
const source = readFileSync(join(here, "jsonata_bench.c"), "utf8");
const strings = (text) => [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((m) => JSON.parse(`"${m[1]}"`)).join("");
const input = JSON.parse(strings(source.match(/document\[\] =([^;]*);/)[1]));
const table = source.match(/\} expressions\[\] = \{([\s\S]*?)\n\};/)[1];
const expressions = [...table.matchAll(/\{ "(\w+)", ((?:"(?:[^"\\]|\\.)*"\s*)+)\}/g)].map((m) => [m[1], strings(m[2])]);

const median = async (f) => {
  const rounds = [];
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    let count = 0;
    while (performance.now() - start < 300) for (let i = 0; i < 50; i++, count++) await f();
    rounds.push((performance.now() - start) * 1000 / count);
  }
  return rounds.sort((a, b) => a - b)[2];
};
for (const [name, text] of expressions) {
  const compiled = jsonata(text);
  for (let i = 0; i < 2000; i++) { await compiled.evaluate(input); jsonata(text); }
  console.log(name, (await median(() => compiled.evaluate(input))).toFixed(3),
    (await median(() => jsonata(text).evaluate(input))).toFixed(3));
}
