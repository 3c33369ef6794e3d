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
  async restart({ wiped, killed = false }: { wiped: boolean; killed?: boolean }): Promise<void> {
    await this.without((place) => (wiped ? rmSync(place, { recursive: true }) : undefined), { killed });
  }

  /** restart(), with `work` done while the server is away. @param work told the folder of the store */
  async without(work: (place: string) => Promise<void> | void, { killed }: { killed: boolean }): Promise<void> {
    const { port, place } = this.server;
    if (killed) process.kill(this.pid, 'SIGKILL');
    await (killed ? this.server.ended : this.server.stop());
    await work(place);
    this.server = await startNats({ stateDir: this.folder.path, port });
  }

  /** What it wrote since it was last started. */
  get log(): string {
    return readFileSync(join(this.folder.path, 'logs', 'nats.log'), 'utf8');
  }

  /** Of its present process. */
  get pid(): number {
    return Number(readFileSync(join(this.server.place, 'nats.pid'), 'utf8'));
  }

  async stop(): Promise<void> {
    await this.server.stop();
    this.folder.remove();
  }
}

/** @see TestNats */
export const startTestNats = (): Promise<TestNats> => TestNats.start();
