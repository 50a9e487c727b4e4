import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Isa } from '../machine/types.js';
import type { ChildTask } from './child.js';

const CHILD = fileURLToPath(new URL('child.js', import.meta.url));

// Operands and buffers of a task must be at the same addresses under each tool. Valgrind places mappings alike, V8 does
// with a seed; but the heap begins behind valgrind's own program, which differs by the tool (by 36 KiB between `none` and
// `cachegrind`): what is large gets a mapping of its own. V8's own threads and idle collections would make two processes
// differ in what they copy.
const OWN_MAPPING = 16384;
const STEADY = ['--jitless', '--single-threaded', '--no-memory-reducer', '--random-seed=1'];

export interface ValgrindOptions {
  isa: Isa;
  /** The only CPU of the process: then its jobs share one thread, and so the buffers of that thread. */
  cpu: number;
  signal: AbortSignal;
}

/** CPUs that this process may use, by number. */
export function allowedCpus(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** Standard output of `valgrind …tool node --jitless child.js task`. Rejects with an Error that says what is missing. */
export function underValgrind(tool: string[], task: ChildTask, options: ValgrindOptions): Promise<string> {
  const node = [process.execPath, ...STEADY, CHILD, JSON.stringify(task)];
  const command = ['--cpu-list', String(options.cpu), 'valgrind', ...tool, ...node];
  const env = { ...process.env, ROOFTILE_ISA: options.isa, MALLOC_MMAP_THRESHOLD_: String(OWN_MAPPING) };
  const child = spawn('taskset', command, { env, signal: options.signal, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (piece) => {
    stdout += piece;
  });
  child.stderr.on('data', (piece) => {
    stderr += piece;
  });
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'ENOENT' ? missing("taskset is missing; it is in Debian's package util-linux") : error,
      ),
    );
    child.on('close', (code) => {
      if (code === 0) resolve(stdout);
      else if (/failed to execute valgrind/.test(stderr)) {
        reject(missing("valgrind is missing; it is in Debian's package valgrind (apt-get install valgrind)"));
      } else {
        const text = `valgrind ended with ${code}:\n${stderr.trim().split('\n').slice(-12).join('\n')}`;
        reject(Object.assign(new Error(text), { code: 'ROOFTILE_VALGRIND' }));
      }
    });
  });
}

function missing(text: string): Error {
  return Object.assign(new Error(text), { code: 'ROOFTILE_VALGRIND_MISSING' });
}
