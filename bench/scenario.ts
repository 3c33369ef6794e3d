import type { Servers } from './kit/servers.js';
import type { WorkerSettings } from './kit/stack.js';

/** What the command line asks of a scenario. */
export interface BenchOptions extends WorkerSettings {
  /** Null: the scenario's own. */
  jobs: number | null;
  /** Runs in turn with a peer. */
  pairs: number;
  /** Folder of the floor's e2e.mjs. */
  floor: string;
  /** How long `idle` watches. */
  seconds: number;
  /** Of `brokering` only the load with this name; null: all. */
  only: string | null;
}

/** One line of a table. */
export type Row = Record<string, string | number>;

/** A bar of the issue and how it went. */
export interface Bar {
  figure: string;
  reached: number;
  /** Such as `>= 0.5`. */
  wanted: string;
  met: boolean;
}

export interface ScenarioResult {
  rows: Row[];
  bars: Bar[];
  /** What a reader must know to read the figures rightly. */
  notes: string[];
}

export interface Scenario {
  about: string;
  run(servers: Servers, options: BenchOptions, say: (text: string) => void): Promise<ScenarioResult>;
}

export const atLeast = (figure: string, reached: number, bar: number): Bar => ({
  figure,
  reached,
  wanted: `>= ${bar}`,
  met: reached >= bar,
});

export const atMost = (figure: string, reached: number, bar: number): Bar => ({
  figure,
  reached,
  wanted: `<= ${bar}`,
  met: reached <= bar,
});
