import { type DocumentRefusal, IssuersFile } from '#contracts';
import { readSettingsFile } from './settings-file.js';

const kind = {
  schema: IssuersFile,
  manual: { page: 'docs/identity.md', ownRoom: 'a # remark' },
  bytesMax: 1024 * 1024,
};

export type IssuersFileRead = { file: IssuersFile } | { refusal: DocumentRefusal };

/** Reads the file of trusted issuers as a whole. @returns what it says, or every fault with its place and remedy */
export const readIssuersFile = (bytes: Uint8Array): Promise<IssuersFileRead> => readSettingsFile(bytes, kind);
