import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/check-isa-objects.mjs', import.meta.url));
const TILES = '0000000000000040 T rooftile::gemm::micro_tiles_avx2()';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rooftile-objects-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The check over one object, of which objdump and nm say this. */
function check(disassembly: string, symbols: string) {
  const objdump = tool('objdump', disassembly);
  const args = [
    script,
    '--isa',
    'avx2',
    '--objdump',
    objdump,
    '--nm',
    tool('nm', symbols),
    'build/gemm/kernel.o',
  ];
  return spawnSync(process.execPath, args, { encoding: 'utf8' });
}

function tool(name: string, answer: string) {
  const path = join(folder, name);
  writeFileSync(`${path}.txt`, answer);
  writeFileSync(path, `#!/bin/sh\ncat "${path}.txt"\n`, { mode: 0o755 });
  return path;
}

/** What objdump prints of a function whose instructions are so many bytes apart. */
function code(symbol: string, ...instructions: string[]) {
  const lines = instructions.map((text, index) => `    ${index.toString(16)}0:\t${text.replace(' ', '\t')}`);
  return `0000000000000000 <${symbol}>:\n${lines.join('\n')}\n`;
}

const jump = (to: number) => `jne ${to.toString(16)}0 <kernel()+0x${to.toString(16)}0>`;

test('sums in registers pass, spills before and after the loop too', () => {
  const kernel = code(
    'kernel()',
    'vmovaps %ymm1,-0x20(%rsp)',
    'vbroadcastss (%rax),%ymm2',
    'vfmadd231ps 0x0(%rip),%ymm2,%ymm0        # 40 <kernel()+0x40>',
    'add %r8,%rax',
    jump(1),
    'vmovaps -0x20(%rsp),%ymm1',
    'ret',
  );
  const { status, stdout } = check(kernel, TILES);
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: '1 objects of avx2, 1 hot loops, 0 spills that stay: no others, no foreign symbols\n',
  });
});

test('a register that points at the stack on another way only, however near it stands, is no spill', () => {
  const kernel = code(
    'kernel()',
    'mov 0x8(%rdi),%rsi',
    jump(4),
    'mov %rsp,%rsi',
    'jmp f00 <finish()>',
    'vfmadd231ps (%rsi){1to16},%zmm1,%zmm0',
    'add %r8,%rsi',
    jump(4),
    'ret',
  );
  const { status, stdout } = check(kernel, TILES);
  expect(stdout).toContain('1 hot loops, 0 spills');
  expect(status).toBe(0);
});

