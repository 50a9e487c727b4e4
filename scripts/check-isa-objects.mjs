// Checks the objects of one ISA: `--isa avx2 --objdump PROGRAM --nm PROGRAM OBJECT...`. No hot loop may keep a vector on
// the stack, and nothing may be exported but strong functions named for the ISA: of a weak one (an inline function, a
// template) the linker might keep this ISA's copy for the whole program. ctest runs it: see cpp/test/CMakeLists.txt.
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { hotLoops } from './spills.mjs';

/** Spills that stay, and why: rates in cells of sums and steps a nanosecond, one Zen 4 core, weights in L1, in turns. */
const ACCEPTED = [
  // Seventeen of sixteen registers: 12 sums, two vectors of B, one of A, two masks. A mask is loaded each round, the
  // ninth load beside 12 multiply-adds: 45.8; five rows, which don't spill, 43.8.
  {
    symbol: /micro_kernel<.*Avx2Vector, float, 6, 2, 16, (true|false), true>/,
    spill: /^vmovdqa -?\w+\(%rsp\),%ymm\d+$/,
  },
  // Seventeen again: 12 sums, three cells of A, one vector of B, one of products. 31.2; two rows and then one, which
  // don't spill, 34.0, but they would read the weights twice, and weights from memory are what the tile is for.
  { symbol: /dot_kernel<.*Avx2Pairs, 3, 4, 16>/, spill: /./ },
  // Bytes and bf16 for CPUs without instructions for them: the halves of each cell are shifted apart, and that work
  // hides the spills. 14 rows 19.7, 11 rows, which don't spill, 19.7; bf16 28.0, and 27.9 with 11 or 12.
  { symbol: /dot_kernel<.*(Avx512Bytes|Avx512Bf16), /, spill: /./ },
];

const { values, positionals: objects } = parseArgs({
  options: { isa: { type: 'string' }, objdump: { type: 'string' }, nm: { type: 'string' } },
  allowPositionals: true,
});
const { isa, objdump, nm } = values;

const wrong = [];
let loops = 0;
let accepted = 0;
let multiplies = false;
for (const object of objects) {
  const file = object.split(/[\\/]/).slice(-2).join('/'); // each family has a micro_kernels_avx2.cpp.o
  const complain = (symbol, what) => wrong.push(`${file}: ${symbol}: ${what}`);
  const code = output(objdump, '-d', '-w', '-C', '--no-show-raw-insn', object);
  for (const { symbol, spills } of hotLoops(code)) {
    loops += 1;
    for (const spill of spills) {
      if (isAccepted(symbol, spill)) accepted += 1;
      else complain(symbol, `a vector on the stack in a hot loop: ${spill}`);
    }
  }
  multiplies ||= /\tvfmadd/.test(code);
  for (const [, type, symbol] of output(nm, '-g', '-C', '--defined-only', object).matchAll(
    /^\w+ (\w) (.*)$/gm,
  )) {
    if (type !== 'T') complain(symbol, `exported as ${type}, which nm shows of what isn't a strong function`);
    else if (!symbol.includes(`_${isa}(`)) complain(symbol, `exported, but its name doesn't end in _${isa}`);
  }
}
if (objects.length === 0) wrong.push('no objects given');
if (multiplies && loops === 0)
  wrong.push('multiply-adds, but no hot loop: this check no longer sees what it is for');
if (wrong.length > 0) {
  console.error(wrong.join('\n'));
  process.exitCode = 1; // exit() would cut a long list short on its way into a pipe
} else {
  const counts = `${objects.length} objects of ${isa}, ${loops} hot loops, ${accepted} spills that stay`;
  console.log(`${counts}: no others, no foreign symbols`);
}

function output(program, ...args) {
  return execFileSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 30 });
}

function isAccepted(symbol, text) {
  return ACCEPTED.some((known) => known.symbol.test(symbol) && known.spill.test(text));
}
