import type { ConsistencyFinding } from '../article/report-data.js';
import {
  showBandwidth,
  showNumber,
  showOps,
  showPercent,
  showRate,
  showTime,
  showTraffic,
} from './html/text.js';

/** "operations 291,840 op against 1,521 × 192 292,032 op, 0.0658 % apart. The stated value is the rate × the time." */
export function describeFinding({ numbers, ratio, explanation }: ConsistencyFinding): string {
  const figures = numbers.map(({ name, unit, value }) => `${name} ${quantity(value, unit)}`);
  return `${figures.join(' against ')}${apart(ratio)}. ${sentence(explanation)}`;
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
