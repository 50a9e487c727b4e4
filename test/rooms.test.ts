import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/** CONTRIBUTING's arrows: a room may import from those on lines below its own, and `checks.ts` from everywhere. */
const ROOMS = [
  ['index.ts'],
  ['cli'],
  ['report'],
  ['article', 'proof'],
  ['claims', 'consistency', 'traffic', 'onnx', 'executor'],
  ['families', 'networks'],
  ['theory', 'kernels'],
  ['plans'],
  ['workloads', 'machine'],
  ['native'],
  ['checks.ts'],
];

interface Import {
  from: string;
  to: string;
  /** Gone once compiled. */
  typeOnly: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

const imports: Import[] = files.flatMap((from) => {
  const text = readFileSync(join(SRC, from), 'utf8');
  const found = text.matchAll(/^(?:import|export)\s+(type\s)?[^;'"]*?from\s+'(\.[^']+)\.js';/gm);
  const lazy = text.matchAll(/()import\('(\.[^']+)\.js'\)/g);
  return [...found, ...lazy].map(([, type, path]) => ({
    from,
    to: `${relative(SRC, normalize(join(SRC, dirname(from), path as string)))}.ts`,
    typeOnly: Boolean(type),
  }));
});

const roomOf = (file: string) => file.split('/')[0] as string;
const lineOf = (room: string) => ROOMS.findIndex((rooms) => rooms.includes(room));
const shown = ({ from, to }: Import) => `${from} → ${to}`;

describe('the rooms of src/', () => {
  it('are all known, and so are the files that they import', () => {
    expect([...new Set(files.map(roomOf))].filter((room) => lineOf(room) === -1)).toEqual([]);
    expect(imports.filter(({ to }) => !files.includes(to)).map(shown)).toEqual([]);
    expect(imports.length).toBeGreaterThan(files.length);
  });

  it('import along the arrows only', () => {
    const against = imports.filter(({ from, to, typeOnly }) => {
      const [a, b] = [roomOf(from), roomOf(to)];
      // The addon's typed surface speaks of plans and workloads as data.
      if (a === b || (typeOnly && a === 'native')) return false;
      return lineOf(b) <= lineOf(a);
    });
    expect(against.map(shown)).toEqual([]);
  });

  it('predict without the addon: nothing of theory, plans, workloads or networks leads to native', () => {
    const seen = new Set(files.filter((file) => /^(theory|plans|workloads|networks)\//.test(file)));
    const reached: string[] = [];
    for (const file of seen) {
      for (const one of imports.filter(({ from, typeOnly }) => from === file && !typeOnly)) {
        if (roomOf(one.to) === 'native') reached.push(shown(one));
        seen.add(one.to);
      }
    }
    expect(reached).toEqual([]);
  });
});
