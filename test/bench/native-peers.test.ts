import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { conv2dEntry } from '../../bench/peers/conv2d.js';
import { movedMessage } from '../../bench/peers/entry.js';
import {
  candidatesOf,
  chooseKernel,
  KERNEL_VARIABLES,
  type KernelChoice,
  nativeEnvironment,
} from '../../bench/peers/environment.js';
import { gemmLayer, gemmRequest, weightCopies } from '../../bench/peers/gemm.js';
import { entriesOf } from '../../bench/peers/kinds.js';
import { layerOf, type State } from '../../bench/peers/layer.js';
import { LIBRARIES, librariesOf, missingMessage } from '../../bench/peers/libraries.js';
import {
  type NativeAnswer,
  type NativeRequest,
  nativeArguments,
  parseAnswer,
} from '../../bench/peers/native.js';
import { nativeSides } from '../../bench/peers/native-contest.js';
import { variantsOf } from '../../bench/peers/own-sides.js';
import { rnnEntry } from '../../bench/peers/rnn.js';
import { roofsOf } from '../../bench/peers/roofs.js';
import { CONV2D_PLAN_KEYS } from '../../src/plans/conv2d-plan.js';
import { GEMM_PLAN_KEYS } from '../../src/plans/gemm-plan.js';
import { RNN_PLAN_KEYS } from '../../src/plans/rnn-plan.js';
import { parseGemm } from '../../src/workloads/gemm.js';
import { machineWith } from '../machines.js';

const machine = machineWith(32768, 524288, 1 << 25);
const SWEEP = 1 << 26;

const terms = (shape: string, state: State = 'hot') => ({
  workload: parseGemm(shape),
  threads: 1,
  milliseconds: 10,
  state,
  variants: variantsOf([]),
});

function answer(kernel: string, ...nanoseconds: number[]): NativeAnswer {
  return {
    peakOpsPerSecond: 1e11,
    bytesPerSecond: 1e10,
    settleMilliseconds: 0,
    coreToCoreNanoseconds: [0, 0],
    sides: [
      {
        peer: 'openblas',
        name: 'sgemm',
        version: 'OpenBLAS 1',
        kernel,
        category: 'unprepared',
        difference: 1e-6,
        nanoseconds,
      },
    ],
    missing: [],
  };
}

test('a request becomes key=value, our sides one text with their plans', () => {
  const request = gemmRequest(terms('64x128x256'), SWEEP);
  const list = nativeArguments(request, ['openblas', 'onednn'], '/modules');
  expect(list).toEqual(
    expect.arrayContaining([
      ...['kind=gemm', 'm=64', 'n=128', 'k=256', 'type=f32', 'threads=1', 'milliseconds=10', 'copies=1'],
      `streamBytes=${4 * (64 * 256 + 256 * 128 + 64 * 128)}`,
      ...['peers=openblas,onednn', 'modules=/modules'],
    ]),
  );
  const own = list
    .find((text) => text.startsWith('own='))
    ?.slice(4)
    .split(';');
  expect(own).toEqual([
    expect.stringMatching(/^rooftile\|prepared\|0\.0001\|isa=\w+ mr=\d+ .* prepared=true .*threadRows=1$/),
    expect.stringMatching(/^rooftile\|unprepared\|0\.0001\|.* prepared=false /),
  ]);
});

test('narrow types have prepared weights only; integers must be equal', () => {
  const request = gemmRequest(terms('64x64x4096:bf16'), SWEEP);
  expect(request).toMatchObject({ type: 'bf16:bf16:f32', own: [{ plan: { prepared: true } }] });
  expect(request.streamBytes).toBe(2 * (64 * 4096 + 4096 * 64) + 4 * 64 * 64);
  expect(gemmRequest(terms('64x64x64:u8:s8:s32'), SWEEP).own).toMatchObject([{ tolerance: 0 }]);
});

test('each --plan is one more side, where it can be one', () => {
  const variants = variantsOf([{ kc: 64 }, { prepared: false, threads: 2 }]);
  const { own } = gemmRequest({ ...terms('64x64x64'), variants }, SWEEP);
  expect(own.map(({ name, category }) => [name, category])).toEqual([
    ['rooftile', 'prepared'],
    ['rooftile kc=64', 'prepared'],
    ['rooftile', 'unprepared'],
    ['rooftile kc=64', 'unprepared'],
    ['rooftile prepared=false threads=2', 'unprepared'],
  ]);
  expect(() => gemmRequest({ ...terms('64x64x64'), variants: variantsOf([{ qr: 6 }]) }, SWEEP)).toThrow('qr');
});

