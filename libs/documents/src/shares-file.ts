import { SharesFile, type DocumentRefusal } from '#contracts';
import { readSettingsFile } from './settings-file.js';

const kind = {
  schema: SharesFile,
  manual: { page: 'docs/shares.md', ownRoom: 'a # remark' },
  bytesMax: 4 * 1024 * 1024,
};

export type SharesFileRead = { file: SharesFile } | { refusal: DocumentRefusal };

/** Reads a shares file as a whole. @returns what it says, or every fault with its place and remedy */
export const readSharesFile = (bytes: Uint8Array): Promise<SharesFileRead> => readSettingsFile(bytes, kind);
