#!/usr/bin/env node
import { statSync } from 'node:fs';
import { Command } from 'commander';
import { type CaseResult, findCases, runCase, TOLERANCE } from '../onnx/conformance.js';
import { json } from '../report/json.js';
import { percent } from '../report/units.js';
import { CheckFailed, explain, ignoreClosedPipes } from './errors.js';
import { jsonOption } from './options.js';

const EXAMPLES = `
A case is a folder with model.onnx, input_N.pb and output_N.pb, as in ONNX's own tests. Those of Conv, Gemm, MatMul, GRU
and LSTM run through this package's kernels (Constant, Identity and Transpose may stand around them); each element may be
off by ${TOLERANCE.absolute} + ${TOLERANCE.relative} × its expected value. Cases of other operators are skipped, by name.

Examples:
  $ npm run check:onnx -- cases
  $ npm run check:onnx -- cases/test_gemm_alpha
  $ npm run --silent check:onnx -- cases --json    {schemaVersion, tolerance, passed, failed, skipped, cases: […]}

Exit codes: 0 all passed, 1 a case failed, 2 no such folder, or no case in it.`;

const STATUS = { pass: 'pass', fail: 'FAIL', skipped: 'skipped' } as const;

/** `npm run check:onnx -- DIR`: a tool of development, apart from `rooftile` so that its start loads no protobuf. */
function checkOnnx(): Command {
  return new Command('check:onnx')
    .description('Run the conformance cases below a folder through the kernels')
    .argument('<dir>', 'folder of case folders')
    .addOption(jsonOption())
    .exitOverride()
    .addHelpText('after', EXAMPLES)
    .action(check);
}

function check(folder: string, flags: { json?: boolean }): void {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new RangeError(`there is no folder '${folder}'`);
  }
  const cases = findCases(folder);
  if (cases.length === 0) throw new RangeError(`no folder in '${folder}' has a model.onnx`);
  const width = Math.max(...cases.map(({ name }) => name.length));
  const results = cases.map((one) => {
    const result = runCase(one);
    if (!flags.json) process.stdout.write(`${line(result, width)}\n`);
    return result;
  });
  const count = (status: CaseResult['status']) => results.filter((result) => result.status === status).length;
  const [passed, failed, skipped] = [count('pass'), count('fail'), count('skipped')];
  if (flags.json) {
    const document = {
      schemaVersion: 1,
      tolerance: TOLERANCE,
      passed,
      failed,
      skipped,
      cases: results.map(finite),
    };
    process.stdout.write(`${json(document)}\n`);
  } else {
    process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  }
  if (failed > 0) throw new CheckFailed(`${failed} of ${passed + failed} cases failed`);
}

/** JSON has no NaN and no infinity: a figure that is one of them is null, and the reason names it. */
function finite({ worst, ...result }: CaseResult) {
  if (worst === null) return { ...result, worst };
  const figures = Object.entries(worst).map(([key, value]) => [
    key,
    typeof value === 'number' && !Number.isFinite(value) ? null : value,
  ]);
  return { ...result, worst: Object.fromEntries(figures) };
}

function line({ name, operators, status, worst, reason }: CaseResult, width: number): string {
  const detail =
    status === 'pass'
      ? `${operators.join(' ')}, error ${percent(worst?.ofTolerance ?? null)} of what is allowed`
      : reason;
  // Names come out of files: a control character of a broken one must not reach the terminal.
  return `${STATUS[status].padEnd('skipped'.length)}  ${name.padEnd(width)}  ${detail}`.replace(
    /\p{Cc}/gu,
    '\ufffd',
  );
}

ignoreClosedPipes();
try {
  await checkOnnx().parseAsync(process.argv.slice(2), { from: 'user' });
} catch (error) {
  const { text, exitCode } = explain(error);
  if (text) console.error(text);
  process.exitCode = exitCode;
}