test('a convolution comes with bias and relu, ours blocked and as NCHW', () => {
  const { variants, ...rest } = terms('1x1x1');
  const { request } = conv2dEntry('ic16ih14oc32kh3ph1', { ...rest, variants });
  const list = nativeArguments(request as NativeRequest, ['onednn'], '/modules');
  expect(list).toEqual(
    expect.arrayContaining([
      ...['kind=conv2d', 'batch=1', 'groups=1', 'channels=16', 'height=14', 'filters=32', 'filterWidth=3'],
      ...['strideHeight=1', 'dilationWidth=1', 'padTop=1', 'padRight=1', 'relu=true'],
      `streamBytes=${4 * (16 * 14 * 14 + 32 * 14 * 14 + 16 * 32 * 9 + 32)}`,
    ]),
  );
  const sides = (shape: string, ...plans: object[]) =>
    conv2dEntry(shape, { ...rest, variants: variantsOf(plans) }).request?.own.map(({ name, category }) => [
      name,
      category,
    ]);
  expect(sides('ic16ih14oc32kh5ph2', { layout: 'nchw' })).toEqual([
    ['rooftile', 'blocked'],
    ['rooftile', 'nchw'],
    ['rooftile layout=nchw', 'nchw'],
  ]);
  expect(sides('ic16ih14oc32kh3ph1', { algorithm: 'winograd2', layout: 'nchw' })).toEqual([
    ['rooftile', 'blocked'],
    ['rooftile', 'nchw'],
    ['rooftile F(2,3)', 'winograd blocked'],
    ['rooftile F(2,3)', 'winograd nchw'],
    ['rooftile F(4,3)', 'winograd blocked'],
    ['rooftile F(4,3)', 'winograd nchw'],
    ['rooftile algorithm=winograd2 layout=nchw', 'winograd nchw'],
  ]);
});

test('recurrent layers: sizes, directions as a number', () => {
  const { request } = rnnEntry('gru', 'l2t5mb3sic16slc8dhc16d2lbr1', terms('1x1x1'));
  expect(nativeArguments(request as NativeRequest, ['onednn'], '')).toEqual(
    expect.arrayContaining([
      ...['kind=gru', 'layers=2', 'steps=5', 'batch=3', 'inputs=8', 'hidden=16', 'directions=2'],
      'linearBeforeReset=true',
    ]),
  );
  expect(request?.own).toHaveLength(1);
  const narrow = { ...terms('1x1x1'), variants: variantsOf([{ weightType: 'bf16' }]) };
  expect(rnnEntry('lstm', 't5mb3sic16', narrow).request?.own).toMatchObject([
    { name: 'rooftile', category: 'prepared' },
    { name: 'rooftile weightType=bf16', category: 'narrow weights', against: 'prepared' },
  ]);
});

test('libraries take part where they have such layers', () => {
  expect(librariesOf('gemm', 'f32')).toEqual(['openblas', 'blis', 'onednn', 'eigen']);
  expect(librariesOf('gemm', 'u8:s8:s32', ['openblas', 'onednn'])).toEqual(['onednn']);
  expect(librariesOf('lstm', 'f32')).toEqual(['onednn']);
  expect(librariesOf('conv2d', 'f32', ['blis'])).toEqual([]);
});

test('a product is named with its type; outputs that no peer has are refused', () => {
  expect(gemmLayer(parseGemm('2x3x4')).name).toBe('2x3x4');
  expect(gemmLayer(parseGemm('2x3x4:u8')).name).toBe('2x3x4:u8:s8:s32');
  expect(() => gemmLayer(parseGemm('2x3x4:u8:s8:u8'))).toThrow('outputs must be f32 or s32');
});

