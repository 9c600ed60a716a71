import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Whole calls run on real time between real sockets; the pure suites take milliseconds.
    // Most of a whole call is waiting, so two files at a time fit on two cores.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
