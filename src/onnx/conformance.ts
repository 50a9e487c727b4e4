import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Attributes, nodeName } from './attributes.js';
import { OnnxError } from './error.js';
import { KERNEL_OPERATORS, PLUMBING } from './operators/index.js';
import { inFile, type Model, readModel, readTensor } from './read.js';
import { dimsText, numbersOf, type Tensor, tensorOf } from './tensor.js';

/** ONNX's own: |a − b| ≤ absolute + relative · |b| for every element a with expected value b. */
export const TOLERANCE = { relative: 1e-3, absolute: 1e-7 } as const;

/** The element of an output that is farthest off, in units of its tolerance: over 1 fails. */
export interface WorstElement {
  output: string;
  index: number;
  value: number;
  expected: number;
  ofTolerance: number;
}

export interface CaseResult {
  name: string;
  /** Of the case's nodes, without those that only move data. */
  operators: string[];
  status: 'pass' | 'fail' | 'skipped';
  /** Null where nothing could be compared. */
  worst: WorstElement | null;
  /** Why a case failed or was skipped; '' for one that passed. */
  reason: string;
}

/** A folder of one case: model.onnx, input_N.pb, output_N.pb. */
export interface Case {
  name: string;
  folder: string;
}

/** The case folders below a folder, by name; the folder itself may be one. */
export function findCases(folder: string): Case[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === 'model.onnx')
    .map((entry) => ({ folder: entry.parentPath, name: relative(folder, entry.parentPath) || folder }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Runs a case through our kernels and compares every element. A broken or impossible case fails; nothing is thrown. */
export function runCase({ name, folder }: Case): CaseResult {
  const result: CaseResult = { name, operators: [], status: 'fail', worst: null, reason: '' };
  try {
    const model = readModel(join(folder, 'model.onnx'));
    const operators = operatorsOf(model);
    result.operators = operators.filter((operator) => !PLUMBING.has(operator));
    const others = result.operators.filter((operator) => !KERNEL_OPERATORS.has(operator));
    if (others.length > 0 || result.operators.length === 0) {
      const named = others.length > 0 ? others : operators;
      return { ...result, operators: named, status: 'skipped', reason: named.join(' ') || 'no nodes' };
    }
    const worst = compare(model, evaluate(model, folder), folder);
    if (!(worst.ofTolerance > 1)) return { ...result, status: 'pass', worst };
    const { output, index, value, expected } = worst;
    return { ...result, worst, reason: `'${output}'[${index}] is ${value}, should be ${expected}` };
  } catch (error) {
    // An exception of any kind is this case's failure: the others still have to run.
    return { ...result, reason: error instanceof Error ? error.message : String(error) };
  }
}

function operatorsOf({ graph }: Model): string[] {
  return [
    ...new Set(
      graph.nodes.map(({ opType = '', domain }) =>
        domain && domain !== 'ai.onnx' ? `${domain}.${opType}` : opType,
      ),
    ),
  ];
}

/** All values of the graph, by name. */
function evaluate(model: Model, folder: string): Map<string, Tensor> {
  const { graph } = model;
  const values = inFile(
    join(folder, 'model.onnx'),
    () => new Map(graph.initializers.map((tensor) => [tensor.name ?? '', tensorOf(tensor)])),
  );
  // Older models list their constants as inputs, too.
  const open = graph.inputs.filter(({ name }) => !values.has(name ?? ''));
  for (const [index, { name = '' }] of open.entries()) {
    const file = join(folder, `input_${index}.pb`);
    // Inputs at the end may be optional and have no file.
    if (existsSync(file)) values.set(name, readTensor(file));
  }
  for (const node of graph.nodes) {
    const what = nodeName(node);
    const operator = KERNEL_OPERATORS.get(node.opType ?? '') ?? PLUMBING.get(node.opType ?? '');
    if (operator === undefined) throw new OnnxError(`${what}: no kernel for it`);
    const inputs = node.inputs.map((name) => {
      const value = values.get(name);
      if (name !== '' && value === undefined) throw new OnnxError(`${what}: '${name}' has no value`);
      return value;
    });
    const outputs = named(what, () => operator({ what, inputs, attributes: new Attributes(node) }));
    for (const [index, name] of node.outputs.entries()) {
      const output = outputs[index];
      if (name !== '' && output !== undefined) values.set(name, output);
    }
  }
  return values;
}

/** The kernels know no nodes: puts the node's name before what they refuse. */
function named<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof OnnxError || !(error instanceof Error)) throw error;
    throw new OnnxError(`${what}: ${error.message}`, { cause: error });
  }
}

/** The worst element of all outputs; an OnnxError where shapes differ. */
function compare({ graph }: Model, values: ReadonlyMap<string, Tensor>, folder: string): WorstElement {
  if (graph.outputs.length === 0)
    throw new OnnxError('the model has no outputs: there is nothing to compare');
  const worst = graph.outputs.map(({ name = '' }, index) => {
    const expected = readTensor(join(folder, `output_${index}.pb`));
    const found = values.get(name);
    if (found === undefined) throw new OnnxError(`output '${name}' wasn't computed`);
    if (dimsText(found.dims) !== dimsText(expected.dims)) {
      throw new OnnxError(`'${name}' is ${dimsText(found.dims)}, should be ${dimsText(expected.dims)}`);
    }
    return worstOf(name, numbersOf(found), numbersOf(expected));
  });
  return worst.reduce((a, b) => (b.ofTolerance > a.ofTolerance ? b : a));
}

function worstOf(output: string, values: number[], wanted: number[]): WorstElement {
  let worst: WorstElement = {
    output,
    index: 0,
    value: values[0] ?? 0,
    expected: wanted[0] ?? 0,
    ofTolerance: 0,
  };
  for (const [index, value] of values.entries()) {
    const expected = wanted[index] as number;
    const ofTolerance = errorOf(value, expected);
    if (ofTolerance > worst.ofTolerance) worst = { output, index, value, expected, ofTolerance };
  }
  return worst;
}

function errorOf(value: number, expected: number): number {
  // Equal infinities have no difference, and a NaN only equals another.
  if (Object.is(value, expected) || value === expected) return 0;
  const error = Math.abs(value - expected) / (TOLERANCE.absolute + TOLERANCE.relative * Math.abs(expected));
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}
