import { join } from 'node:path';

/** The committed dump: tests run in dist/test/integration/schema. */
export const schemaFile = join(import.meta.dirname, '../../../..', 'libs/adapter-postgres/schema.sql');
