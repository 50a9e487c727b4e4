import { spawnSync } from 'node:child_process';
import { type Check, note, ok, problem } from './check.js';

interface Tool {
  name: string;
  /** The first that answers `--version` is it. */
  programs: string[];
  mend: string;
}

// CXX may carry a launcher or flags ("ccache g++"): its first word is the program.
const namedCompiler = process.env.CXX?.trim().split(/\s+/)[0];

const TOOLS: Tool[] = [
  {
    name: 'compiler',
    programs: [...(namedCompiler ? [namedCompiler] : []), 'c++', 'g++', 'clang++'],
    mend: 'apt-get install g++ (Debian, Ubuntu), dnf install gcc-c++ (Fedora), xcode-select --install (macOS)',
  },
  {
    name: 'CMake',
    programs: ['cmake'],
    mend: 'apt-get install cmake (Debian, Ubuntu), dnf install cmake (Fedora), brew install cmake (macOS)',
  },
  {
    name: 'make',
    programs: ['make', 'ninja'],
    mend: 'apt-get install make (Debian, Ubuntu), dnf install make (Fedora), xcode-select --install (macOS)',
  },
];

/** What a build needs. Its absence is a problem only where there is no addon yet. */
export function checkTools(addonLoaded: boolean): Check[] {
  return TOOLS.map(({ name, programs, mend }) => {
    for (const program of programs) {
      const found = version(program);
      if (found !== undefined) return ok(name, `${program}: ${found}`);
    }
    const tried = new Intl.ListFormat('en', { type: 'disjunction' }).format(programs);
    return addonLoaded
      ? note(name, `no ${tried}; only needed to build, and the addon is built`, mend)
      : problem(name, `no ${tried}, and the addon must be built`, mend);
  });
}

/** The first line of `program --version`; undefined where it can't be run. */
function version(program: string): string | undefined {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 5000 });
  return status === 0 ? (stdout.split('\n', 1)[0] ?? '').trim() : undefined;
}
