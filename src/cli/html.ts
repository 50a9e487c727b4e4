import { Option } from 'commander';
import { writeWhole } from './files.js';

export function htmlOption(): Option {
  return new Option('--html <file>', 'write a page with charts too: one file, nothing fetched, no script');
}

/** Writes a page and says so, on stderr: stdout is for data. */
export function writePage(path: string, text: string): void {
  writeWhole(path, '--html', text);
  process.stderr.write(`wrote ${path}\n`);
}
