import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { planGemm } from '../../src/plans/plan-gemm.js';
import { gemmTraffic } from '../../src/theory/gemm.js';
import { bytesOf, type Traffic, trafficOf } from '../../src/theory/rows.js';
import { checkBudget, isBudgetFile, parseLimits, readBudgetFile } from '../../src/traffic/budget.js';
import { gemmWorkload } from '../../src/workloads/gemm.js';
import { machineWith } from '../machines.js';

describe('limits on the command line', () => {
  test('name a boundary, a direction or both, an operand or all', () => {
    expect(parseLimits('dramBytes=12e6')).toEqual([
      { name: 'dramBytes', boundary: 'dram', direction: null, operand: null, bytes: 12e6 },
    ]);
    expect(
      parseLimits(' l3ReadBytes = 4194304 , dramWriteBytes.outputs=0').map(({ name, ...limit }) => limit),
    ).toEqual([
      { boundary: 'l3', direction: 'read', operand: null, bytes: 4194304 },
      { boundary: 'dram', direction: 'write', operand: 'outputs', bytes: 0 },
    ]);
  });

  test.each([
    ['', "'' isn't name=bytes, such as dramBytes=12e6; the budgets are dramBytes, dramReadBytes"],
    ['dramBytes', "'dramBytes' isn't name=bytes"],
    ['dramBytes=', "'dramBytes=' isn't name=bytes"],
    ['dramBytes=1,', "'' isn't name=bytes"],
    ['drumBytes=1', "'drumBytes' is no budget; the budgets are dramBytes"],
    ['DramBytes=1', "'DramBytes' is no budget"],
    ['__proto__=1', "'__proto__' is no budget"],
    [
      'dramBytes.biases=1',
      "'biases' is no operand; there are weights, inputs, outputs, state, packedWeights",
    ],
    ['dramBytes.=1', "'' is no operand"],
    ['dramBytes.inputs.read=1', "'dramBytes.inputs.read' is no budget"],
    ['dramBytes=12MB', "dramBytes: '12MB' isn't a number of bytes, such as 12e6"],
    ['dramBytes=NaN', "dramBytes: 'NaN' isn't a number"],
    ['dramBytes=Infinity', "dramBytes: 'Infinity' isn't a number"],
    ['dramBytes=0x10', "dramBytes: '0x10' isn't a number"],
    ['dramBytes=-1', 'dramBytes must be a whole number of bytes from 0 to 2^53 − 1, not -1'],
    ['dramBytes=1.5', 'not 1.5'],
    ['dramBytes=1e400', 'not Infinity'],
    ['dramBytes=1,dramBytes=2', 'dramBytes is given twice'],
  ])('%j is an error', (text, message) => {
    expect(() => parseLimits(text)).toThrow(RangeError);
    expect(() => parseLimits(text)).toThrow(message);
  });

  test('files are told by their ending', () => {
    expect(isBudgetFile('ci/budget.json')).toBe(true);
    expect(isBudgetFile('dramBytes=1')).toBe(false);
  });
});

describe('a budget file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rooftile-budget-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'budget.json');
  const reading = (text: string) => () => {
    writeFileSync(path, text);
    return readBudgetFile(path);
  };
  const entry = (more: object) =>
    JSON.stringify({ budgets: [{ workload: 'gemm 8x8x8', limits: { dramBytes: 1 }, ...more }] });

  test('gives each run its workload, state, plan, source and limits', () => {
    const [first, second] = reading(`{
      "budgets": [
        { "workload": "gemm 64x512x256", "state": "warm", "plan": { "kc": 64 }, "source": "simulate",
          "limits": { "dramBytes": 12e6, "l3ReadBytes.inputs": 0 } },
        { "workload": "conv2d mb1ic192ih13oc384oh13kh3ph1", "limits": { "dramWriteBytes": 300000 } }
      ]
    }`)();
    expect(first).toEqual({
      workload: gemmWorkload({ m: 64, n: 512, k: 256 }),
      state: 'warm',
      plan: { kc: 64 },
      source: 'simulate',
      limits: parseLimits('dramBytes=12e6,l3ReadBytes.inputs=0'),
    });
    expect(second).toMatchObject({ workload: { kind: 'conv2d' }, state: 'cold', plan: {}, source: null });
  });

  test.each([
    ['{"budgets": [\n  {"workload": }\n]}', 'line 2, column 16: a value is expected, not }'],
    [
      '{"budgets": [{"limits": {"l3Bytes": 1, "l3Bytes": 2}}]}',
      'column 40: the key "l3Bytes" stands there twice',
    ],
    ['[]', 'the document must be an object, not a Array'],
    ['{}', 'budgets must be a list, not undefined'],
    ['{"budget": []}', "the document has no key 'budget'; it has budgets"],
    ['{"budgets": []}', 'budgets is an empty list, which would hold whatever runs'],
    ['{"budgets": [7]}', 'budgets[0]: it must be an object, not 7'],
    [entry({ limit: {} }), "budgets[0]: it has no key 'limit'; it has workload, state, plan, source, limits"],
    [entry({ workload: 12 }), 'budgets[0]: workload must be a string, not 12'],
    [
      entry({ workload: 'gemm' }),
      'budgets[0]: workload must be a kind (gemm, conv2d, gru, lstm) and a shape',
    ],
    [entry({ workload: 'gemm 8x8x8 9' }), "not 'gemm 8x8x8 9'"],
    [entry({ workload: 'pool 8x8' }), "budgets[0]: 'pool' is no kind of layer; there is gemm"],
    [entry({ workload: 'gemm 8x8' }), 'budgets[0]: '],
    [entry({ state: 'hot' }), "budgets[0]: state must be one of cold, warm, not 'hot'"],
    [entry({ source: 'time' }), "budgets[0]: source must be one of simulate, count, theory, not 'time'"],
    [entry({ plan: { kz: 1 } }), "'kz'"],
    [entry({ plan: { kc: -1 } }), 'kc'],
    [entry({ plan: [] }), 'budgets[0]: plan must be an object, not a Array'],
    [entry({ limits: undefined }), 'budgets[0]: limits must be an object, not undefined'],
    [entry({ limits: {} }), 'budgets[0]: limits is empty; the budgets are dramBytes'],
    [entry({ limits: { dram: 1 } }), "budgets[0]: 'dram' is no budget"],
    [entry({ limits: { dramBytes: '12e6' } }), "dramBytes must be a number of bytes, not '12e6'"],
    [entry({ limits: { dramBytes: null } }), 'dramBytes must be a number of bytes, not null'],
    [entry({ limits: { dramBytes: -3 } }), 'dramBytes must be a whole number of bytes from 0'],
  ])('%s is an error', (text, message) => {
    let thrown: unknown;
    try {
      reading(text)();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'ROOFTILE_BUDGET_FILE' });
    expect((thrown as Error).message).toContain(`${path}: `);
    expect((thrown as Error).message).toContain(message);
  });

  test('that can’t be read says why', () => {
    expect(() => readBudgetFile(join(folder, 'none.json'))).toThrow(/none\.json: ENOENT/);
    expect(() => readBudgetFile(folder)).toThrow(/EISDIR/);
  });
});

