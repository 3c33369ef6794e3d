import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startNats, type RunningServer } from '#local-stack';
import { makeTestFolder, type TestFolder } from './test-folder.js';

/**
 * A real nats-server with JetStream and the settings of production, for one file of tests. It ends with the Jest
 * process, also when that is killed.
 */
export class TestNats {
  private constructor(
    private readonly folder: TestFolder,
    private server: RunningServer,
  ) {}

  static async start(): Promise<TestNats> {
    const folder = makeTestFolder('nats');
    return new TestNats(folder, await startNats({ stateDir: folder.path }));
  }

  /** With user and password. */
  get url(): string {
    return this.server.url;
  }

  /**
   * Stops the server and starts it again at the same address; `wiped` throws all streams and consumers away between,
   * `killed` gives it no time to stop in order.
   */
  async restart(options: { wiped: boolean; killed?: boolean }): Promise<void> {
    const { port, place } = this.server;
    if (options.killed) process.kill(Number(readFileSync(join(place, 'nats.pid'), 'utf8')), 'SIGKILL');
    await (options.killed ? this.server.ended : this.server.stop());
    if (options.wiped) rmSync(place, { recursive: true });
    this.server = await startNats({ stateDir: this.folder.path, port });
  }

  async stop(): Promise<void> {
    await this.server.stop();
    this.folder.remove();
  }
}

/** @see TestNats */
export const startTestNats = (): Promise<TestNats> => TestNats.start();
