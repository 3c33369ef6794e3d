import { partitionCount } from '#contracts';
import type { EventPosition } from '#engine';

/** A moment as PostgreSQL reads it, in RFC 3339, UTC; null for none, or none of the years 1 to 9999. */
export function instantOf(text: string): string | null {
  const ms = Date.parse(text);
  const instant = Number.isNaN(ms) ? '' : new Date(ms).toISOString();
  return /^(?!0000)\d{4}-/.test(instant) ? instant : null;
}

/** Every cursor begins so; no time does. */
const mark = 'c1.';
const seqShape = /^\d{1,18}$/;

/**
 * A reader's place in the event log as text that nobody has to understand. It is of one workflow, or of all: events behind
 * it are counted in other ways.
 */
export const eventCursor = {
  write(workflowNo: string | null, { seqs, since }: EventPosition): string {
    const place = [workflowNo ?? '', since ?? '', ...[...seqs].map(([partition, seq]) => `${partition}:${seq}`)];
    return mark + Buffer.from(place.join(',')).toString('base64url');
  },

  /** @returns null for what is no cursor of these events. */
  read(workflowNo: string | null, text: string): EventPosition | null {
    if (!text.startsWith(mark)) return null;
    const [of, sinceText = '', ...places] = Buffer.from(text.slice(mark.length), 'base64url')
      .toString('latin1')
      .split(',');
    const since = sinceText === '' ? null : instantOf(sinceText);
    if (of !== (workflowNo ?? '') || (since === null && sinceText !== '')) return null;
    if (places.length !== (workflowNo === null ? partitionCount : 1)) return null;
    const seqs = new Map(places.map(placeOf));
    const known = [...seqs].every(([partition, seq]) => partition < partitionCount && seqShape.test(seq));
    if (!known || seqs.size !== places.length) return null;
    return { seqs, since };
  },
};

function placeOf(text: string): [number, string] {
  const [partition = '', seq = ''] = text.split(':');
  return [/^\d{1,2}$/.test(partition) ? Number(partition) : partitionCount, seq];
}
