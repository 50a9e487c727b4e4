export interface Progress {
  update(done: number, total: number, label: string): void;
  /** Where nobody knows how much there is to do. */
  show(text: string): void;
  /** Clears the line. */
  done(): void;
}

/** Short work ends before a line would be read. */
const QUIET_MILLISECONDS = 2000;
const BETWEEN_MILLISECONDS = 100;

/** One line on stderr, rewritten in place; nothing where stderr isn't a terminal. */
export function progress(stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return { update() {}, show() {}, done() {} };
  const started = performance.now();
  let lastShown = 0;
  const show = (text: string) => {
    const now = performance.now();
    if (now - started < QUIET_MILLISECONDS || now - lastShown < BETWEEN_MILLISECONDS) return;
    lastShown = now;
    // A line that wraps can't be rewritten.
    stream.write(`\r\x1b[2K${text.slice(0, (stream.columns || 80) - 1)}`);
  };
  return {
    show,
    update: (done, total, label) => show(`${done}/${total} ${label}`),
    done() {
      if (lastShown > 0) stream.write('\r\x1b[2K');
      lastShown = 0;
    },
  };
}
