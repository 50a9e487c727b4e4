export interface Progress {
  update(done: number, total: number, label: string): void;
  /** Clears the line. */
  done(): void;
}

/** Short work ends before a line would be read. */
const QUIET_MILLISECONDS = 2000;
const BETWEEN_MILLISECONDS = 100;

/** One line on stderr, rewritten in place; nothing where stderr isn't a terminal. */
export function progress(stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return { update() {}, done() {} };
  const started = performance.now();
  let lastShown = 0;
  return {
    update(done, total, label) {
      const now = performance.now();
      if (now - started < QUIET_MILLISECONDS || now - lastShown < BETWEEN_MILLISECONDS) return;
      lastShown = now;
      // A line that wraps can't be rewritten.
      stream.write(`\r\x1b[2K${`${done}/${total} ${label}`.slice(0, (stream.columns || 80) - 1)}`);
    },
    done() {
      if (lastShown > 0) stream.write('\r\x1b[2K');
      lastShown = 0;
    },
  };
}
