import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError, type SluiceClient } from '#client';
import { chunkLimits, chunksOf, readDocument } from '#documents';
import { DocumentHeader } from '#contracts';
import type { Random, TestStack } from '#test-kit';
import { documentText, randomDocument, type TrialDocument } from './trial-document.js';

/** Small, so that an upload is made of many chunks; but not of thousands. */
const smallCut = { bytes: 4_000, jobs: 25 };
const smallJobsMax = 2_000;
/** Uploads under way at once. */
const submittersMax = 2;
const triesMax = 20;

export interface LoadShape {
  /** Default 6. */
  workflows?: number;
  /** Jobs of the largest; default 40. */
  jobsMax?: number;
  /** One in so many is cancelled while it runs; default 4, 0: none. */
  cancelOneIn?: number;
}

/** A workflow that the server said it has. */
export interface Acked {
  id: string;
  key: string;
  document: TrialDocument;
  /** When its seal was answered, on this machine's clock. */
  atMs: number;
  /** A cancel was answered. */
  cancelled: boolean;
}

/** Sends workflows and cancels to a stack as users do who try again, and notes every call that was answered. */
export class Load {
  readonly acked: Acked[] = [];
  /** Calls that had to be tried again by the driver itself, over what the client does. */
  triedAgain = 0;
  private readonly clients: SluiceClient[];
  private turn = 0;

  constructor(
    stack: TestStack,
    private readonly random: Random,
  ) {
    this.clients = stack.urls.map((_, gateway) => stack.client(gateway));
  }

  /** Sends random workflows; some are cancelled while they run. Resolves when all calls were answered. */
  async run({ workflows = 6, jobsMax = 40, cancelOneIn = 4 }: LoadShape = {}): Promise<void> {
    const due = Array.from({ length: workflows }, (_, no) => ({
      document: randomDocument(this.random, `load-${no}`, jobsMax),
      cancelAfterMs: cancelOneIn > 0 && this.random.once(cancelOneIn) ? this.random.below(1_500) : null,
    }));
    const submitter = async (): Promise<void> => {
      for (let next = due.shift(); next; next = due.shift()) {
        const acked = await this.submit(next.document);
        if (next.cancelAfterMs !== null) await sleep(next.cancelAfterMs).then(() => this.cancel(acked));
      }
    };
    await Promise.all(Array.from({ length: submittersMax }, submitter));
  }

  /** Sends one workflow, under one key however often it takes. */
  async submit(document: TrialDocument, options: { owner?: string } = {}): Promise<Acked> {
    const key = randomUUID();
    const upload = await this.persevere(async (client) => {
      const opened = await readDocument(Readable.from([Buffer.from(documentText(document))]));
      const header = DocumentHeader.parse(opened.header);
      return client.submit(
        { header, chunks: chunksOf(opened, document.jobs.length > smallJobsMax ? chunkLimits : smallCut) },
        { idempotencyKey: key, resume: true, ...options },
      );
    });
    if (upload.state !== 'sealed') throw new Error(`${upload.id} was refused: ${JSON.stringify(upload.refusal)}`);
    const acked = { id: upload.id, key, document, atMs: Date.now(), cancelled: false };
    this.acked.push(acked);
    return acked;
  }

  /** A workflow that has ended meanwhile is left as it is. */
  /** One that has ended by then stays as it is. */
  async cancel(acked: Acked): Promise<void> {
    try {
      await this.persevere((client) => client.cancel(acked.id));
      acked.cancelled = true;
    } catch (fault) {
      if (!(fault instanceof ProblemError) || fault.code !== 'workflow/ended') throw fault;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
  }

  /** As a user does: by the next gateway, until it is done or refused. */
  private async persevere<T>(call: (client: SluiceClient) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      const client = this.clients[this.turn++ % this.clients.length];
      if (!client) throw new Error('a stack without a gateway');
      try {
        return await call(client);
      } catch (fault) {
        if (tries === triesMax || (fault instanceof ProblemError && !fault.retry)) throw fault;
        this.triedAgain += 1;
        await sleep(200);
      }
    }
  }
}
