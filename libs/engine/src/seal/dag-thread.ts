import { Worker } from 'node:worker_threads';
import type { DagFinish, DagQuestion, DagAnswers, DagStart } from './dag-messages.js';
import type { DagStep, StepLimits } from '#core';

/** A graph in a thread of its own: a million jobs take a second of pure computing, which must not stop the process. */
export class DagThread {
  private readonly worker: Worker;
  private waiting: { resolve: (answer: unknown) => void; reject: (cause: unknown) => void } | null = null;
  private fault: Error | null = null;

  constructor(start: DagStart) {
    this.worker = new Worker(new URL('./dag-thread-main.js', import.meta.url), { workerData: start });
    this.worker.on('message', (answer: unknown) => this.settle((waiting) => waiting.resolve(answer)));
    this.worker.on('error', (cause) => this.end(cause instanceof Error ? cause : new Error(String(cause))));
    this.worker.on('exit', () => this.end(new Error('the seal thread ended')));
  }

  /** Lends the pack to the thread. @returns its buffer, to be used again. */
  add(chunkNo: number, pack: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
    return this.ask({ ask: 'add', chunkNo, pack }, [pack.buffer]);
  }

  finish(tasks: number): Promise<DagFinish> {
    return this.ask({ ask: 'finish', tasks });
  }

  step(from: number, limits: StepLimits): Promise<DagStep> {
    return this.ask({ ask: 'step', from, limits });
  }

  /** Of a graph with faults: see DagBuilder.nearest(). */
  nearest(names: readonly string[]): Promise<(string | null)[]> {
    return this.ask({ ask: 'nearest', names });
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private ask<Q extends DagQuestion>(question: Q, transfer: ArrayBuffer[] = []): Promise<DagAnswers[Q['ask']]> {
    return new Promise((resolve, reject) => {
      if (this.waiting) throw new Error('the seal thread answers one question at a time');
      if (this.fault) throw this.fault;
      this.waiting = { resolve: resolve as (answer: unknown) => void, reject };
      this.worker.postMessage(question, transfer);
    });
  }

  private end(fault: Error): void {
    this.fault ??= fault;
    this.settle((waiting) => waiting.reject(fault));
  }

  private settle(how: (waiting: NonNullable<DagThread['waiting']>) => void): void {
    const { waiting } = this;
    this.waiting = null;
    if (waiting) how(waiting);
  }
}
