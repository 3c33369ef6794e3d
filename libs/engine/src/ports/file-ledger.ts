import type { FileRoom, FileView } from '#contracts';
import type { FilePlace } from './file-store.js';
import type { Owner } from './upload-store.js';

/** A file on its way. */
export interface NewFile extends FilePlace {
  bytes: number;
  mediaType: string;
  creator: Owner;
}

/** `pending`: its room is taken, bytes may come. `over`: a quota has no room for it. */
export type FileBeginning =
  | { kind: 'known'; file: FileView }
  | { kind: 'pending'; pending: string }
  | { kind: 'over'; quota: 'space' | 'user'; use: FileRoom };

export interface NeededByAttempt {
  session: string;
  workflowNo: string;
  ordinal: number;
  attempt: number;
  sha256: string;
}

/**
 * Which files count, and how much spaces and users keep.
 * L1  Bytes in the store are named by a file, or by a pending note; who finds a note overdue removes bytes that nothing else
 *     names. So a death leaves nothing behind for good.
 * L2  Room is taken before bytes come: a quota holds at every instant, however many come at once.
 */
export interface FileLedger {
  begin(file: NewFile): Promise<FileBeginning>;
  /** It goes on: for another while it is not overdue. */
  renew(pending: string): Promise<void>;
  /** Its bytes are in the store: from now on it is a file. @returns null when it was overdue and was taken away */
  finish(place: FilePlace, pending: string): Promise<FileView | null>;
  /**
   * Nothing comes of a pending note any more, or nobody brings it: gives its room back.
   * @param removeBytes is called, alone at this place, when nothing else names them
   */
  giveUp(place: FilePlace, pending: string, removeBytes: () => Promise<void>): Promise<void>;
  overdue(rowsMax: number): Promise<{ place: FilePlace; pending: string }[]>;
  find(place: FilePlace): Promise<FileView | null>;
  /** @returns which of these checksums no file of the space has */
  missing(space: string, checksums: readonly string[]): Promise<string[]>;
  /**
   * A file that an attempt needs. @returns null when the session does not hold that attempt, or its job names no such file as
   * an input; `file` is null when the space has none
   */
  forAttempt(needed: NeededByAttempt): Promise<{ space: string; file: FileView | null } | null>;
  /** Notes a use, to within an hour. */
  used(place: FilePlace): Promise<void>;
  /** Newest first, from behind a cursor. */
  page(space: string, selection: { before: string | null; rows: number }): Promise<{ files: FileView[]; last: string }>;
  use(space: string): Promise<FileRoom>;
  /** It is no file any more; its bytes are pending, for giveUp(). @returns null when it was none */
  remove(place: FilePlace): Promise<{ file: FileView; pending: string } | null>;
}
