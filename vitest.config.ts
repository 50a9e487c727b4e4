import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Processes: a crash in the addon then names its file instead of ending the whole run.
    pool: 'forks',
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    reporters: ['default'],
  },
});
