import type { SluiceClient } from '#client';
import { refusing, type ReadyDocument } from './document.js';
import { CliFault, exitCodes } from './exit-code.js';
import { counted, grouped } from './render/numbers.js';
import { RefusedDocument } from './refused-document.js';
import type { Terminal } from './terminal/terminal.js';
import type { UploadKey } from './upload-key.js';

const noteEveryMs = 2_000;

export interface SubmitWish {
  /** Whose fault it is when it is refused: see DocumentSource. */
  source: string;
  signal: AbortSignal;
  /** Names the upload, and gets to know its workflow. */
  key: UploadKey;
  /** Whose workflow it is; left out: the token's own. */
  owner?: string;
  /** From here on the workflow may exist: the last request that makes it visible is on its way. */
  onSealing: () => void;
}

/**
 * Sends a document and sees it sealed.
 * @returns the workflow's id
 * @throws CliFault with exit 2 when it is refused
 */
export async function submitTo(
  client: SluiceClient,
  document: ReadyDocument,
  terminal: Terminal,
  wish: SubmitWish,
): Promise<string> {
  const progress = new SubmitProgress(terminal);
  const answer = await refusing(wish.source, () =>
    client.submit(document, {
      signal: wish.signal,
      idempotencyKey: wish.key.key,
      resume: wish.key.resume,
      owner: wish.owner,
      onOpened: ({ id, chunks }) => {
        if (wish.key.resume) terminal.note(`${id} goes on: ${counted(chunks, 'chunk')} of it stored already`);
        wish.key.id = id;
      },
      onProgress: ({ jobs, sealing }) => {
        if (sealing) wish.onSealing();
        progress.show(jobs, sealing);
      },
    }),
  ).finally(() => progress.end());
  if (answer.state === 'sealed') return answer.id;
  if (answer.refusal) throw new RefusedDocument(wish.source, answer.refusal);
  throw new CliFault(exitCodes.usage, [
    `${answer.id} is being removed: it got no chunk for too long`,
    'submit it anew',
  ]);
}

/** Says how far a long submission is; a short one says nothing. */
class SubmitProgress {
  private readonly beganMs = Date.now();
  private notedMs = Date.now();

  constructor(private readonly terminal: Terminal) {}

  show(jobs: number, sealing: boolean): void {
    const nowMs = Date.now();
    const text = `  ${sealing ? 'sealing' : 'sending'}    ${grouped(jobs)} jobs`;
    if (this.terminal.screen && nowMs - this.beganMs > 300) this.terminal.screen.draw([text]);
    if (this.terminal.screen || nowMs - this.notedMs < noteEveryMs) return;
    this.notedMs = nowMs;
    this.terminal.note(text);
  }

  end(): void {
    this.terminal.screen?.clear();
  }
}
