import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Processes: a crash in the addon then names its file instead of ending the whole run.
    pool: 'forks',
    include: ['test/**/*.test.ts'],
    // Validation simulates and times its runs: 40 s on a machine that others use too.
    testTimeout: 240_000,
    reporters: ['default'],
  },
});
