import { uptime } from 'node:os';

/**
 * Milliseconds on a clock that only goes forward and runs on while the machine sleeps, unlike `performance.now()`: on Linux
 * that since boot, CLOCK_BOOTTIME. Terms are counted on it; a reading costs some ten microseconds.
 */
export const lastingMs = (): number => uptime() * 1_000;
