export interface Check {
  name: string;
  /** `note`: works, with something worth knowing. `problem`: something doesn't work. */
  status: 'ok' | 'note' | 'problem';
  detail: string;
  /** What to do about it. */
  mend: string | null;
}

export function ok(name: string, detail: string): Check {
  return { name, status: 'ok', detail, mend: null };
}

export function note(name: string, detail: string, mend: string | null = null): Check {
  return { name, status: 'note', detail, mend };
}

export function problem(name: string, detail: string, mend: string): Check {
  return { name, status: 'problem', detail, mend };
}

/** The check, or a problem with the error that it threw: a doctor must not fall ill himself. */
export function guarded(name: string, check: () => Check): Check {
  try {
    return check();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return problem(
      name,
      message,
      'run `npm run build`; if it stays, report it with the output of `rooftile doctor --json`',
    );
  }
}
