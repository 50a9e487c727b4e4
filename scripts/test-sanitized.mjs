// The native tests and the Node tests under AddressSanitizer and UndefinedBehaviorSanitizer.
import { execFileSync } from 'node:child_process';
import { isAbsolute, join } from 'node:path';
import { fail, root, runOrExit } from './run.mjs';

const SANITIZERS = 'address,undefined';
const OUT = 'build-asan';
const script = (name) => join(root, 'scripts', name);

runOrExit(process.execPath, [script('test-native.mjs'), '--sanitize', SANITIZERS]);
// -g: g++, since the libraries preloaded below are GCC's.
runOrExit(process.execPath, [
  script('build-addon.mjs'),
  '-g',
  '-O',
  OUT,
  `--CDROOFTILE_SANITIZE=${SANITIZERS}`,
]);
runOrExit(process.execPath, [script('test-every-isa.mjs'), '--pool=forks', ...process.argv.slice(2)], {
  env: {
    ...process.env,
    ROOFTILE_ADDON: join(root, OUT, 'Release', 'rooftile.node'),
    // node isn't instrumented, and ASan insists on being the first library of the process.
    LD_PRELOAD: ['libasan.so', 'libubsan.so'].map(libraryOfCompiler).join(' '),
    // Node itself frees little at exit, so a leak report would be about Node.
    ASAN_OPTIONS: 'detect_leaks=0',
    UBSAN_OPTIONS: 'print_stacktrace=1',
  },
});

function libraryOfCompiler(name) {
  const path = execFileSync('g++', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
  // g++ repeats the bare name where it has no such file.
  if (!isAbsolute(path)) fail(`g++ has no ${name}; on Fedora: dnf install libasan libubsan`);
  return path;
}
