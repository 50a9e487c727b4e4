/**
 * JSON for files that people write by hand: as JSON.parse reads it, but a key that stands twice is an error, since the
 * first value would be lost in silence, and every error says the line and the column, which JSON.parse often doesn't.
 */

/** Deeper files are none of ours, and would run out of stack. */
const MOST_DEPTH = 64;

const SPACE = /[ \t\n\r]*/y;
const TOKEN =
  /[{}[\],:]|"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4})|[\x7f-\x9f])*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null/uy;

/** Throws a SyntaxError: "line 3, column 14: …". */
export function parseStrictJson(text: string): unknown {
  let at = 0;
  let token = '';

  const fail = (position: number, problem: string): never => {
    const before = text.slice(0, position).split('\n');
    const column = (before.at(-1) as string).length + 1;
    throw new SyntaxError(`line ${before.length}, column ${column}: ${problem}`);
  };
  /** What stands at `at` in an error message. */
  const found = () => {
    if (at >= text.length) return 'the end of the text';
    const word = /^(?:[\w.+-]+|"[^"\n]*"?|.)/su.exec(text.slice(at, at + 40))?.[0] ?? '';
    return word.length > 24 ? `${word.slice(0, 23)}…` : word;
  };
  const peek = (): string => {
    SPACE.lastIndex = at;
    at += SPACE.exec(text)?.[0].length ?? 0;
    TOKEN.lastIndex = at;
    token = TOKEN.exec(text)?.[0] ?? '';
    return token;
  };
  const take = (): string => {
    at += token.length;
    return token;
  };
  const expect = (what: string, test: (token: string) => boolean): string =>
    test(peek()) ? take() : fail(at, `${what} is expected, not ${found()}`);

  const list = (close: string, item: () => void): void => {
    if (peek() === close) {
      take();
      return;
    }
    do item();
    while (expect(`a comma or ${close}`, (t) => t === ',' || t === close) === ',');
  };
  const value = (depth: number): unknown => {
    if (depth > MOST_DEPTH) fail(at, `more than ${MOST_DEPTH} levels deep`);
    const start = expect('a value', (t) => t !== '' && !']},:'.includes(t));
    if (start === '[') {
      const items: unknown[] = [];
      list(']', () => items.push(value(depth + 1)));
      return items;
    }
    if (start !== '{') return JSON.parse(start);
    const members = new Map<string, unknown>();
    list('}', () => {
      const key = JSON.parse(expect('a key in double quotes', (t) => t.startsWith('"'))) as string;
      if (members.has(key)) fail(at - token.length, `the key ${JSON.stringify(key)} stands there twice`);
      expect('a colon', (t) => t === ':');
      members.set(key, value(depth + 1));
    });
    // fromEntries defines own properties: a key like __proto__ stays a plain key.
    return Object.fromEntries(members);
  };

  const result = value(0);
  expect('the end of the text', (t) => t === '' && at >= text.length);
  return result;
}
