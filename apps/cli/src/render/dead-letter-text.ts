import type { DeadLetterContent, DeadLetterView } from '#contracts';
import { counted, grouped } from './numbers.js';
import { printable, wrap } from './printable.js';
import { table } from './table.js';

const width = 80;
/** Of a body so much is shown to people. */
const bodyLinesMax = 12;

/** When, what it is about and why, a line a letter. */
export const letterTable = (letters: readonly DeadLetterView[]): string[] =>
  table(
    [
      { title: 'id', align: 'right' },
      { title: 'set aside', align: 'left' },
      { title: 'times', align: 'right' },
      { title: 'stream', align: 'left', widthMax: 11 },
      { title: 'worker', align: 'left', widthMax: 10 },
      { title: 'workflow', align: 'left', widthMax: 14 },
      { title: 'jobs', align: 'right' },
      { title: 'reason', align: 'left' },
    ],
    letters.map((letter) => [
      ...[letter.id, letter.at.slice(5, 16).replace('T', ' '), String(letter.times), streamOf(letter)],
      ...[letter.worker ?? '-', workflowsOf(letter), letter.jobs > 0 ? grouped(letter.jobs) : '-'],
      letter.requeuedAt === null ? oneLine(letter.reason) : `requeued; was: ${oneLine(letter.reason)}`,
    ]),
    width,
  );

/** All of one letter; what it holds is made fit for a terminal, and cut. */
export function letterLines(letter: DeadLetterContent): string[] {
  const { id, at, firstAt, times, requeuedAt, reason, bytes, batchId, session, worker, site, workflows, jobs } = letter;
  const body = wrapWords(printable(letter.body));
  const rows: [title: string, text: string | null][] = [
    ['letter', id],
    ['set aside', times === 1 ? at : `${at}, ${counted(times, 'time')} since ${firstAt}`],
    ['requeued', requeuedAt && `${requeuedAt}, and not handled yet`],
    ['stream', streamOf(letter)],
    ['worker', session && `session ${session}${worker === null ? '' : `: ${worker} at ${site ?? ''}`}`],
    ['batch', batchId],
    ['workflows', workflows.length > 0 ? workflows.join(' ') : null],
    ['jobs', jobs > 0 ? grouped(jobs) : null],
    ['reason', oneLine(reason)],
    ['holds', `${counted(bytes, 'byte')}${letter.faithful ? '' : ', not all of them UTF-8'}:`],
  ];
  return [
    ...rows.flatMap(([title, text]) =>
      text === null ? [] : wrap(`${title.padEnd(11)}${printable(text)}`, width, ' '.repeat(11)),
    ),
    ...body.slice(0, bodyLinesMax),
    ...(body.length > bodyLinesMax ? ['... -o json has all of it'] : []),
  ];
}

const streamOf = ({ stream, partition }: DeadLetterView): string => `${stream} ${partition}`;

function workflowsOf({ workflows }: DeadLetterView): string {
  const [first = '-', ...rest] = workflows;
  return rest.length === 0 ? first : `${first} +${rest.length}`;
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

/** Cuts a line that has hardly a space in it. */
function wrapWords(text: string): string[] {
  const characters = [...text.slice(0, width * (bodyLinesMax + 1))];
  const lines: string[] = [];
  for (let from = 0; from < characters.length; from += width) lines.push(characters.slice(from, from + width).join(''));
  return lines;
}
