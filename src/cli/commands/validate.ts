import { Command } from 'commander';
import { CLAIMS, claimsNamed, validate } from '../../article/validate.js';
import { machine } from '../../machine/index.js';
import { benchmarkContext } from '../../report/context.js';
import { json } from '../../report/json.js';
import { describeValidation } from '../../report/validate.js';
import { abortOnInterrupt, CheckFailed } from '../errors.js';
import { requireWritable } from '../files.js';
import { htmlOption, writePage } from '../html.js';
import { jsonOption } from '../options.js';
import { progress } from '../progress.js';

interface ValidateFlags {
  only?: string[];
  quick?: boolean;
  json?: boolean;
  html?: string;
}

const EXAMPLES = `
Claims: ${CLAIMS.map(({ id }) => id).join(', ')}

Examples:
  $ rooftile validate                         everything, under 90 s after the first calibration
  $ rooftile validate --quick                 fewer sizes, about half a minute
  $ rooftile validate --only linear-batch     one claim
  $ rooftile validate --json > report.json    figures with unit and source, and every comparison
  $ rooftile validate --html report.html      a page with charts, one file, to keep or to send

Ctrl-C prints the claims that are done. Exit code 1 if a count differs from its prediction.`;

/** `rooftile validate`: the article's claims, tested here. */
export function validateCommand(): Command {
  return new Command('validate')
    .description("Test the article's claims on this CPU: predicted, counted and timed")
    .option('--only <ids>', 'claims to test, with commas between', (text: string) =>
      text.split(',').map((id) => id.trim()),
    )
    .option('--quick', 'fewer sizes, shorter timings')
    .addOption(htmlOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(async (flags: ValidateFlags) => {
      // A misspelt id, or a page that can't be written, is an error before a calibration, not after.
      const selected = claimsNamed(flags.only).length;
      if (flags.html !== undefined) requireWritable(flags.html, '--html');
      const signal = abortOnInterrupt();
      const reporter = progress();
      const onProgress = (done: number, total: number, label: string) => reporter.update(done, total, label);
      const onWarning = (message: string): void => void process.stderr.write(`warning: ${message}\n`);
      const options = { quick: flags.quick ?? false, ...(flags.only ? { only: flags.only } : {}) };
      const report = await machine({ calibrate: true, signal, onProgress, onWarning })
        .then((here) => validate({ ...options, machine: here, signal, onProgress }))
        .finally(() => reporter.done());
      const context = benchmarkContext(report.machine);
      const text = flags.json ? json({ ...report, context }) : describeValidation(report, context);
      process.stdout.write(`${text}\n`);
      const note = `interrupted: ${report.claims.length} of ${selected} claims done`;
      if (flags.html !== undefined) {
        const page = { command: commandOf(flags), ...(signal.aborted ? { note } : {}) };
        const { validationPage } = await import('../../report/html/index.js');
        writePage(flags.html, await validationPage(report, context, page));
      }
      if (signal.aborted) process.stderr.write(`${note}\n`);
      const wrong = report.comparisons
        .flatMap((run) => run.rows)
        .filter(({ difference }) => difference !== 0);
      if (wrong.length > 0) throw new CheckFailed(`${wrong.length} counts differ from their predictions`);
    });
}

/** What makes the same page elsewhere. */
function commandOf({ only, quick }: ValidateFlags): string {
  const flags = [only && ` --only ${only.join(',')}`, quick && ' --quick'].filter(Boolean).join('');
  return `npx rooftile validate${flags} --html report.html`;
}
