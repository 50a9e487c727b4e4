import { expect } from 'vitest';

// biome-ignore lint/suspicious/noExplicitAny: the point is what the types forbid
type Anything = any;

/** The call throws an error of the kind whose message has every word, and `outputs`, if it is an array, stays as it was. */
export function expectRejected(
  call: () => void,
  outputs: unknown,
  kind: ErrorConstructor,
  ...words: (string | number)[]
): void {
  const before = snapshot(outputs);
  let thrown: unknown;
  try {
    call();
  } catch (error) {
    thrown = error;
  }
  expect(thrown, `must throw: ${words.join(' ')}`).toBeInstanceOf(kind);
  for (const word of words) expect((thrown as Error).message).toContain(String(word));
  expect(snapshot(outputs)).toEqual(before);
}

/** The content of an array that has one. */
function snapshot(array: unknown): unknown {
  return ArrayBuffer.isView(array) && array.byteLength > 0 ? Buffer.from(array.buffer.slice(0)) : undefined;
}

export function detached(length: number): Float32Array {
  const array = new Float32Array(length);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

export function resizable(length: number): Float32Array {
  return new Float32Array(new (ArrayBuffer as Anything)(4 * length, { maxByteLength: 8192 }));
}
