import type { ConsistencyFinding } from '../../../article/report-data.js';
import { type Html, html } from '../markup.js';
import type { Section } from '../parts.js';
import {
  listed,
  showBandwidth,
  showNumber,
  showOps,
  showPercent,
  showRate,
  showTime,
  showTraffic,
} from '../text.js';

export function consistencySection(findings: readonly ConsistencyFinding[] | null): Section | null {
  if (findings === null) return null;
  const body =
    findings.length === 0
      ? html`<p>No contradiction among the article’s figures and the results.</p>`
      : html`<p>Contradictions among the article’s figures, the commentary’s and the results, each with what explains it.</p><ul>${findings.map(findingPart)}</ul>`;
  return { id: 'consistency', title: 'Consistency', body };
}

function findingPart({ check, points, numbers, ratio, explanation }: ConsistencyFinding): Html {
  const figures = numbers.map(({ name, unit, value }) => `${name} ${quantity(value, unit)}`);
  return html`<li><p><b>${listed(points)}</b> <span class="mono muted">${check}</span><br>${figures.join(' against ')}${apart(ratio)}. ${sentence(explanation)}</p></li>`;
}

const FORMATS: Record<string, (value: number) => string> = {
  B: showTraffic,
  op: showOps,
  'B/s': showBandwidth,
  'op/s': showRate,
  s: (value) => showTime(1e9 * value),
};
/** Below this figures stand in full: 291,840 and 292,032 are what the finding is about. */
const IN_FULL = 1e6;

function quantity(value: number, unit: string): string {
  const format = Math.abs(value) < IN_FULL && Number.isInteger(value) ? undefined : FORMATS[unit];
  return format === undefined ? `${showNumber(value)} ${unit}`.trim() : format(value);
}

function apart(ratio: number | null): string {
  if (ratio === null || !(ratio > 0)) return '';
  const factor = Math.max(ratio, 1 / ratio);
  return factor < 1.1 ? `, ${showPercent(factor - 1)} apart` : `, a factor of ${showNumber(factor)}`;
}

/** With a capital and a full stop. */
function sentence(text: string): string {
  const [first = '', ...rest] = text.trim();
  return `${first.toUpperCase()}${rest.join('')}${/[.!?…]$/.test(text) ? '' : '.'}`;
}
