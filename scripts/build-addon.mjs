// The package's install script: builds build/Release/rooftile.node, or says in one sentence what is missing.
// Options go to cmake-js: `-O build-asan --CDROOFTILE_SANITIZE=address,undefined`.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { dependencyFile, fail, parallelBuild, root } from './run.mjs';

const options = process.argv.slice(2);
const outDirectory = resolve(root, optionValue('-O', '--out') ?? 'build');
const started = Date.now();

checkTools();
dropForeignCache();
// `build` alone would leave a configured directory as it was and so ignore new options;
// configuring again costs a second and keeps every object file whose flags didn't change.
runCmakeJs('configure');
runCmakeJs('build');
const seconds = ((Date.now() - started) / 1000).toFixed(1);
console.log(`rooftile: built ${join(outDirectory, 'Release', 'rooftile.node')} in ${seconds} s`);

function checkTools() {
  // On Windows CMake finds Visual Studio by itself: there is nothing on PATH to look for.
  const windows = process.platform === 'win32';
  const missing = [];
  if (!onPath('cmake')) missing.push('CMake');
  if (!windows && !compiler()) missing.push('a C++ compiler (g++ or clang++)');
  if (!windows && !onPath('make') && !onPath('ninja')) missing.push('make (or ninja)');
  if (missing.length === 0) return;
  fail(
    `rooftile builds its kernels at install and can't find ${new Intl.ListFormat('en').format(missing)}: ` +
      'install with `apt-get install g++ cmake make` on Debian or Ubuntu, ' +
      '`dnf install gcc-c++ cmake make` on Fedora, ' +
      'or `xcode-select --install && brew install cmake` on macOS.',
  );
}

function compiler() {
  // CXX may carry a launcher or flags ("ccache g++"): its first word is the program.
  const named = process.env.CXX?.trim().split(/\s+/)[0];
  return [named, 'c++', 'g++', 'clang++'].find((program) => program && onPath(program));
}

function onPath(program) {
  // resolve() leaves an absolute CXX as it is, whatever the folder.
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const names = process.platform === 'win32' ? [`${program}.exe`, `${program}.cmd`] : [program];
  return folders.some((folder) => names.some((name) => isExecutable(resolve(folder, name))));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A build directory that was copied along with its checkout, or made with a tool since removed, only fails. */
function dropForeignCache() {
  const home = cached('CMAKE_HOME_DIRECTORY');
  const generator = cached('CMAKE_GENERATOR');
  const moved = home !== undefined && resolve(home) !== root;
  const toolGone =
    (generator === 'Ninja' && !onPath('ninja')) || (generator === 'Unix Makefiles' && !onPath('make'));
  if (moved || toolGone) dropCache();
}

/** What CMake itself would have us remove; never the whole directory, which -O may have named by mistake. */
function dropCache() {
  rmSync(join(outDirectory, 'CMakeCache.txt'), { force: true });
  rmSync(join(outDirectory, 'CMakeFiles'), { recursive: true, force: true });
}

function cached(name) {
  const path = join(outDirectory, 'CMakeCache.txt');
  if (!existsSync(path)) return undefined;
  return new RegExp(`^${name}:\\w+=(.*)$`, 'm').exec(readFileSync(path, 'utf8'))?.[1];
}

function runCmakeJs(command) {
  const args = [dependencyFile('cmake-js', 'bin', 'cmake-js'), command, ...generatorOptions(), ...options];
  const result = spawnSync(process.execPath, args, {
    cwd: root,
    env: parallelBuild(),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (result.status === 0) return;
  // The cache remembers a compiler that didn't work, even after it was mended.
  if (command === 'configure') dropCache();
  process.stdout.write(result.stdout ?? '');
  process.stderr.write(result.stderr ?? '');
  fail(`rooftile: the kernels didn't build (cmake-js ${command}); the output above says why.`);
}

/** Keeps the generator of the directory: ninja installed since would make CMake refuse it. */
function generatorOptions() {
  const generator = cached('CMAKE_GENERATOR');
  const named = options.some((option) => /^(-G|--generator|-m|-x|--prefer-(make|xcode))\b/.test(option));
  const kept = generator && !named ? ['-G', generator] : [];
  // cmake-js looks for g++ and clang++ only; a system that has just CXX or c++ must be told.
  const chosen = onPath('g++') || onPath('clang++') ? undefined : compiler();
  return chosen ? [...kept, '--cxx', chosen, '--cc', 'cc'] : kept;
}

function optionValue(...names) {
  for (const [index, option] of options.entries()) {
    if (names.includes(option)) return options[index + 1];
    const name = names.find((candidate) => option.startsWith(`${candidate}=`));
    if (name) return option.slice(name.length + 1);
  }
  return undefined;
}
