import type { FileStore } from '#engine';
import { FolderFileStore } from './folder-file-store.js';
import { S3FileStore } from './s3-file-store.js';

/** Keys of an object store, as its tools name them: AWS_ACCESS_KEY_ID and so on. */
export interface ObjectStoreKeys {
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
}

/** @param place an absolute folder, or the address of a bucket with keys for it */
export const openFileStore = (place: string, keys: ObjectStoreKeys | null): Promise<FileStore> =>
  keys === null ? FolderFileStore.open(place) : Promise.resolve(new S3FileStore({ url: place, ...keys }));