test.each([
  [
    'a sum that is loaded and stored',
    ['vmovaps 0x40(%rsp),%ymm0', 'vfmadd231ps %ymm1,%ymm2,%ymm0', 'vmovaps %ymm0,0x40(%rsp)'],
    2,
  ],
  ['a product with what lies there', ['vfmadd231ps -0x20(%rsp),%ymm2,%ymm0'], 1],
  [
    'a sum of integers',
    ['vpmaddwd (%rax),%ymm1,%ymm2', 'vpaddd 0x20(%rsp),%ymm2,%ymm2', 'vmovdqa %ymm2,0x20(%rsp)'],
    2,
  ],
  ['bytes', ['vpdpbusd %zmm1,%zmm2,%zmm20', 'vmovdqu64 %zmm3,(%rsp,%rcx,8)'], 1],
  ['bfloat16', ['vdpbf16ps (%rax),%zmm2,%zmm20', 'vmovups 0x8(%rsp),%zmm3'], 1],
])('%s: the symbol, the instruction and the object', (_, body, count) => {
  const { status, stderr } = check(code('kernel()', 'xor %ecx,%ecx', ...body, jump(1), 'ret'), TILES);
  const lines = stderr.trimEnd().split('\n');
  expect({ status, count: lines.length }).toEqual({ status: 1, count });
  for (const line of lines)
    expect(line).toMatch(/^gemm\/kernel\.o: kernel\(\): a vector on the stack in a hot loop: v\w+ .*\(%rsp/);
});

test('a spill that stays is counted, in its kernel alone', () => {
  const kernel = (tile: string) =>
    code(
      `gemm::dot_kernel<Avx2Pairs, ${tile}>()`,
      'vpmaddwd %ymm1,%ymm2,%ymm3',
      'vpaddd (%rsp),%ymm0,%ymm0',
      jump(0),
    );
  expect(check(kernel('3, 4, 16'), TILES).stdout).toContain('1 spills that stay: no others');
  expect(check(kernel('2, 4, 16'), TILES).status).toBe(1);
});

test.each([
  ['a register that points to the stack', 'lea 0x40(%rsp),%rbx', 1],
  ['a frame pointer', 'mov %rsp,%rbx', 1],
  ['a register that points elsewhere', 'mov 0x40(%rsp),%rbx', 0],
])('sums in an array behind %s', (_, instruction, status) => {
  const body = ['vmovaps (%rbx),%ymm0', 'vfmadd231ps %ymm1,%ymm2,%ymm0', 'vmovaps %ymm0,(%rbx)'];
  const sums = 'vfmadd231ps %ymm1,%ymm2,%ymm5';
  expect(check(code('kernel()', instruction, ...body, sums, jump(1), 'ret'), TILES).status).toBe(status);
});

test('only the innermost of nested loops is hot', () => {
  const kernel = (inner: string) =>
    code(
      'kernel()',
      'xor %ecx,%ecx',
      'vmovaps 0x20(%rsp),%ymm3',
      inner,
      'vfmadd231ps %ymm1,%ymm2,%ymm0',
      jump(2),
      'vmovaps %ymm3,0x20(%rsp)',
      jump(1),
      'ret',
    );
  expect(check(kernel('vmovaps (%rax),%ymm1'), TILES).status).toBe(0);
  expect(check(kernel('vmovaps 0x60(%rsp),%ymm1'), TILES).stderr).toContain('vmovaps 0x60(%rsp),%ymm1');
});

test('a jump back into code that is reached another way closes no loop', () => {
  const kernel = code(
    'kernel()',
    'vfmadd231ps %ymm1,%ymm2,%ymm0',
    jump(0),
    'je 50 <kernel()+0x50>',
    'vmovaps -0x20(%rsp),%ymm0',
    'ret',
    'vfmadd231ps %ymm1,%ymm2,%ymm0',
    'jmp 30 <kernel()+0x30>',
  );
  expect(check(kernel, TILES).status).toBe(0);
});

test('polynomials over an array are not a hot loop', () => {
  const sums = code('sums()', 'vfmadd231ps %ymm1,%ymm2,%ymm0', jump(0), 'ret');
  const gates = code(
    'gates()',
    'vmovaps 0x20(%rsp,%rcx,4),%ymm0',
    'vfmadd213ps %ymm1,%ymm2,%ymm0',
    'vmovups %ymm0,(%rax)',
    jump(0),
    'ret',
  );
  expect(check(sums + gates, TILES).stdout).toContain('1 hot loops');
});

test('multiply-adds without any hot loop: the check has gone blind', () => {
  const { status, stderr } = check(code('kernel()', 'vfmadd231ps %ymm1,%ymm2,%ymm0', 'ret'), TILES);
  expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('no hot loop') });
});

test.each([
  ['W', 'std::array<float, 8ul>::data()', 'exported as W'],
  ['V', 'rooftile::kTable', 'exported as V'],
  ['u', 'rooftile::table()::value', 'exported as u'],
  ['T', 'rooftile::gemm::pack(float*)', "its name doesn't end in _avx2"],
])('an exported %s %s', (type, symbol, message) => {
  const { status, stderr } = check('', `${TILES}\n0000000000000000 ${type} ${symbol}\n`);
  expect(status).toBe(1);
  expect(stderr.trimEnd().split('\n')).toEqual([expect.stringContaining(`gemm/kernel.o: ${symbol}: `)]);
  expect(stderr).toContain(message);
});
