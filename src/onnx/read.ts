import { readFileSync } from 'node:fs';
import { OnnxError } from './error.js';
import { MODEL, type ModelMessage, TENSOR } from './schema.js';
import { type Tensor, tensorOf } from './tensor.js';
import { type Decoded, decode, type Message, WireError } from './wire.js';

/** A model that has a graph. */
export type Model = ModelMessage & { graph: NonNullable<ModelMessage['graph']> };

/**
 * Reads a ModelProto. Throws an OnnxError that names the file, and the byte where it can, if the file is no model, and
 * the system's error if it can't be read.
 */
export function readModel(file: string): Model {
  return inFile(file, () => {
    const { graph, ...model } = decodeFile(MODEL, file);
    if (graph === undefined) throw new OnnxError('no ONNX model: it has no graph');
    return { ...model, graph };
  });
}

/** Reads a TensorProto, as in `input_0.pb`. Errors as readModel. */
export function readTensor(file: string): Tensor {
  return inFile(file, () => tensorOf(decodeFile(TENSOR, file)));
}

/** Puts the file's name before the errors of `read`. */
export function inFile<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof OnnxError) throw new OnnxError(`${file}: ${error.message}`, { cause: error });
    throw error;
  }
}

function decodeFile<M extends Message>(message: M, file: string): Decoded<M> {
  const bytes = readFileSync(file);
  if (bytes.length === 0) throw new OnnxError('the file is empty');
  try {
    return decode(message, bytes);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new OnnxError(`broken at byte ${error.byte} of ${bytes.length}: ${error.message}`, {
      cause: error,
    });
  }
}
