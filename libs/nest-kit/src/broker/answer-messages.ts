import type { LeaseAnswerMessage } from '#contracts';
import type { DeskAnswer } from '#engine';

/** Most bytes of answers in one message: with every quote escaped it stays well under 1 MiB. */
const bytesMax = 400_000;
/** Of one character of a text, in UTF-8. */
const charBytesMax = 3;

type Answers = LeaseAnswerMessage['answers'];

/** Packs answers into messages, a gateway each; an answer too long for one is cut into numbered parts. */
export function answerMessages(answers: readonly DeskAnswer[]): { gateway: string; message: LeaseAnswerMessage }[] {
  const messages: { gateway: string; message: { answers: Answers } }[] = [];
  const open = new Map<string, { answers: Answers; bytes: number }>();
  for (const { gateway, session, requestId, status, body } of answers) {
    const pieces = piecesOf(body);
    const parts = pieces.length;
    pieces.forEach((piece, position) => {
      const bytes = Buffer.byteLength(piece);
      let message = open.get(gateway);
      if (!message || message.bytes + bytes > bytesMax) {
        message = { answers: [], bytes: 0 };
        open.set(gateway, message);
        messages.push({ gateway, message });
      }
      message.bytes += bytes;
      message.answers.push({
        session,
        requestId,
        body: piece,
        ...(status !== 200 && { status }),
        ...(parts > 1 && { part: position + 1, parts }),
      });
    });
  }
  return messages.map(({ gateway, message }) => ({ gateway, message: { answers: message.answers } }));
}

/** Cut between characters, so that each piece is a text. */
function piecesOf(body: string): string[] {
  if (body.length * charBytesMax <= bytesMax) return [body];
  const bytes = Buffer.from(body);
  const pieces: string[] = [];
  for (let from = 0, to = 0; from < bytes.length; from = to) {
    to = Math.min(from + bytesMax, bytes.length);
    while (to < bytes.length && isInsideCharacter(bytes[to])) to -= 1;
    pieces.push(bytes.toString('utf8', from, to));
  }
  return pieces;
}

/** A byte of UTF-8 that goes on with the character before it. */
const isInsideCharacter = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x80 && byte < 0xc0;
