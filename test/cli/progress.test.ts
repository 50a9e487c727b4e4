import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { progress } from '../../src/cli/progress.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function terminal(isTTY: boolean) {
  const written: string[] = [];
  const stream = { isTTY, columns: 20, write: (text: string) => written.push(text) };
  return { written, stream: stream as unknown as NodeJS.WriteStream };
}

test('silent for two seconds, then one line, rewritten, cut to the width, and cleared', () => {
  const { written, stream } = terminal(true);
  const line = progress(stream);
  line.update(1, 9, 'early');
  vi.advanceTimersByTime(2100);
  line.update(2, 9, 'a label longer than the line');
  line.update(3, 9, 'too soon after');
  line.done();
  line.done();
  expect(written).toEqual(['\r\x1b[2K2/9 a label longer ', '\r\x1b[2K']);
});

test('silent where stderr is no terminal', () => {
  const { written, stream } = terminal(false);
  const line = progress(stream);
  vi.advanceTimersByTime(5000);
  line.update(1, 2, 'x');
  line.done();
  expect(written).toEqual([]);
});
