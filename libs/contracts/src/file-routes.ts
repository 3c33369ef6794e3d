import { FileQuery, FileRemoveQuery } from './file.js';
import type { Route } from './routes.js';

const files = '/api/v1/spaces/:space/files';

export const fileRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: files,
    summary: 'Files of a space, newest first, and how much it keeps and may keep',
    token: 'stack',
    query: FileQuery,
    answer: { status: 200, schema: 'FilePage' },
    refuses: [],
  },
  {
    method: 'PUT',
    path: `${files}/:sha256`,
    summary:
      'Keeps a file: its bytes, of an announced length, are checked against the checksum; sent again, the same answer',
    token: 'stack',
    headers: { 'Content-Length': 'bytes of the file; needed', 'Content-Type': 'its media type, given back with it' },
    file: 'body',
    answer: { status: 200, schema: 'FileView' },
    refuses: [403, 411, 422, 507],
  },
  {
    method: 'GET',
    path: `${files}/:sha256`,
    summary:
      'The bytes of a file, or one range of them (206); its ETag is its checksum, and HEAD says how many there are',
    token: 'stack',
    headers: { Range: '`bytes=FROM-TO`, `bytes=FROM-` or `bytes=-LAST`; several ranges: the whole' },
    file: 'answer',
    answer: { status: 200, schema: null, type: 'application/octet-stream' },
    refuses: [416],
  },
  {
    method: 'DELETE',
    path: `${files}/:sha256`,
    summary: 'Removes a file for good',
    token: 'stack',
    query: FileRemoveQuery,
    answer: { status: 200, schema: 'FileRemoved' },
    refuses: [],
  },
];
