// Builds the native tests and runs them with ctest. `--sanitize address,undefined` builds apart, instrumented;
// any other argument goes to ctest (`-R gemm`).
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, parallelBuild, root, run, runOrExit } from './run.mjs';

const { sanitizers, ctestArgs } = parseCommandLine(process.argv.slice(2));
const name = sanitizers ? `build-native-${sanitizers.replaceAll(',', '-')}` : 'build-native';
const directory = join(root, name);
const env = parallelBuild();

const definitions = ['CMAKE_BUILD_TYPE=Release', 'ROOFTILE_TESTS=ON', `ROOFTILE_SANITIZE=${sanitizers}`];
runOrExit('cmake', ['-S', root, '-B', directory, ...definitions.map((text) => `-D${text}`)], { env });
runOrExit('cmake', ['--build', directory], { env });
// --no-tests=error: a pattern or a list gone wrong mustn't pass for success.
process.exit(
  run('ctest', ['--output-on-failure', '--no-tests=error', ...ctestArgs], { cwd: directory, env }),
);

function parseCommandLine(args) {
  const { tokens } = parseArgs({
    args,
    options: { sanitize: { type: 'string' } },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const token = tokens.find(({ name }) => name === 'sanitize');
  if (!token) return { sanitizers: '', ctestArgs: args };
  if (!token.value) fail('--sanitize needs a list, for example: --sanitize address,undefined');
  const taken = token.inlineValue ? 1 : 2;
  return { sanitizers: token.value, ctestArgs: args.toSpliced(token.index, taken) };
}
