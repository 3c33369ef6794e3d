/** Injects the ReadStore that the monitor reads from. */
export const MONITOR_READ_STORE = Symbol('ReadStore of the monitor');
