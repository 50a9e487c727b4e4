import { describe, expect, test } from 'vitest';
import { DARK, LIGHT } from '../../../src/report/html/palette.js';

type Rgb = [number, number, number];

/** Linear red, green and blue from 0 to 1. */
function linear(hex: string): Rgb {
  return [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
}

const luminance = ([r, g, b]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

/** WCAG 2: (lighter + 0.05) / (darker + 0.05). */
function contrast(a: string, b: string): number {
  const [low, high] = [luminance(linear(a)), luminance(linear(b))].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Machado, Oliveira, Fernandes 2009, severity 1, on linear values. */
const BLINDNESS: Record<string, number[][]> = {
  none: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function lab(colour: Rgb): Rgb {
  const [r, g, b] = colour.map((value) => Math.min(1, Math.max(0, value))) as Rgb;
  const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
  const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function seen(hex: string, matrix: number[][]): Rgb {
  const rgb = linear(hex);
  return lab(matrix.map((row) => row.reduce((sum, value, i) => sum + value * (rgb[i] as number), 0)) as Rgb);
}

const SERIES = ['s1', 's2', 's3', 's4', 's5', 's6', 's7'] as const;
const TEXTS = ['ink', 'muted', 'link', 'good', 'fair', 'bad'] as const;
/** Operands that stand side by side in one bar: those with and without packing, then outputs, state. */
const NEIGHBOURS = [
  ['s1', 's2'],
  ['s2', 's3'],
  ['s6', 's2'],
  ['s6', 's5'],
  ['s1', 's5'],
  ['s5', 's3'],
  ['s3', 's4'],
  ['s1', 's3'],
  ['s6', 's3'],
] as const;

describe.each([
  ['light', LIGHT],
  ['dark', DARK],
])('the %s colours', (_, colours) => {
  test.each(TEXTS)('%s reads on the page and on tiles: 4.5 to 1', (name) => {
    expect(contrast(colours[name], colours.bg)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(colours[name], colours.surface)).toBeGreaterThanOrEqual(4.5);
  });

  test.each([...SERIES, 'axis'] as const)('%s stands out from the page: 3 to 1', (name) => {
    expect(contrast(colours[name], colours.bg)).toBeGreaterThanOrEqual(3);
  });

  test.each(Object.entries(BLINDNESS))('neighbours differ under %s', (_name, matrix) => {
    for (const [a, b] of NEIGHBOURS) {
      const [p, q] = [seen(colours[a], matrix), seen(colours[b], matrix)];
      const difference = Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
      expect(difference, `${a} ${b}`).toBeGreaterThan(15);
    }
  });
});
