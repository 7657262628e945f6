import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Drills and clusters are processes beside the test: two files at a time keep two cores busy and no more. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
    testTimeout: 30_000,
    hookTimeout: 120_000,
    maxConcurrency: 2,
    reporters: ['default'],
  },
});
