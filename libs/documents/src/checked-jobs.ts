import type { WrittenJob } from './job-shape.js';
import { chunksOf } from './chunk.js';
import type { OpenDocument } from './open-document.js';

/**
 * The jobs of a document as they are written, some at a time, each good by itself. What cannot be run passes.
 * @throws DocumentRefused as chunksOf() does; all faults at once, when all good jobs before them have come
 */
export async function* checkedJobsOf(document: OpenDocument): AsyncGenerator<WrittenJob[]> {
  for await (const { body } of chunksOf({ ...document, unrunnable: null })) {
    yield body
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as WrittenJob);
  }
}
