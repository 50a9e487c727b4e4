#!/usr/bin/env node
import { Command } from 'commander';
import { type Isa, probeMachine } from '../machine/index.js';
import { PROOF_CASES, type ProofCase } from '../proof/cases.js';
import { caseName, geometryText, planText } from '../proof/names.js';
import { type Proof, prove } from '../proof/prove.js';
import { excessOf, explained, LIMITS, type Summary, summaryOf } from '../proof/summary.js';
import { allowedCpus } from '../proof/valgrind.js';
import { json } from '../report/json.js';
import { table } from '../report/table.js';
import { integer, percent } from '../report/units.js';
import { abortOnInterrupt, CheckFailed, explain, ignoreClosedPipes } from './errors.js';
import { jsonOption, parsePositiveInteger } from './options.js';
import { progress } from './progress.js';

const EXAMPLES = `
Each case runs this package's addon under valgrind's cachegrind, which knows nothing of it, and takes the lines that the
kernel's own functions make its two simulated caches fetch; then our simulator runs the same kernel on the same
addresses with caches of the same geometry. Error: ours less cachegrind's, of cachegrind's. Valgrind has no AVX-512.

Limits: LL median ${100 * LIMITS.lastLevel.median} %, worst ${100 * LIMITS.lastLevel.worst} %; D1 median ${100 * LIMITS.d1.median} %. A run that
just fits may be further off: marked *, and bounded by the same caches with one way less.

Examples:
  $ npm run check:cachegrind                     all cases, 10 to 25 minutes
  $ npm run check:cachegrind -- --quick          a few short ones
  $ npm run check:cachegrind -- --only gru       those with 'gru' in kind, shape, plan or caches
  $ npm run --silent check:cachegrind -- --json  {schemaVersion, isa, limits, summary, cases: […]}

Exit codes: 0 within the limits, 1 beyond them or without valgrind, 2 no such case.`;

const EDGE = `* cachegrind lies between our fills and ours with one way less: the run just fits, and the stack, the driver's data
  and code, which we don't simulate, decide. LL's worst`;

interface Flags {
  json?: boolean;
  quick?: boolean;
  only?: string;
  jobs?: number;
}

/** `npm run check:cachegrind`: a tool of development, apart from `rooftile`. */
function checkCachegrind(): Command {
  return new Command('check:cachegrind')
    .description('Hold the cache simulator against valgrind’s cachegrind, case by case')
    .option('--quick', 'a few short cases')
    .option('--only <text>', 'cases that have this text in their kind, shape, plan or caches')
    .option(
      '--jobs <n>',
      'cases at a time (default: as many as there are CPUs)',
      parsePositiveInteger('jobs'),
    )
    .addOption(jsonOption())
    .exitOverride()
    .addHelpText('after', EXAMPLES)
    .action(check);
}

async function check(flags: Flags): Promise<void> {
  const cases = chosen(flags);
  const isa = probeMachine().cpu.isa.includes('avx2') ? 'avx2' : 'scalar';
  const proofs = await proveAll(cases, isa, flags.jobs);
  const summary = summaryOf(proofs);
  if (flags.json) {
    process.stdout.write(`${json({ schemaVersion: 1, isa, limits: LIMITS, summary, cases: proofs })}\n`);
  } else {
    process.stdout.write(`${shown(proofs)}\n\n${shownSummary(summary, isa, proofs.length)}\n`);
  }
  const excess = excessOf(summary);
  if (excess.length > 0) throw new CheckFailed(excess.join('\n'));
}

function chosen({ quick, only }: Flags): ProofCase[] {
  const text = only?.toLowerCase();
  const cases = PROOF_CASES.filter((one) => !quick || one.quick === true).filter(
    (one) => text === undefined || caseName(one).toLowerCase().includes(text),
  );
  if (cases.length === 0) throw new RangeError(`no case has '${only}' in its kind, shape, plan or caches`);
  return cases;
}

/** As many cases at a time as `jobs`, each on a CPU of its own. */
async function proveAll(cases: readonly ProofCase[], isa: Isa, jobs?: number): Promise<Proof[]> {
  const interrupted = abortOnInterrupt();
  const failed = new AbortController();
  const signal = AbortSignal.any([interrupted, failed.signal]);
  const cpus = allowedCpus();
  const line = progress();
  const proofs: Proof[] = [];
  let [next, done] = [0, 0];
  const work = async (worker: number) => {
    const cpu = cpus[worker % cpus.length] as number;
    while (next < cases.length) {
      const index = next++;
      const one = cases[index] as ProofCase;
      line.update(done, cases.length, caseName(one));
      proofs[index] = await prove(one, { isa, cpu, signal });
      line.update(++done, cases.length, caseName(one));
    }
  };
  try {
    await Promise.all(
      Array.from({ length: Math.min(jobs ?? probeMachine().cpu.threads, cases.length) }, (_, i) => work(i)),
    );
  } catch (error) {
    failed.abort();
    throw error;
  } finally {
    line.done();
  }
  return proofs;
}

function shown(proofs: readonly Proof[]): string {
  const headers = [
    'kind',
    'shape',
    'plan',
    'D1',
    'LL',
    'D1 fills',
    'ours',
    'error',
    'LL fills',
    'ours',
    'error',
  ];
  const rows = proofs.map((proof) => {
    const { case: one, cachegrind, simulated, error } = proof;
    return [
      one.kind,
      one.shape,
      planText(one.plan),
      geometryText(one.d1),
      geometryText(one.lastLevel),
      integer(cachegrind.d1),
      integer(simulated.d1),
      signed(error.d1) + (explained(proof, 'd1') ? '*' : ' '),
      integer(cachegrind.lastLevel),
      integer(simulated.lastLevel),
      signed(error.lastLevel) + (explained(proof, 'lastLevel') ? '*' : ' '),
    ];
  });
  return table(headers, rows);
}

function shownSummary({ d1, lastLevel, worstUnexplained }: Summary, isa: Isa, count: number): string {
  const words = ({ median, worst }: Summary['d1']) => `median ${percent(median)}, worst ${percent(worst)}`;
  return `${count} cases (${isa}), |error|: D1 ${words(d1)}; LL ${words(lastLevel)}
${EDGE}, ${percent(worstUnexplained)} without them`;
}

function signed(error: number): string {
  return `${error < 0 ? '−' : '+'}${(100 * Math.abs(error)).toFixed(2)} %`;
}

ignoreClosedPipes();
try {
  await checkCachegrind().parseAsync(process.argv.slice(2), { from: 'user' });
} catch (error) {
  const { text, exitCode } = explain(error);
  if (text) console.error(text);
  process.exitCode = exitCode;
}
