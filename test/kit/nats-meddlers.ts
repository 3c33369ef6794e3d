import type { Meddler } from './line-connection.js';

/** What a client of NATS sends: one line, and what follows it where it publishes. */
interface Frame {
  bytes: Buffer;
  /** Of PUB and HPUB with a reply; null: anything else. */
  publishes: { subject: string; reply: string } | null;
}

const lineEnd = '\r\n';

/**
 * A connection to NATS on which messages that `isMeant` knows by their subject are lost, and who sent them is told that the
 * stream has them already, as nats-server did of messages that it never stored (its issue 6415).
 */
export function falselyDuplicate(stream: string, isMeant: (subject: string) => boolean): Meddler {
  let rest = Buffer.alloc(0);
  return (way, bytes) => {
    if (way === 'from') return { bytes };
    rest = Buffer.concat([rest, bytes]);
    const passed: Buffer[] = [];
    for (let frame = firstFrame(rest); frame; frame = firstFrame(rest)) {
      rest = rest.subarray(frame.bytes.length);
      const { publishes } = frame;
      passed.push(publishes && isMeant(publishes.subject) ? duplicateAck(stream, publishes.reply) : frame.bytes);
    }
    return { bytes: Buffer.concat(passed) };
  };
}

/** In place of the message: sent where its sender waits for the stream's answer. */
function duplicateAck(stream: string, reply: string): Buffer {
  const answer = JSON.stringify({ stream, seq: 1, duplicate: true });
  return Buffer.from(`PUB ${reply} ${answer.length}${lineEnd}${answer}${lineEnd}`);
}

/** Null while it is not there whole. */
function firstFrame(bytes: Buffer): Frame | null {
  const lineBytes = bytes.indexOf(lineEnd) + lineEnd.length;
  if (lineBytes < lineEnd.length) return null;
  const [verb = '', subject = '', ...others] = bytes.toString('latin1', 0, lineBytes).trimEnd().split(/ +/);
  if (!/^H?PUB$/i.test(verb)) return { bytes: bytes.subarray(0, lineBytes), publishes: null };
  const whole = lineBytes + Number(others.at(-1)) + lineEnd.length;
  if (bytes.length < whole) return null;
  const sizes = verb.length === 'PUB'.length ? 1 : 2;
  const [reply] = others.slice(0, -sizes);
  return { bytes: bytes.subarray(0, whole), publishes: reply === undefined ? null : { subject, reply } };
}