describe('a run held against limits', () => {
  const rows = (bytes: number): Traffic =>
    trafficOf(
      [
        { boundary: 'dram', operand: 'inputs', direction: 'read', cause: 'compulsory', bytes },
        { boundary: 'dram', operand: 'inputs', direction: 'read', cause: 'capacity', bytes: 5 },
        { boundary: 'dram', operand: 'outputs', direction: 'write', cause: 'compulsory', bytes: 20 },
        { boundary: 'l1', operand: 'inputs', direction: 'read', cause: 'capacity', bytes: 900 },
      ],
      ['dram', 'l1'],
    );
  const check = (text: string, ...rest: [Parameters<typeof checkBudget>[1], 'theory'?]) =>
    checkBudget(parseLimits(text), ...rest);

  test('is over by the first byte beyond a limit', () => {
    const checks = check(
      'dramBytes=125,dramReadBytes=104,dramWriteBytes=20,dramBytes.inputs=104,l1Bytes=1e3',
      {
        count: rows(100),
      },
    );
    expect(checks.map(({ name, bytes, over }) => [name, bytes, over])).toEqual([
      ['dramBytes', 125, false],
      ['dramReadBytes', 105, true],
      ['dramWriteBytes', 20, false],
      ['dramBytes.inputs', 105, true],
      ['l1Bytes', 900, false],
    ]);
    expect(checks[1]).toEqual({
      name: 'dramReadBytes',
      source: 'count',
      limitBytes: 104,
      bytes: 105,
      over: true,
    });
  });

  test('is decided by simulate, else count, else theory, where they know the boundary', () => {
    const simulate: Traffic = trafficOf([], ['dram']);
    const all = { theory: rows(1), count: rows(2), simulate };
    expect(check('dramBytes=9,l1Bytes=9', all).map(({ source }) => source)).toEqual(['simulate', 'count']);
    expect(check('dramBytes=9', { theory: rows(1), count: rows(2) })).toMatchObject([{ source: 'count' }]);
    expect(check('dramBytes=9', all, 'theory')).toMatchObject([{ source: 'theory', bytes: 26 }]);
  });

  test('and limits that could never be passed are errors', () => {
    expect(() => check('l3Bytes=1', { count: rows(1) })).toThrow(
      'l3Bytes: count has no boundary l3 here; there are dram, l1',
    );
    expect(() => check('dramBytes.weights=1', { count: rows(1) })).toThrow(
      'dramBytes.weights: this run touches no weights; it touches inputs, outputs',
    );
    expect(() => check('dramBytes=1', {})).toThrow('the budget needs the source simulate or count or theory');
    expect(() => check('dramBytes=1', { count: rows(1) }, 'theory')).toThrow(
      'the budget needs the source theory',
    );
    // Everything stays in the caches of a warm run: 0 bytes are 0 bytes, not an operand that isn't there.
    expect(check('dramBytes.outputs=0', { simulate: trafficOf([], ['dram']) })).toMatchObject([
      { bytes: 0, over: false },
    ]);
  });

  test('a smaller block moves more, and the budget of the larger one tells', () => {
    const machine = machineWith(32768, 262144, 0);
    const workload = gemmWorkload({ m: 512, n: 512, k: 512 });
    const moved = (kc: number) =>
      gemmTraffic(workload, planGemm(workload, machine, { threads: 1, kc }), machine, 'cold');
    const limits = parseLimits(`dramBytes=${bytesOf(moved(256), { boundary: 'dram' })}`);
    expect(checkBudget(limits, { theory: moved(256) })).toMatchObject([{ over: false }]);
    expect(checkBudget(limits, { theory: moved(64) })).toMatchObject([{ over: true }]);
  });
});
