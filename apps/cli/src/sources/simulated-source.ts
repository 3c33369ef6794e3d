import type { DocumentSource } from './document-source.js';

/** The document of another source, with jobs that sleep in place of what they would run. */
export const simulatedSource = (source: DocumentSource, { speed }: { speed: number }): DocumentSource => ({
  name: source.name,
  open: async () => {
    const { simulated } = await import('#documents');
    return simulated(await source.open(), { speed });
  },
});
