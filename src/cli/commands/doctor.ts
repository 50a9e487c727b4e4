import { styleText } from 'node:util';
import { Command } from 'commander';
import { ISAS } from '../../machine/types.js';
import { json } from '../../report/json.js';
import { type Check, guarded } from '../doctor/check.js';
import { checkAddon, checkCacheFolder, checkNode } from '../doctor/environment.js';
import { checkMachine } from '../doctor/machine.js';
import { checkTools } from '../doctor/tools.js';
import { CheckFailed } from '../errors.js';
import { jsonOption } from '../options.js';

const EXAMPLES = `
Each line is ok, a note (it works; this is worth knowing) or a problem, with how to mend it.
It also works where the addon wasn't built. Exit code 1 if there is a problem.

Environment:
  ROOFTILE_ISA     ${new Intl.ListFormat('en', { type: 'disjunction' }).format(ISAS)} in place of the best that the CPU has
  ROOFTILE_CACHE   folder of the stored calibration
  ROOFTILE_ADDON   another build of the native addon

Examples:
  $ rooftile doctor
  $ rooftile doctor --json    {schemaVersion, checks: [{name, status, detail, mend}]}`;

/** `rooftile doctor`: what was detected, built and chosen, and how to mend what is missing. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Check this installation: what was detected, built and chosen, and how to mend it')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action((flags: { json?: boolean }) => {
      const checks = examine();
      process.stdout.write(`${flags.json ? json({ schemaVersion: 1, checks }) : describe(checks)}\n`);
      const problems = checks.filter(({ status }) => status === 'problem').length;
      if (problems > 0) throw new CheckFailed(`${problems} problem${problems === 1 ? '' : 's'} found`);
    });
}

function examine(): Check[] {
  const addon = checkAddon();
  const addonLoaded = addon.status !== 'problem';
  return [
    checkNode(),
    addon,
    ...checkMachine(addonLoaded),
    guarded('cache folder', checkCacheFolder),
    ...checkTools(addonLoaded),
  ];
}

const STYLES = { ok: 'green', note: 'yellow', problem: 'red' } as const;

function describe(checks: Check[]): string {
  const nameWidth = Math.max(...checks.map(({ name }) => name.length));
  const margin = ' '.repeat('problem'.length + nameWidth + 4);
  return checks
    .flatMap(({ name, status, detail, mend }) => {
      const head = `${styleText(STYLES[status], status.padEnd('problem'.length))}  ${name.padEnd(nameWidth)}  `;
      const lines = mend === null ? detail : `${detail}\n→ ${mend}`;
      return head + lines.replaceAll('\n', `\n${margin}`);
    })
    .join('\n');
}
