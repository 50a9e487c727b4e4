import { readFileSync } from 'node:fs';
import { knownKeys, oneOf, plainObject, shown, string } from '../checks.js';
import { FAMILIES, familyNamed } from '../families/index.js';
import type { Plan, Workload } from '../plans/plan.js';
import {
  BOUNDARIES,
  type Boundary,
  bytesOf,
  type Direction,
  OPERANDS,
  type Operand,
  STATES,
  type State,
  type Traffic,
} from '../theory/rows.js';
import { parseStrictJson } from './strict-json.js';

/** The most bytes that a run may move across a boundary, in a direction or both, of an operand or all. */
export interface Limit {
  /** As it is written: "dramBytes", "l3ReadBytes", "dramWriteBytes.outputs". */
  name: string;
  boundary: Boundary;
  direction: Direction | null;
  operand: Operand | null;
  bytes: number;
}

/** Sources whose bytes can be held against a limit; of those that ran, the first here decides. */
export const BUDGET_SOURCES = ['simulate', 'count', 'theory'] as const;
export type BudgetSource = (typeof BUDGET_SOURCES)[number];

/** A run of a budget file and what it may move. */
export interface BudgetEntry {
  workload: Workload;
  state: State;
  plan: Partial<Plan>;
  /** Null: whichever of those that run decides. */
  source: BudgetSource | null;
  limits: Limit[];
}

/** A limit and what a source says of it. */
export interface BudgetCheck {
  name: string;
  source: BudgetSource;
  limitBytes: number;
  bytes: number;
  over: boolean;
}

const NAMES = new Map<string, Pick<Limit, 'boundary' | 'direction'>>(
  BOUNDARIES.flatMap((boundary) => [
    [`${boundary}Bytes`, { boundary, direction: null }],
    [`${boundary}ReadBytes`, { boundary, direction: 'read' }],
    [`${boundary}WriteBytes`, { boundary, direction: 'write' }],
  ]),
);

/** How limits are written, for help texts and errors. */
export const BUDGET_HELP = `the budgets are ${[...NAMES.keys()].join(', ')}; of one operand (${OPERANDS.join(', ')}): dramBytes.inputs`;

/** `--budget` names a file by its ending; all else is limits. */
export function isBudgetFile(text: string): boolean {
  return text.endsWith('.json');
}

/** "dramBytes=12e6,l3ReadBytes.inputs=4194304" as limits. Throws a RangeError that says what is wrong and what there is. */
export function parseLimits(text: string): Limit[] {
  const limits: Limit[] = [];
  for (const piece of text.split(',')) {
    const [, name, value] = /^\s*([^=\s]+)\s*=\s*(.*\S)\s*$/.exec(piece) ?? [];
    if (name === undefined || value === undefined) {
      throw new RangeError(`'${piece}' isn't name=bytes, such as dramBytes=12e6; ${BUDGET_HELP}`);
    }
    // Number alone would take "0x10", "Infinity" and "".
    if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(value)) {
      throw new RangeError(`${name}: '${value}' isn't a number of bytes, such as 12e6`);
    }
    if (limits.some((limit) => limit.name === name)) throw new RangeError(`${name} is given twice`);
    limits.push(limitOf(name, Number(value)));
  }
  return limits;
}

function limitOf(name: string, bytes: unknown): Limit {
  const [quantity = '', operand = null, ...rest] = name.split('.');
  const found = NAMES.get(quantity);
  if (found === undefined || rest.length > 0) throw new RangeError(`'${name}' is no budget; ${BUDGET_HELP}`);
  if (operand !== null && !OPERANDS.includes(operand as Operand)) {
    throw new RangeError(`'${name}': '${operand}' is no operand; there are ${OPERANDS.join(', ')}`);
  }
  if (typeof bytes !== 'number') {
    throw new TypeError(`${name} must be a number of bytes, not ${shown(bytes)}`);
  }
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    throw new RangeError(`${name} must be a whole number of bytes from 0 to 2^53 − 1, not ${bytes}`);
  }
  return { name, ...found, operand: operand as Operand | null, bytes };
}

/**
 * The runs of a budget file: `{"budgets": [{"workload": "gemm 64x512x512", "state": "warm", "plan": {"mc": 84},
 * "source": "count", "limits": {"dramBytes": 12e6}}]}`, of which state (cold), plan and source may be missing. Throws
 * an Error with code 'ROOFTILE_BUDGET_FILE' that names the file and the place in it.
 */
