// Makes expressions and documents from a grammar, the same ones for the same seed.
//
// Expressions are made with a kind of result in mind (number, string, ...), so that most of them
// get past the types, and now and then with another one, so that errors are compared too.

export class Random {
  constructor(seed) { this.state = seed >>> 0; }
  next() { // mulberry32
    this.state = (this.state + 0x6D2B79F5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  below(n) { return Math.floor(this.next() * n); }
  pick(list) { return list[this.below(list.length)]; }
  chance(p) { return this.next() < p; }
}

const NAMES = ['a', 'b', 'c', 'items', 'name', 'price', 'order', 'tags'];
const WORDS = ['', 'x', 'hello', 'Ada Lovelace', 'été', 'a,b,c', '12', '-3.5', 'foo bar baz', '😀 ok', 'true', 'ABC', 'aa1bb22'];
const REGEXES = ['/a/', '/[a-z]+/', '/(\\w)(\\d+)?/', '/b+/i', '/\\s/', '/^h/', '/(a|o)/', '/,/', '/./', '/l{2}/', '/[^a-c]/'];

export class Generator {
  constructor(seed) {
    this.random = new Random(seed);
    this.variables = [];
    this.lambdas = 0;
  }

  // ---- documents ----

  scalar() {
    const r = this.random;
    switch (r.below(7)) {
      case 0: return r.below(10);
      case 1: return r.pick([0.5, 1.25, -3, 100, 9.99, 1e21, 1e-7, 0.1, 12345.678, 3.14159]);
      case 2: return r.pick(WORDS);
      case 3: return r.pick(WORDS);
      case 4: return r.chance(0.5);
      case 5: return null;
      default: return r.below(100);
    }
  }
  value(depth) {
    const r = this.random;
    if (depth <= 0 || r.chance(0.35)) return this.scalar();
    if (r.chance(0.45)) {
      const one = r.chance(0.5) ? () => this.object(depth - 1) : r.chance(0.3) ? () => this.value(depth - 1)
        : r.chance(0.5) ? () => r.below(20) : () => r.pick(WORDS);
      return Array.from({ length: r.below(5) }, one);
    }
    return this.object(depth - 1);
  }
  object(depth) {
    const result = {};
    for (let i = this.random.below(5) + 1; i > 0; i--) result[this.random.pick(NAMES)] = this.value(depth);
    return result;
  }
  document() {
    return this.random.chance(0.9) ? this.object(4) : this.value(3);
  }

  // ---- expressions ----

  expression() {
    this.variables = [];
    const size = 2 + this.random.below(4);
    return this.random.chance(0.15) ? this.program(size) : this.any(size);
  }
  program(d) {
    const r = this.random, kept = this.variables.length, parts = [];
    for (let i = r.below(3) + 1; i > 0; i--) {
      const name = '$' + r.pick(['v', 'w', 'x', 'y']);
      parts.push(`${name} := ${r.chance(0.2) ? this.lambda(d - 1) : this.any(d - 1)}`);
      this.variables.push(name);
    }
    parts.push(this.any(d - 1));
    this.variables.length = kept;
    return `(${parts.join('; ')})`;
  }
  any(d) {
    if (d <= 0) return this.leaf();
    return this.random.pick([this.number, this.string, this.boolean, this.array, this.object_, this.path,
      this.path, this.path, this.special, this.call]).call(this, d);
  }
  leaf() {
    const r = this.random;
    switch (r.below(8)) {
      case 0: return String(r.below(12));
      case 1: return r.pick(['1.5', '0.1', '1e3', '-2', '2.50']);
      case 2: return JSON.stringify(r.pick(WORDS));
      case 3: return r.pick(['true', 'false', 'null']);
      case 4: return r.pick(['$', '$$']);
      case 5: return this.variables.length ? r.pick(this.variables) : r.pick(NAMES);
      default: return r.pick(NAMES);
    }
  }
  mistake(d, fallback) { // now and then something of another kind
    return this.random.chance(0.06) ? this.any(d - 1) : fallback();
  }
  number(d) {
    const r = this.random;
    if (d <= 0) return r.chance(0.6) ? String(r.below(20)) : r.pick(['price', 'a', 'b', '1.5', '0.25', '-7']);
    return this.mistake(d, () => {
      const n = () => this.number(d - 1);
      switch (r.below(16)) {
        case 0: return `(${n()} + ${n()})`;
        case 1: return `${n()} - ${n()}`;
        case 2: return `(${n()} * ${n()})`;
        case 3: return `(${n()} / ${n()})`;
        case 4: return `${n()} % ${n()}`;
        case 5: return `-(${n()})`;
        case 6: return `$sum(${this.array(d - 1)})`;
        case 7: return `$count(${this.any(d - 1)})`;
        case 8: return `$${r.pick(['abs', 'floor', 'ceil', 'round', 'sqrt'])}(${n()})`;
        case 9: return `$round(${n()}, ${r.below(5) - 2})`;
        case 10: return `$${r.pick(['max', 'min', 'average'])}(${this.array(d - 1)})`;
        case 11: return `$length(${this.string(d - 1)})`;
        case 12: return `$number(${this.any(d - 1)})`;
        case 13: return `$power(${n()}, ${r.below(4)})`;
        case 14: return `(${this.boolean(d - 1)} ? ${n()} : ${n()})`;
        default: return this.path(d);
      }
    });
  }
  string(d) {
    const r = this.random;
    if (d <= 0) return r.chance(0.7) ? JSON.stringify(r.pick(WORDS)) : r.pick(['name', 'a', 'tags']);
    return this.mistake(d, () => {
      const s = () => this.string(d - 1);
      switch (r.below(22)) {
        case 0: case 1: return `${s()} & ${this.any(d - 1)}`;
        case 2: return `$string(${this.any(d - 1)}${r.chance(0.2) ? ', true' : ''})`;
        case 3: return `$substring(${s()}, ${r.below(7) - 3}${r.chance(0.5) ? ', ' + (r.below(6) - 1) : ''})`;
        case 4: return `$${r.pick(['uppercase', 'lowercase', 'trim'])}(${s()})`;
        case 5: return `$${r.pick(['substringBefore', 'substringAfter'])}(${s()}, ${s()})`;
        case 6: return `$join(${this.strings(d - 1)}${r.chance(0.5) ? `, ${s()}` : ''})`;
        case 7: return `$pad(${s()}, ${r.below(20) - 10}${r.chance(0.4) ? `, ${s()}` : ''})`;
        case 8: return `$replace(${s()}, ${r.chance(0.5) ? s() : r.pick(REGEXES)}, ${r.pick(['"-"', '"<$0>"', '"$1$2"', '"$$"', 'function($m){$uppercase($m.match)}'])}${r.chance(0.2) ? `, ${r.below(3)}` : ''})`;
        case 9: return `$type(${this.any(d - 1)})`;
        case 10: return `$formatNumber(${this.number(d - 1)}, ${r.pick(['"#,##0.00"', '"0"', '"00.##"', '"#0.0%"', '"0.0e0"', '"$#,##0;(0)"', '"###0"'])})`;
        case 11: return `$formatBase(${this.number(d - 1)}, ${r.pick(['2', '8', '16', '36', '10'])})`;
        case 12: return `$formatInteger(${this.number(d - 1)}, ${r.pick(['"w"', '"Ww"', '"I"', '"i"', '"a"', '"000"', '"#,##0"', '"1;o"', '"W;o"'])})`;
        case 13: return `$fromMillis(${r.pick(['0', '1509380732935', '1e12', '951782400000', '-1000'])}${r.chance(0.6) ? ', ' + r.pick(['"[Y]-[M01]-[D01]"', '"[H01]:[m01]:[s01].[f001]"', '"[FNn], [D1o] [MNn] [Y]"', '"[h]:[m] [P]"', '"[W] [w] [X] [x] [d]"']) : ''})`;
        case 14: return `$base64encode(${s()})`;
        case 15: return `$encodeUrlComponent(${s()})`;
        case 16: return `$encodeUrl(${s()})`;
        case 17: return `(${this.boolean(d - 1)} ? ${s()} : ${s()})`;
        case 18: return `$decodeUrlComponent($encodeUrlComponent(${s()}))`;
        case 19: return `(${s()} ~> $uppercase() ~> $trim())`;
        default: return this.path(d);
      }
    });
  }
  boolean(d) {
    const r = this.random;
    if (d <= 0) return r.pick(['true', 'false', 'a', 'b']);
    return this.mistake(d, () => {
      switch (r.below(11)) {
        case 0: return `${this.number(d - 1)} ${r.pick(['<', '<=', '>', '>='])} ${this.number(d - 1)}`;
        case 1: return `${this.string(d - 1)} ${r.pick(['<', '<=', '>', '>='])} ${this.string(d - 1)}`;
        case 2: case 3: return `(${this.any(d - 1)} ${r.pick(['=', '!='])} ${this.any(d - 1)})`;
        case 4: return `(${this.boolean(d - 1)} ${r.pick(['and', 'or'])} ${this.boolean(d - 1)})`;
        case 5: return `$not(${this.any(d - 1)})`;
        case 6: return `$boolean(${this.any(d - 1)})`;
        case 7: return `$exists(${this.any(d - 1)})`;
        case 8: return `$contains(${this.string(d - 1)}, ${r.chance(0.5) ? this.string(d - 1) : r.pick(REGEXES)})`;
        case 9: return `${this.scalarLeaf()} in ${this.array(d - 1)}`;
        default: return this.path(d);
      }
    });
  }
  scalarLeaf() {
    const r = this.random;
    return r.chance(0.5) ? String(r.below(12)) : JSON.stringify(r.pick(WORDS));
  }
  strings(d) {
    const r = this.random;
    switch (r.below(4)) {
      case 0: return `$split(${this.string(d - 1)}, ${r.pick(['" "', '","', '""', ...REGEXES])}${r.chance(0.3) ? `, ${r.below(4)}` : ''})`;
      case 1: return `$keys(${this.any(d - 1)})`;
      case 2: return `$map(${this.array(d - 1)}, $string)`;
      default: return `[${Array.from({ length: r.below(4) }, () => this.string(d - 1)).join(', ')}]`;
    }
  }
  array(d) {
    const r = this.random;
    if (d <= 0) return r.pick(['[]', '[1,2,3]', 'items', 'tags', '[1..4]', '["b","a"]']);
    return this.mistake(d, () => {
      const a = () => this.array(d - 1);
      switch (r.below(18)) {
        case 0: case 1: return `[${Array.from({ length: r.below(4) }, () => this.any(d - 1)).join(', ')}]`;
        case 2: return `[${this.number(0)}..${this.number(0)}]`;
        case 3: return `$append(${this.any(d - 1)}, ${this.any(d - 1)})`;
        case 4: return `$reverse(${a()})`;
        case 5: return `$sort(${a()}${r.chance(0.5) ? ', function($l, $r){$l > $r}' : ''})`;
        case 6: return `$distinct(${a()})`;
        case 7: return `$map(${a()}, ${this.lambda(d - 1)})`;
        case 8: return `$filter(${a()}, ${this.lambda(d - 1)})`;
        case 9: return `$zip(${a()}, ${a()})`;
        case 10: return `$spread(${this.any(d - 1)})`;
        case 11: return `$each(${this.object_(d - 1)}, function($v, $k){$k & ${r.pick(['$v', '"!"', '$type($v)'])}})`;
        case 12: return `$match(${this.string(d - 1)}, ${r.pick(REGEXES)}${r.chance(0.3) ? `, ${r.below(3)}` : ''})`;
        case 13: return this.strings(d);
        case 14: return `[${this.number(d - 1)}..${this.number(0)}]`;
        default: return this.path(d);
      }
    });
  }
  object_(d) {
    const r = this.random;
    if (d <= 0) return r.pick(['{}', '{"a": 1}', 'order', '$']);
    return this.mistake(d, () => {
      switch (r.below(9)) {
        case 0: case 1: case 2: {
          const keys = ['"a"', '"b"', '"c"', '"name"'].slice(0, r.below(4) + 1);
          return `{${keys.map(k => `${k}: ${this.any(d - 1)}`).join(', ')}}`;
        }
        case 3: return `{${this.string(d - 1)}: ${this.any(d - 1)}}`;
        case 4: return `$merge([${this.object_(d - 1)}, ${this.object_(d - 1)}])`;
        case 5: return `$sift(${this.object_(d - 1)}, function($v, $k){${r.pick(['$v', '$k != "a"', '$type($v) = "number"'])}})`;
        case 6: return `(${this.object_(d - 1)} ~> |${r.pick(['$', '**[a]', 'items', 'order', '*', 'a.b'])}|${r.pick(['{"z": 1}', '{"a": b}', '{}', '{"sum": $count(items)}'])}${r.chance(0.4) ? r.pick([', "b"', ', ["a","c"]']) : ''}|)`;
        case 7: return `$reduce([1..3], function($p, $v){$merge([$p, {"k" & $v: $v}])}, ${this.object_(0)})`;
        default: return this.path(d);
      }
    });
  }
  lambda(d) {
    const r = this.random, kept = this.variables.length;
    const names = ['$p', '$q', '$r'].slice(0, r.below(3) + 1);
    const signature = r.chance(0.1) ? r.pick(['<x:x>', '<n:n>', '<s-:s>', '<x?:x>']) : '';
    this.variables.push(...(signature ? names.slice(0, 1) : names));
    const body = r.chance(0.5) ? r.pick(names) + r.pick(['', ' + 1', ' & "."', ' > 2', '.a']) : this.any(d - 1);
    this.variables.length = kept;
    return `function(${(signature ? names.slice(0, 1) : names).join(', ')})${signature}{${body}}`;
  }
  predicate(d) {
    const r = this.random;
    switch (r.below(8)) {
      case 0: return '[0]';
      case 1: return '[-1]';
      case 2: return `[${r.below(4)}]`;
      case 3: return '[[0..1]]';
      case 4: return '[]';
      case 5: return `[${r.pick(NAMES)}]`;
      default: return `[${this.boolean(d - 1)}]`;
    }
  }
  step(d) {
    const r = this.random;
    switch (r.below(14)) {
      case 0: return '*';
      case 1: return '**';
      case 2: return `(${this.any(d - 1)})`;
      case 3: return `{"k": ${this.any(d - 1)}, "n": ${r.pick(NAMES)}}`;
      case 4: return `[${this.any(d - 1)}]`;
      case 5: return `$${r.pick(['string', 'type', 'boolean', 'keys'])}()`;
      case 6: return '$';
      case 7: return JSON.stringify(r.pick(NAMES));
      default: return r.pick(NAMES);
    }
  }
  path(d) {
    const r = this.random;
    let text = r.chance(0.12) ? `(${this.any(d - 1)})` : r.chance(0.1) && this.variables.length ? r.pick(this.variables)
      : r.chance(0.1) ? r.pick(['$', '$$', '*', '**']) : r.pick(NAMES);
    if (r.chance(0.3)) text += this.predicate(d);
    for (let i = r.below(3); i > 0; i--) {
      text += '.' + this.step(d);
      if (r.chance(0.25)) text += this.predicate(d);
    }
    if (r.chance(0.08)) text += `^(${r.pick(['', '<', '>'])}${r.pick(NAMES)}${r.chance(0.3) ? `, ${r.pick(NAMES)}` : ''})`;
    if (r.chance(0.06)) text += `{${r.pick(['name', '$string(a)', '"k"', '$type($)'])}: ${this.any(d - 1)}}`;
    return text;
  }
  special(d) {
    const r = this.random, n = () => r.pick(NAMES);
    switch (r.below(14)) {
      case 0: return `${n()}.${n()}.%.${n()}`;
      case 1: return `${n()}.${n()}.{"up": %.${n()}, "v": $}`;
      case 2: return `${n()}#$i.{"i": $i, "v": ${n()}}`;
      case 3: return `${n()}@$o.${n()}.{"o": $o.${n()}, "v": $}`;
      case 4: return `${n()}#$i[$i > 0].${n()}`;
      case 5: return `${n()}.${n()}[%.${n()} = ${n()}]`;
      case 6: return `(${this.any(d - 1)} ?: ${this.any(d - 1)})`;
      case 7: return `(${this.any(d - 1)} ?? ${this.any(d - 1)})`;
      case 8: return `${n()}@$l.$$.${n()}@$m[$l.${n()} = $m.${n()}].{"l": $l.${n()}, "m": $m.${n()}}`;
      case 9: return `($f := function($x){$x > 0 ? $f($x - 1) : ${this.any(d - 1)}}; $f(${r.below(5)}))`;
      case 10: return `($g := $${r.pick(['substring', 'append', 'power', 'lookup'])}(?, ${this.any(0)}); $g(${this.any(d - 1)}))`;
      case 11: return `($h := ${r.pick(['$uppercase', '$string', '$count', '$sum'])} ~> ${r.pick(['$string', '$length', 'function($x){[$x]}', '$type'])}; $h(${this.any(d - 1)}))`;
      case 12: return `${n()}#$i@$o.${n()}^(>${n()}).{"i": $i}`;
      default: return `[${n()}.${n()}].${n()}`;
    }
  }
  call(d) {
    const r = this.random, x = () => this.any(d - 1);
    switch (r.below(14)) {
      case 0: return `$single(${this.array(d - 1)}, ${this.lambda(d - 1)})`;
      case 1: return `$reduce(${this.array(d - 1)}, function($p, $q){$p ${r.pick(['+', '&', '*', '='])} $q}${r.chance(0.4) ? `, ${x()}` : ''})`;
      case 2: return `$lookup(${x()}, ${JSON.stringify(r.pick(NAMES))})`;
      case 3: return `$eval(${JSON.stringify(this.any(d - 2))})`;
      case 4: return `$assert(${this.boolean(d - 1)}, "no")`;
      case 5: return `$error(${this.string(0)})`;
      case 6: return `$toMillis(${r.pick(['"2018-01-01T00:00:00Z"', '"2018"', '"2018-02-03"', '"x"', '"2017-10-30T16:25:32.935Z"', '"12/31/2020", "[M01]/[D01]/[Y0001]"'])})`;
      case 7: return `$parseInteger(${r.pick(['"12"', '"1,234"', '"xii"', '"twelve"', '"one hundred and five"'])}, ${r.pick(['"0"', '"#,##0"', '"i"', '"w"'])})`;
      case 8: return `$${r.pick(['sum', 'count', 'length', 'keys', 'string', 'merge', 'uppercase', 'not', 'abs', 'join', 'exists'])}(${r.chance(0.8) ? x() : ''})`;
      case 9: return `$${r.pick(['split', 'substring', 'contains', 'append', 'zip', 'lookup', 'power', 'pad'])}(${x()}, ${x()})`;
      case 10: return `${this.lambda(d - 1)}(${x()})`;
      case 11: return `(${x()} ~> ${this.lambda(d - 1)})`;
      case 12: return `$base64decode($base64encode(${this.string(d - 1)}))`;
      default: return `$clone(${x()})`;
    }
  }
}
