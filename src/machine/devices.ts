import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { string } from '../checks.js';
import { readMachineFile } from './parse.js';
import type { Machine } from './types.js';

// JSON files at the package's root, the form of `rooftile machine --json`: a new device is a new file. Read, not
// imported, since Node 20 warns about imports of JSON.
const FOLDER = new URL('../../devices/', import.meta.url);

/** 'snowflake-256', 'snowflake-1k', … */
export function deviceNames(): string[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
  return files.map((file) => file.slice(0, -'.json'.length)).sort();
}

/** A known device; upper case and spaces for hyphens are fine. Undefined for other names. */
export function deviceNamed(name: string): Machine | undefined {
  const wanted = string('name', name).trim().toLowerCase().replaceAll(' ', '-');
  if (!deviceNames().includes(wanted)) return undefined;
  return readMachineFile(fileURLToPath(new URL(`${wanted}.json`, FOLDER)));
}