export function readBudgetFile(path: string): BudgetEntry[] {
  try {
    return parseBudgets(parseStrictJson(readFileSync(path, 'utf8')));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw Object.assign(new Error(`${path}: ${reason}`, { cause: error }), { code: 'ROOFTILE_BUDGET_FILE' });
  }
}

function parseBudgets(document: unknown): BudgetEntry[] {
  plainObject('the document', document);
  knownKeys('the document', document as object, ['budgets']);
  const { budgets } = document as { budgets?: unknown };
  if (!Array.isArray(budgets)) throw new TypeError(`budgets must be a list, not ${shown(budgets)}`);
  if (budgets.length === 0) throw new RangeError('budgets is an empty list, which would hold whatever runs');
  return budgets.map((entry, i) => {
    try {
      return budgetEntry(entry);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new RangeError(`budgets[${i}]: ${reason}`, { cause: error });
    }
  });
}

function budgetEntry(entry: unknown): BudgetEntry {
  plainObject('it', entry);
  const given = entry as Record<string, unknown>;
  knownKeys('it', given, ['workload', 'state', 'plan', 'source', 'limits']);
  const { state = 'cold', plan = {}, source = null } = given;
  const [kind = '', shape, ...rest] = string('workload', given.workload).trim().split(/\s+/);
  if (shape === undefined || rest.length > 0) {
    const kinds = FAMILIES.map((family) => family.kind).join(', ');
    throw new RangeError(`workload must be a kind (${kinds}) and a shape, not '${given.workload}'`);
  }
  const family = familyNamed(kind);
  plainObject('plan', plan);
  plainObject('limits', given.limits);
  const limits = Object.entries(given.limits as object).map(([name, bytes]) => limitOf(name, bytes));
  if (limits.length === 0) throw new RangeError(`limits is empty; ${BUDGET_HELP}`);
  return {
    workload: family.parse(shape),
    state: oneOf('state', state, STATES),
    plan: family.partialPlan(plan as object),
    source: source === null ? null : oneOf('source', source, BUDGET_SOURCES),
    limits,
  };
}

/**
 * Holds a run against its limits. `sources`: of a traffic report. `source`: the one that decides; else the first of
 * BUDGET_SOURCES that ran and knows the boundary. A limit that says nothing of this run (a boundary that the machine
 * lacks, an operand that the run doesn't touch) would hold for ever and is a RangeError.
 */
export function checkBudget(
  limits: readonly Limit[],
  sources: Partial<Record<BudgetSource, Traffic>>,
  source: BudgetSource | null = null,
): BudgetCheck[] {
  const ran = BUDGET_SOURCES.filter((name) => sources[name] !== undefined);
  if (ran.length === 0 || (source !== null && !ran.includes(source))) {
    throw new RangeError(`the budget needs the source ${source ?? BUDGET_SOURCES.join(' or ')}`);
  }
  return limits.map((limit) => {
    const able = ran.filter((name) => sources[name]?.totals[limit.boundary] !== undefined);
    const name = able.find((one) => source === null || one === source);
    if (name === undefined) {
      const known = BOUNDARIES.filter((boundary) => ran.some((one) => sources[one]?.totals[boundary]));
      throw new RangeError(
        `${limit.name}: ${source ?? ran.join(', ')} has no boundary ${limit.boundary} here; there are ${known.join(', ')}`,
      );
    }
    requireOperand(limit, sources);
    const bytes = bytesOf(sources[name] as Traffic, {
      boundary: limit.boundary,
      ...(limit.direction && { direction: limit.direction }),
      ...(limit.operand && { operand: limit.operand }),
    });
    return { name: limit.name, source: name, limitBytes: limit.bytes, bytes, over: bytes > limit.bytes };
  });
}

/** What a run touches crosses to the registers: only a source that knows that boundary can miss an operand. */
function requireOperand({ name, operand }: Limit, sources: Partial<Record<BudgetSource, Traffic>>): void {
  const known = Object.values(sources).filter(({ totals }) => totals.l1 !== undefined);
  if (operand === null || known.length === 0) return;
  const touched = OPERANDS.filter((one) => known.some((traffic) => bytesOf(traffic, { operand: one }) > 0));
  if (touched.length > 0 && !touched.includes(operand)) {
    throw new RangeError(`${name}: this run touches no ${operand}; it touches ${touched.join(', ')}`);
  }
}
