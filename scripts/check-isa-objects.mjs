// Checks the objects of one ISA: `--isa avx2 --objdump PROGRAM --nm PROGRAM OBJECT...`. No hot loop may keep a vector on
// the stack, and nothing may be exported but strong functions named for the ISA: of a weak one (an inline function, a
// template) the linker might keep this ISA's copy for the whole program. ctest runs it: see cpp/test/CMakeLists.txt.
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { hotLoops } from './spills.mjs';

/**
 * Spills that stay, and why. The masked 6×16 kernel of AVX2 needs seventeen of sixteen registers: 12 sums, two vectors
 * of B, one of A, two masks. It loads a mask each round, the ninth load beside 12 multiply-adds, and runs at 92 Gop/s;
 * five rows, which don't spill, run at 88 (kc = 256, one Zen 4 core, in turns).
 */
const ACCEPTED = [
  {
    symbol: /micro_kernel<.*Avx2Vector, 6, 2, 16, (true|false), true>/,
    spill: /^vmovdqa -?\w+\(%rsp\),%ymm\d+$/,
  },
];

const { values, positionals: objects } = parseArgs({
  options: { isa: { type: 'string' }, objdump: { type: 'string' }, nm: { type: 'string' } },
  allowPositionals: true,
});
const { isa, objdump, nm } = values;

const wrong = [];
let loops = 0;
let multiplies = false;
for (const object of objects) {
  const file = object.split(/[\\/]/).slice(-2).join('/'); // each family has a micro_kernels_avx2.cpp.o
  const complain = (symbol, what) => wrong.push(`${file}: ${symbol}: ${what}`);
  const code = output(objdump, '-d', '-w', '-C', '--no-show-raw-insn', object);
  for (const { symbol, spills } of hotLoops(code)) {
    loops += 1;
    for (const spill of spills.filter((text) => !isAccepted(symbol, text))) {
      complain(symbol, `a vector on the stack in a hot loop: ${spill}`);
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
  console.log(`${objects.length} objects of ${isa}, ${loops} hot loops: no spills, no foreign symbols`);
}

function output(program, ...args) {
  return execFileSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 30 });
}

function isAccepted(symbol, text) {
  return ACCEPTED.some((known) => known.symbol.test(symbol) && known.spill.test(text));
}
