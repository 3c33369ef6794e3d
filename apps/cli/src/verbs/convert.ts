import type { DocumentChunk, OpenDocument } from '#documents';
import { refusing } from '../document.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { DocumentFormat } from '../globals.js';
import { fileSource } from '../sources/document-source.js';
import type { Terminal } from '../terminal/terminal.js';

/**
 * Writes a document to stdout in another format. Needs no server. As `sluice` NDJSON, as it is read; what is wrong with
 * a job far down is found when the lines before it are written. As `wfformat` nothing is written unless all is good.
 */
export async function convert(terminal: Terminal, file: string, format: DocumentFormat): Promise<ExitCode> {
  await refusing(file, async () => {
    const document = await fileSource(file).open();
    for await (const text of textOf[format](document)) await terminal.out.text(text);
  });
  await terminal.out.flush();
  return exitCodes.ok;
}

const textOf: Readonly<Record<DocumentFormat, (document: OpenDocument) => AsyncGenerator<string>>> = {
  sluice: sluiceText,
  wfformat: async function* (document) {
    const { checkedJobsOf, wfFormatText } = await import('#documents');
    yield* wfFormatText({ header: document.header, jobs: checkedJobsOf(document) });
  },
};

async function* sluiceText(document: OpenDocument): AsyncGenerator<string> {
  const { chunksOf } = await import('#documents');
  const chunks: AsyncGenerator<DocumentChunk> = chunksOf({ ...document, unrunnable: null });
  // The header is checked with the first chunk: nothing is written of a document that has a bad one.
  const first = await chunks.next();
  yield `${JSON.stringify(document.header)}\n`;
  if (!first.done) yield first.value.body.toString();
  for await (const { body } of chunks) yield body.toString();
}
