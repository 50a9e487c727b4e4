/** A claim's text with a position, and errors that show it. */
export class ClaimText {
  at = 0;

  constructor(
    private readonly all: string,
    private readonly grammar: string,
  ) {}

  get done(): boolean {
    return this.at >= this.all.length;
  }

  get rest(): string {
    return this.all.slice(this.at);
  }

  slice(start: number, end: number): string {
    return this.all.slice(start, end);
  }

  /** What a sticky pattern finds here; moves behind it. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.all);
    if (match === null || match[0] === '') return undefined;
    this.at += match[0].length;
    return match;
  }

  /** Characters up to the next space or comma, one at least. */
  wordLength(): number {
    return Math.max(1, /^[^\s,;]*/.exec(this.rest)?.[0].length ?? 0);
  }

  /** Throws a RangeError: the piece with its position, a line that points at it, and the grammar. */
  fail(at: number, length: number, problem: string): never {
    const shown = printable(this.all);
    const piece = shown.slice(at, at + length);
    const subject = `'${piece.length > 40 ? `${piece.slice(0, 39)}…` : piece}'`;
    // A window of the text, so that the marks stand below the piece on any terminal.
    const from = Math.max(0, at - 50);
    const window = shown.slice(from, from + 100);
    const marks = ' '.repeat(at - from) + '^'.repeat(Math.max(1, Math.min(length, 100 - (at - from))));
    throw new RangeError(
      `${subject} at position ${at + 1} ${problem}\n  ${window}\n  ${marks}\nwrite ${this.grammar}`,
    );
  }

  failWhole(problem: string): never {
    const shown = printable(this.all.trim());
    const text = shown.length > 60 ? `${shown.slice(0, 59)}…` : shown;
    throw new RangeError(`the claim '${text}' ${problem}\nwrite ${this.grammar}`);
  }
}

/** One column a character: control characters would move the marks, or the terminal. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, (found) => '?'.repeat(found.length));
}
