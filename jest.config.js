import { availableParallelism } from 'node:os';

/**
 * Jest runs what tsc built: one compiler, one truth. `#name` imports resolve through package.json.
 * unit: beside the code, no server. integration: real PostgreSQL and nats-server. e2e: through `./sluice`.
 * long: what mostly waits, or what rows of the fault suite show in short; tried by `npm run test:long`.
 */
const base = { rootDir: 'dist', testEnvironment: 'node', transform: {} };

export default {
  // What is too slow is found by the benchmark; a test on a busy machine only has to end.
  testTimeout: 30_000,
  // Half of the time tests wait for servers: one worker for each core is faster by that half. Each has servers of its own.
  maxWorkers: Math.min(4, availableParallelism()),
  testSequencer: './scripts/slow-first.mjs',
  globalSetup: './scripts/test-run.mjs',
  globalTeardown: './scripts/test-run-end.mjs',
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: ['<rootDir>/{libs,apps,transforms,bench}/**/*.spec.js', '<rootDir>/test/house/**/*.spec.js'],
    },
    {
      ...base,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/{integration,model,models,fuzz,network,faults}/**/*.spec.js'],
    },
    { ...base, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.spec.js'] },
    ...(process.env.LONG ? [{ ...base, displayName: 'long', testMatch: ['<rootDir>/test/long/**/*.spec.js'] }] : []),
  ],
};