test('cold weights fill the sweep, at least twice, or are refused', () => {
  expect(weightCopies(terms('1x4096x4096'), SWEEP)).toBe(1);
  expect(weightCopies(terms('1x4096x4096', 'cold'), SWEEP)).toBe(2);
  expect(weightCopies(terms('1x1024x1024', 'cold'), SWEEP)).toBe(16);
  expect(gemmRequest(terms('1x1024x1024', 'cold'), SWEEP).streamBytes).toBe(SWEEP);
  expect(() => weightCopies(terms('64x64x64', 'cold'), SWEEP)).toThrow(
    '64x64x64: cold weights of 16384 bytes take 4096 copies, and 512 is the most',
  );
});

test('shapes too small to be cold leave the list, and are refused by name; other kinds are only hot', () => {
  const cold = { ...terms('1x1x1', 'cold'), type: 'f32' as const, quick: true };
  const names = entriesOf('gemm', [], cold, machine).map(({ layer }) => layer.name);
  expect(names).toContain('1x4096x4096');
  expect(names).not.toContain('64x64x64');
  expect(() => entriesOf('gemm', ['64x64x64'], cold, machine)).toThrow(RangeError);
  expect(() => entriesOf('gru', [], cold, machine)).toThrow('gru is compared hot and in f32 only');
  expect(() => entriesOf('pool', [], cold, machine)).toThrow("'pool' is no kind of layer");
});

test('a batch of the default convolutions; other shapes name theirs', () => {
  const given = { ...terms('1x1x1'), type: 'f32' as const, quick: true, batch: 8 };
  const names = entriesOf('conv2d', [], given, machine).map(({ layer }) => layer.name);
  expect(names).toContain('g512mb8ic512ih14oc512oh14kh3ph1');
  expect(() => entriesOf('conv2d', ['ic3ih8oc8kh3'], given, machine)).toThrow('--batch is for conv2d');
  expect(() => entriesOf('lstm', [], given, machine)).toThrow('--batch is for conv2d');
});

test('an answer is read back; one without times or ceilings is refused', () => {
  expect(parseAnswer(JSON.stringify(answer('SkylakeX', 5, 4)))).toEqual(answer('SkylakeX', 5, 4));
  expect(() => parseAnswer(JSON.stringify(answer('SkylakeX')))).toThrow('a side without times');
  expect(() => parseAnswer(JSON.stringify({ ...answer('SkylakeX', 5), peakOpsPerSecond: null }))).toThrow(
    'no ceilings',
  );
  expect(() => parseAnswer('')).toThrow(SyntaxError);
});

test('sides carry their library and kernel; ours the plan', () => {
  const request = gemmRequest(terms('64x64x64'), SWEEP);
  const given = answer('SkylakeX', 5);
  const ours = {
    ...given.sides[0],
    peer: 'rooftile',
    name: 'rooftile',
    version: '',
    category: 'prepared',
  } as const;
  const sides = nativeSides(
    { ...given, sides: [ours as NativeAnswer['sides'][number], ...given.sides] },
    request,
  );
  expect(sides).toMatchObject([
    { name: 'rooftile', peer: false, category: 'prepared', caller: 'C++', version: null },
    {
      name: 'openblas sgemm',
      peer: true,
      category: 'unprepared',
      version: 'OpenBLAS 1',
      kernel: 'SkylakeX',
      difference: 1e-6,
    },
  ]);
  expect(sides[0]?.kernel).toMatch(/^\w+ \d+x\d+, blocked, mc /);
});

test('the C++ sources know every library of the list and every key of a plan', () => {
  const source = (file: string) =>
    readFileSync(new URL(`../../bench/peers/native/${file}`, import.meta.url), 'utf8');
  for (const { name } of LIBRARIES) {
    expect(source('CMakeLists.txt')).toMatch(new RegExp(`peer_module\\(${name} |peer_${name}\\.so`));
    expect(source(`${name}.cpp`)).toContain(`{"${name}", version, kSides,`);
  }
  expect(LIBRARIES.map(({ name }) => name)).toEqual(
    expect.arrayContaining(KERNEL_VARIABLES.map(({ peer }) => peer)),
  );
  const plans = {
    gemm: GEMM_PLAN_KEYS,
    conv2d: CONV2D_PLAN_KEYS,
    rnn: RNN_PLAN_KEYS,
  };
  for (const [kind, keys] of Object.entries(plans)) {
    const text = source(`rooftile_${kind}.cpp`);
    // A helper takes the orders that products and convolutions share.
    for (const key of keys) expect(text).toMatch(key === 'order' ? /order/ : `"${key}"`);
  }
});

