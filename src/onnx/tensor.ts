import { OnnxError } from './error.js';
import type { TensorMessage } from './schema.js';

export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

interface Element {
  name: string;
  number: number;
  array: new (length: number) => TensorData;
  /** Where the values stand if not in raw_data. */
  field: 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data';
}

// TensorProto.DataType. Halves of both kinds stay bits; strings, complex numbers and types below a byte aren't read.
const ELEMENTS = [
  { name: 'float32', number: 1, array: Float32Array, field: 'floatData' },
  { name: 'uint8', number: 2, array: Uint8Array, field: 'int32Data' },
  { name: 'int8', number: 3, array: Int8Array, field: 'int32Data' },
  { name: 'uint16', number: 4, array: Uint16Array, field: 'int32Data' },
  { name: 'int16', number: 5, array: Int16Array, field: 'int32Data' },
  { name: 'int32', number: 6, array: Int32Array, field: 'int32Data' },
  { name: 'int64', number: 7, array: BigInt64Array, field: 'int64Data' },
  { name: 'bool', number: 9, array: Uint8Array, field: 'int32Data' },
  { name: 'float16', number: 10, array: Uint16Array, field: 'int32Data' },
  { name: 'float64', number: 11, array: Float64Array, field: 'doubleData' },
  { name: 'uint32', number: 12, array: Uint32Array, field: 'uint64Data' },
  { name: 'uint64', number: 13, array: BigUint64Array, field: 'uint64Data' },
  { name: 'bfloat16', number: 16, array: Uint16Array, field: 'int32Data' },
] as const satisfies readonly Element[];

export type ElementType = (typeof ELEMENTS)[number]['name'];

/** Dense, row-major. */
export interface Tensor {
  name: string;
  type: ElementType;
  dims: number[];
  data: TensorData;
}

/** Elements of a tensor of these dimensions: 1 for none, a scalar. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
}

/** "2×3×4", "scalar". */
export function dimsText(dims: readonly number[]): string {
  return dims.length === 0 ? 'scalar' : dims.join('×');
}

/** TensorProto.DataType's number of a type. */
export function elementNumber(type: ElementType): number {
  return (ELEMENTS.find(({ name }) => name === type) as Element).number;
}

/** The tensor's values, in memory of their own. Throws an OnnxError if its size and data disagree. */
export function tensorOf(message: TensorMessage): Tensor {
  const what = `tensor '${message.name ?? ''}' at byte ${message.at}`;
  const element = elementOf(message, what);
  const dims = checkedDims(message.dims, what);
  if (message.dataLocation === 1) throw new OnnxError(`${what} keeps its data in another file`);
  return { name: message.name ?? '', type: element.name, dims, data: dataOf(message, element, dims, what) };
}

function elementOf(message: TensorMessage, what: string) {
  const element = ELEMENTS.find(({ number }) => number === message.dataType);
  if (element !== undefined) return element;
  const names = ELEMENTS.map(({ name }) => name).join(', ');
  throw new OnnxError(
    `${what} has element type ${message.dataType ?? 'missing'}, which isn't read; those that are: ${names}`,
  );
}

/** `dims` if each is a size; otherwise an OnnxError. */
export function checkedDims(dims: readonly number[], what: string): number[] {
  for (const [axis, size] of dims.entries()) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new OnnxError(`${what}: dimension ${axis} is ${size}, which is no size`);
    }
  }
  return [...dims];
}

function dataOf(
  message: TensorMessage,
  element: (typeof ELEMENTS)[number],
  dims: number[],
  what: string,
): TensorData {
  const count = elementCount(dims);
  const bytesEach = element.array.BYTES_PER_ELEMENT;
  const { rawData } = message;
  const listed: readonly (number | bigint)[] = message[element.field];
  const found = rawData === undefined ? listed.length : rawData.length / bytesEach;
  // Before anything is allocated: dims of a broken file can be anything.
  if (found !== count) {
    const shape = `${dimsText(dims)} ${element.name}`;
    const [needs, has, unit] =
      rawData === undefined
        ? [count, listed.length, 'values']
        : [count * bytesEach, rawData.length, 'bytes of raw data'];
    throw new OnnxError(`${what} is ${shape}: it needs ${needs} ${unit} and has ${has}`);
  }
  const data = new element.array(count);
  if (rawData !== undefined) new Uint8Array(data.buffer).set(rawData);
  else if (data instanceof BigInt64Array || data instanceof BigUint64Array) data.set(listed as bigint[]);
  else data.set(listed.map(Number));
  return data;
}

/** The values as doubles, whatever the type: for shapes, axes and comparisons. Halves aren't converted. */
export function numbersOf({ data }: Tensor): number[] {
  return Array.from(data as ArrayLike<number | bigint>, Number);
}
