// npm run schema: writes libs/adapter-postgres/schema.sql from a freshly migrated database.
import { writeFileSync } from 'node:fs';
import pg from 'pg';
import { startTestPostgres } from '#test-kit';
import { dumpSchema } from './dump-schema.js';
import { schemaFile } from './schema-file.js';

const postgres = await startTestPostgres();
try {
  const database = await postgres.createTestDatabase();
  const client = new pg.Client(database.url);
  await client.connect();
  writeFileSync(schemaFile, await dumpSchema(client));
  await client.end();
} finally {
  await postgres.stop();
}