test('a missing library: one sentence with the package; a missing side: its reason', () => {
  expect(missingMessage({ peer: 'blis', name: '', reason: 'no such file' })).toBe(
    'BLIS is left out (no such file): `apt-get install libblis-dev` brings it',
  );
  expect(missingMessage({ peer: 'onednn', name: 'matmul', reason: 'unimplemented' })).toBe(
    'onednn matmul is left out: unimplemented',
  );
});

test('the environment sets threads and chosen kernels, and leaves the rest to the user', () => {
  const choice: KernelChoice = {
    peer: 'blis',
    variable: 'BLIS_ARCH_TYPE',
    value: 'skx',
    kernel: 'skx',
    trials: [],
  };
  const user = { PATH: '/bin', OMP_NUM_THREADS: '7', GOMP_SPINCOUNT: '5' };
  expect(nativeEnvironment(2, [choice], user)).toMatchObject({
    PATH: '/bin',
    OMP_NUM_THREADS: '2',
    OPENBLAS_NUM_THREADS: '2',
    BLIS_NUM_THREADS: '2',
    BLIS_ARCH_TYPE: 'skx',
    GOMP_SPINCOUNT: '5',
  });
  expect(nativeEnvironment(1, [{ ...choice, value: null }], user)).not.toHaveProperty('BLIS_ARCH_TYPE');
});

test('the fastest kernel is chosen; one that ends its process is no candidate', () => {
  const known = { peer: 'openblas', variable: 'OPENBLAS_CORETYPE', candidates: [null, 'Zen', 'SkylakeX'] };
  const run = ({ value }: KernelChoice) => {
    if (value === 'Zen') throw new Error('SIGILL');
    return value === null ? answer('Haswell', 9, 8) : answer('SkylakeX', 12, 5);
  };
  expect(chooseKernel(known, run)).toEqual({
    peer: 'openblas',
    variable: 'OPENBLAS_CORETYPE',
    value: 'SkylakeX',
    kernel: 'SkylakeX',
    trials: [
      { value: null, kernel: 'Haswell', nanoseconds: 8 },
      { value: 'Zen', kernel: null, nanoseconds: null },
      { value: 'SkylakeX', kernel: 'SkylakeX', nanoseconds: 5 },
    ],
  });
  expect(chooseKernel({ ...known, candidates: ['Zen'] }, run)).toBeNull();
  expect(candidatesOf(known, { OPENBLAS_CORETYPE: 'Zen' }).candidates).toEqual(['Zen']);
  expect(candidatesOf(known, {})).toBe(known);
});

test('the roofline beside is the lower of the two ceilings that were measured there', () => {
  const roofOf = (shape: string) =>
    roofsOf(layerOf(parseGemm(shape)), { state: 'hot', threads: 1 }, machine, answer('', 1)).beside;
  expect(roofOf('512x512x512')).toEqual({ opsPerSecond: 1e11, bound: 'compute' });
  const { opsPerSecond, bound } = roofOf('1x4096x4096') ?? {};
  expect(opsPerSecond).toBeCloseTo((1e10 * 2 * 4096 ** 2) / (4 * (4096 ** 2 + 2 * 4096)), -3);
  expect(bound).toBe('dram');
  expect(roofsOf(layerOf(parseGemm('8x8x8')), { state: 'hot', threads: 1 }, machine, null)).toEqual({
    stored: null,
    beside: null,
    peakOpsPerSecond: null,
  });
});

test('CPUs that were moved between the two probes are told', () => {
  const measured = (before: number, after: number) => ({
    name: '1x1x1',
    measured: { ...answer('', 1), coreToCoreNanoseconds: [before, after] as [number, number] },
  });
  expect(movedMessage(measured(90, 400))).toBe(
    '1x1x1: the CPUs were moved or busy: 90 ns from one to the other before, 400 ns after',
  );
  expect(movedMessage(measured(400, 90))).not.toBe('');
  expect(movedMessage(measured(90, 120))).toBe('');
  expect(movedMessage(measured(0, 0))).toBe('');
  expect(movedMessage({ name: '1x1x1', measured: null })).toBe('');
});
