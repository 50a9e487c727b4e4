import { describe, expect, test } from 'vitest';
import { Occupied, placeNumbers, spread } from '../../../src/report/html/charts/labels.js';
import { logAxis, position, ticksOf } from '../../../src/report/html/charts/log-axis.js';
import { textWidth } from '../../../src/report/html/charts/text-width.js';

const AREA = { width: 300, height: 200 };

describe('numbers on points', () => {
  test('never overlap each other or a point', () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 16807) % 2147483647;
      return seed / 2147483647;
    };
    const points = Array.from({ length: 30 }, (_, i) => ({
      x: 100 + 60 * random(),
      y: 60 + 60 * random(),
      text: `${i + 1}`,
    }));
    const placed = placeNumbers(points, AREA, new Occupied());
    const boxes = placed.flatMap((spot, i) => {
      const width = 8 * (points[i]?.text.length ?? 0) + 1;
      return spot === null ? [] : { x: spot.x - width / 2, y: spot.y - 6, width, height: 12 };
    });
    expect(boxes.length).toBeGreaterThan(15);
    for (const [i, a] of boxes.entries()) {
      expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= 300 && a.y + a.height <= 200).toBe(true);
      for (const b of boxes.slice(i + 1)) {
        const apart =
          a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        expect(apart).toBe(true);
      }
      for (const { x, y } of points) {
        expect(x > a.x && x < a.x + a.width && y > a.y && y < a.y + a.height).toBe(false);
      }
    }
  });

  test('far ones are led to their point; those without room have no number', () => {
    const points = Array.from({ length: 40 }, (_, i) => ({ x: 150, y: 100, text: `${i + 1}` }));
    const placed = placeNumbers(points, AREA, new Occupied());
    expect(placed[0]).toMatchObject({ leader: false });
    expect(placed.some((spot) => spot?.leader)).toBe(true);
    expect(placed).toContain(null);
  });

  test('keep off lines where they can', () => {
    const lines = new Occupied();
    lines.addLine({ x: 0, y: 100 }, { x: 300, y: 100 });
    const [spot] = placeNumbers([{ x: 150, y: 100, text: '1' }], AREA, new Occupied(), lines);
    expect(Math.abs((spot?.y ?? 100) - 100)).toBeGreaterThan(6);
  });
});

describe('labels in a column', () => {
  test('are moved apart, in their order, inside the limits', () => {
    expect(spread([10, 12, 14], 10, 0, 100)).toEqual([10, 20, 30]);
    expect(spread([95, 14, 96], 10, 0, 100)).toEqual([90, 14, 100]);
    expect(spread([], 10, 0, 100)).toEqual([]);
  });
});

describe('logarithmic axes', () => {
  test('hold the positive values with a margin', () => {
    const { domain, ticks } = logAxis([0.5, 128, 0, -3, Number.NaN, Number.POSITIVE_INFINITY], 2);
    expect(domain).toEqual([0.25, 256]);
    expect(ticks).toEqual([1, 10, 100]);
  });

  test('span something around one value, and around none', () => {
    const one = logAxis([10], 1, 4);
    expect(one.domain[0]).toBeCloseTo(5);
    expect(one.domain[1]).toBeCloseTo(20);
    expect(logAxis([]).ticks.length).toBeGreaterThan(0);
  });

  test('have few ticks over many decades', () => {
    expect(ticksOf([1e-30, 1e30]).length).toBeLessThan(10);
    expect(ticksOf([0.9, 12])).toEqual([1, 2, 5, 10]);
  });

  test('place a value by its logarithm', () => {
    expect(position({ domain: [1, 100], ticks: [] }, 10, 300)).toBeCloseTo(150);
  });
});

test('text is measured by its letters', () => {
  expect(textWidth('iiii', 12)).toBeLessThan(textWidth('mmmm', 12));
  expect(textWidth('亿', 12)).toBeGreaterThan(12);
});
