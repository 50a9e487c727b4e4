import { InvalidArgumentError, Option } from 'commander';

/** A parser for commander: decimal digits only, so that "4x", "1e3" and "" are errors and not 4, 1000 and 0. */
export function parsePositiveInteger(name: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
      throw new InvalidArgumentError(`${name} must be a whole number from 1 up.`);
    }
    return value;
  };
}

/** "mr=14,nr=32" as { mr: '14', nr: '32' }. */
export function parseKeyValues(text: string): Record<string, string> {
  const entries = new Map<string, string>();
  for (const piece of text.split(',')) {
    const [, key, value] = /^\s*([^=\s]+)\s*=\s*(.*\S)\s*$/.exec(piece) ?? [];
    if (key === undefined || value === undefined) {
      throw new InvalidArgumentError(`'${piece}' isn't key=value.`);
    }
    if (entries.has(key)) throw new InvalidArgumentError(`'${key}' is given twice.`);
    entries.set(key, value);
  }
  // fromEntries defines own properties, so a key like __proto__ stays a plain key.
  return Object.fromEntries(entries);
}

export function jsonOption(): Option {
  return new Option('--json', 'write one JSON document to standard output');
}

export function threadsOption(): Option {
  return new Option(
    '--threads <n>',
    'threads to use (default: all CPUs that this process may use)',
  ).argParser(parsePositiveInteger('threads'));
}
