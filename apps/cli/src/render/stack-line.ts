import type { StackProgress } from '#local-stack';
import { cut, padEnd, printable } from './printable.js';

/** `  postgres   ready   0.9 s   found /usr/lib/postgresql/15/bin` */
export function stackLine(progress: StackProgress): string {
  const took = progress.state === 'ready' ? `${progress.tookSec.toFixed(1)} s` : '...';
  return cut(
    `  ${padEnd(progress.part, 9)}  ${padEnd(progress.state, 8)}  ${took.padStart(6)}   ${printable(progress.detail)}`,
    79,
  );
}
