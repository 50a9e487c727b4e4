import type { Machine } from '../../../machine/types.js';
import type { BenchmarkContext } from '../../context.js';
import { type Html, html } from '../markup.js';
import { type Section, tablePart } from '../parts.js';
import { provenanceOf } from '../roofs.js';
import { counted, showBandwidth, showBytes, showMemory, shownDate, showRate } from '../text.js';

/** What the figures hang on. */
export function contextSection(machine: Machine, context: BenchmarkContext | null): Section {
  const facts: [string, string][] = [
    ['device', `${machine.cpu.model} (${machine.cpu.vendor}), ${counted(machine.cpu.threads, 'CPU')}`],
    ['instruction sets', machine.cpu.isa.join(', ')],
    ['ceilings', provenanceOf(machine)],
  ];
  if (context !== null) {
    facts.push(
      ['clock policy', context.governor ?? 'the system doesn’t tell'],
      ['date', shownDate(context.date)],
      ['versions', `rooftile ${context.version}, Node ${context.nodeVersion}`],
    );
  }
  facts.push([
    'conventions',
    'GB = 10⁹ bytes, KiB and MiB binary; a multiply-accumulate (MAC) is 2 operations, products with padding included unless “valid” is said; speed is that of the fastest run; a dash is what wasn’t measured',
  ]);
  return {
    id: 'context',
    title: 'Machine and conventions',
    body: html`<dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>${cachesPart(machine)}${opsPart(machine)}${bandwidthPart(machine)}`,
  };
}

function cachesPart({ caches }: Machine): Html | null {
  if (caches.length === 0) return null;
  return tablePart(
    'Caches',
    ['cache', 'nominal', 'effective', 'ways', 'line', 'shared by'],
    caches.map((cache) => [
      `L${cache.level}`,
      showBytes(cache.bytes),
      showBytes(cache.effectiveBytes),
      `${cache.ways}`,
      `${cache.lineBytes} B`,
      counted(cache.sharedBy, 'CPU'),
    ]),
  );
}

function opsPart({ ceilings }: Machine): Html | null {
  if (ceilings.opsPerSecond.length === 0) return null;
  return tablePart(
    'Ceilings of arithmetic',
    ['multiply-adds', 'threads', 'ceiling'],
    ceilings.opsPerSecond.map(({ type, isa, threads, value }) => [
      `${type} ${isa}`,
      `${threads}`,
      showRate(value),
    ]),
  );
}

function bandwidthPart({ ceilings }: Machine): Html | null {
  const { bytesPerSecond } = ceilings;
  if (bytesPerSecond.length === 0) return null;
  const kinds = ['read', 'write', 'copy'] as const;
  const keys = [...new Map(bytesPerSecond.map((c) => [`${c.threads} ${c.level}`, c])).values()];
  return tablePart(
    'Ceilings of bandwidth',
    ['memory', 'threads', ...kinds],
    keys.map(({ level, threads }) => [
      showMemory(level),
      `${threads}`,
      ...kinds.map((kind) =>
        showBandwidth(
          bytesPerSecond.find((c) => c.level === level && c.threads === threads && c.kind === kind)?.value,
        ),
      ),
    ]),
  );
}

/** Commands that make the page again. */
export function reproduceSection(command: string): Section {
  const commands = [
    '# in a clone of the repository: Node 20, a C++20 compiler, make and CMake',
    'npm ci',
    'npx rooftile machine --calibrate',
    command,
  ];
  return {
    id: 'reproduce',
    title: 'How to reproduce',
    body: html`<pre tabindex="0"><code>${commands.join('\n')}</code></pre><p class="muted">The same document as data: add <code>--json</code>. Times differ from run to run and from machine to machine; counted and predicted bytes don’t, for the same caches and instruction set.</p>`,
  };
}
