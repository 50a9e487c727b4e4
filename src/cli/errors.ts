import { CommanderError } from 'commander';

/** Exit codes: the contract of every command. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** A check that the command made didn't hold: exit 1, no stack. */
export class CheckFailed extends Error {
  override name = 'CheckFailed';
}

/** What to write on stderr ('' for nothing) and the exit code, for whatever a command threw. */
export function explain(error: unknown): { text: string; exitCode: number } {
  if (error instanceof CommanderError) {
    // Commander has written its own message; help and version arrive here too, with 0.
    return { text: '', exitCode: error.exitCode === 0 ? EXIT.done : EXIT.usage };
  }
  if (!(error instanceof Error)) return { text: `error: ${String(error)}`, exitCode: EXIT.failed };
  if (error.name === 'AbortError') return { text: 'interrupted', exitCode: EXIT.interrupted };
  if (error instanceof CheckFailed) return { text: error.message, exitCode: EXIT.failed };
  const message = `error: ${error.message}`;
  if (isAboutArguments(error)) return { text: message, exitCode: EXIT.usage };
  if ('code' in error) return { text: message, exitCode: EXIT.failed };
  return { text: `${message}\n${error.stack ?? ''}${causeOf(error)}`, exitCode: EXIT.failed };
}

// V8 uses the same two classes for mistakes in our code; blaming the user for those would hide the stack.
const ENGINE_MESSAGE =
  /^Cannot (read|set|destructure|convert|mix|add|assign|perform)|is not (a function|iterable|a constructor|defined)|^Maximum call stack|^Array buffer allocation|^Invalid (array|string|typed array) length|^Assignment to constant/;

function isAboutArguments(error: Error): boolean {
  return (error instanceof TypeError || error instanceof RangeError) && !ENGINE_MESSAGE.test(error.message);
}

function causeOf(error: Error): string {
  if (error.cause === undefined) return '';
  return `\ncaused by: ${error.cause instanceof Error ? error.cause.stack : String(error.cause)}`;
}

/**
 * Aborts at the first Ctrl-C, so that a command can write what it has; exit code 130 whatever it then does.
 * The second ends the process at once. Only for commands that look at the signal: without a call of this
 * Ctrl-C keeps its usual effect.
 */
export function abortOnInterrupt(): AbortSignal {
  const controller = new AbortController();
  process.on('SIGINT', () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    process.exitCode = EXIT.interrupted;
    controller.abort();
  });
  return controller.signal;
}

/** `rooftile … | head` closes the pipe early; that is no error of ours. A full disk is said in one line. */
export function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit();
      if (stream === process.stdout)
        process.stderr.write(`error: can't write the output: ${error.message}\n`);
      process.exit(EXIT.failed);
    });
  }
}
