import type { LeaseAnswerMessage } from '#contracts';
import type { DeskAnswer } from '#engine';

/** Longest text of answers in one message, in characters: with quotes escaped it stays well under 1 MiB. */
const charsMax = 400_000;

type Answers = LeaseAnswerMessage['answers'];

/** Packs answers into messages, a gateway each; an answer too long for one is cut into numbered parts. */
export function answerMessages(answers: readonly DeskAnswer[]): { gateway: string; message: LeaseAnswerMessage }[] {
  const messages: { gateway: string; message: { answers: Answers } }[] = [];
  const open = new Map<string, { answers: Answers; chars: number }>();
  for (const { gateway, session, requestId, status, body } of answers) {
    const parts = Math.max(1, Math.ceil(body.length / charsMax));
    for (let part = 1; part <= parts; part += 1) {
      const piece = parts === 1 ? body : body.slice((part - 1) * charsMax, part * charsMax);
      let message = open.get(gateway);
      if (!message || message.chars + piece.length > charsMax) {
        message = { answers: [], chars: 0 };
        open.set(gateway, message);
        messages.push({ gateway, message });
      }
      message.chars += piece.length;
      message.answers.push({
        session,
        requestId,
        body: piece,
        ...(status !== 200 && { status }),
        ...(parts > 1 && { part, parts }),
      });
    }
  }
  return messages.map(({ gateway, message }) => ({ gateway, message: { answers: message.answers } }));
}
