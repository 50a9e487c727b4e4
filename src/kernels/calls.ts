import { markAsUntransferable } from 'node:worker_threads';
import { shown } from '../checks.js';
import type { Job } from '../native/types.js';

/** A Float32Array whose memory can't shrink under a running kernel. */
export function requireFixed(name: string, array: unknown): void {
  requireFixedKind(name, array, Float32Array);
}

export type TypedArrayKind =
  | Float32ArrayConstructor
  | Int32ArrayConstructor
  | Uint16ArrayConstructor
  | Uint8ArrayConstructor
  | Int8ArrayConstructor;

/** As requireFixed, of another kind of array. */
export function requireFixedKind(name: string, array: unknown, kind: TypedArrayKind): void {
  if (!(array instanceof kind)) {
    throw new TypeError(`${name} must be ${withArticle(kind.name)}, not ${shown(array)}`);
  }
  if ((array.buffer as { resizable?: boolean }).resizable) {
    throw new TypeError(
      `${name} is a view of a resizable buffer: its memory could go while a kernel uses it`,
    );
  }
}

/** The name of an array's kind in a sentence. */
export function withArticle(kind: string): string {
  return `${kind.startsWith('I') ? 'an' : 'a'} ${kind}`;
}

/** The addon checks this too; here it comes before arrays are allocated for sizes that were a mistake. */
export function requireElements(name: string, array: { length: number }, needed: number): void {
  if (array.length < needed) {
    throw new RangeError(`${name} needs ${needed} elements, has ${array.length}`);
  }
}

/** The operands of a native call, as floats that lie where they do. */
export function floatsAmong(values: readonly unknown[]): Float32Array[] {
  return values
    .filter((value) => ArrayBuffer.isView(value))
    .filter(({ byteOffset }) => byteOffset % Float32Array.BYTES_PER_ELEMENT === 0)
    .map(({ buffer, byteOffset, byteLength }) => new Float32Array(buffer, byteOffset, byteLength >> 2));
}

/** Those of the keys that are there. */
export function pick(options: object, keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(options).filter(([key]) => keys.includes(key)));
}

/**
 * A copy that inherits nothing: every getter is asked once, so that what is checked is what runs, and keys that others
 * gave Object.prototype aren't taken for the caller's.
 */
export function ownKeys<T extends object>(given: T): T {
  return Object.assign(Object.create(null), given);
}

const BETWEEN_REPORTS_MILLISECONDS = 200;

/** Starts a job, cancels it when the signal aborts, and waits for it; `onProgress` hears now and then how far it is. */
export async function finish<T>(
  start: () => Job<T>,
  signal?: AbortSignal,
  onProgress?: (done: number) => void,
): Promise<T> {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`signal must be an AbortSignal, not ${shown(signal)}`);
  }
  signal?.throwIfAborted();
  const job = start();
  const cancel = () => job.cancel();
  signal?.addEventListener('abort', cancel);
  const report = () => onProgress?.(job.progress?.() ?? 0);
  const timer = onProgress && setInterval(report, BETWEEN_REPORTS_MILLISECONDS);
  try {
    return await job.promise;
  } catch (error) {
    if ((error as { code?: string }).code === 'ABORT_ERR') signal?.throwIfAborted();
    throw error;
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', cancel);
  }
}

/** A transfer would free memory that a running kernel uses: the arrays' buffers can't be transferred again. */
export function pinBuffers(operands: readonly unknown[]): void {
  for (const operand of operands) {
    if (ArrayBuffer.isView(operand)) markAsUntransferable(operand.buffer);
  }
}
