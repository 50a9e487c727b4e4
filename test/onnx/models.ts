import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ModelValue, type OneNodeModel, oneNodeModel, tensorFile } from '../../src/onnx/write.js';

/** The conformance cases that lie beside the repository. */
export const sharedCases = fileURLToPath(new URL('../../../shared/onnx/', import.meta.url));

/** A folder that goes with the tests of a file. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'rooftile-onnx-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Writes a case of one node: inputs with data become files, unless `constants` names them. */
export function writeCase(
  folder: string,
  model: OneNodeModel,
  outputs: readonly ModelValue[],
  constants: readonly string[] = [],
): string {
  mkdirSync(folder, { recursive: true });
  const isConstant = (value: ModelValue | undefined) => value === undefined || constants.includes(value.name);
  const inputs = model.inputs.map((value) =>
    value === undefined || isConstant(value) ? value : withoutData(value),
  );
  writeFileSync(join(folder, 'model.onnx'), oneNodeModel({ ...model, inputs }));
  const open = model.inputs.filter((value) => !isConstant(value)) as ModelValue[];
  for (const [index, value] of open.entries()) {
    writeFileSync(join(folder, `input_${index}.pb`), tensorFile(value));
  }
  for (const [index, value] of outputs.entries()) {
    writeFileSync(join(folder, `output_${index}.pb`), tensorFile(value));
  }
  return folder;
}

function withoutData({ data: _, ...value }: ModelValue): ModelValue {
  return value;
}
