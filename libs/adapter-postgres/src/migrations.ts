import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrationTexts } from './generated/migrations.js';

type MigrationClass = new () => MigrationInterface;

/** TypeORM orders migrations by the number that ends their name, a time in milliseconds: ours count from here. */
const firstNumber = 1_760_000_000_000;

/** Each file of sql/migrations as a class that TypeORM runs and records. Forward only. */
function migrationClass(file: { name: string; text: string }): MigrationClass {
  const number = firstNumber + Number(file.name.slice(0, 4));
  return class implements MigrationInterface {
    readonly name = `${file.name}${number}`;
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(file.text);
    }
    down(): Promise<void> {
      return Promise.reject(new Error('migrations go forward only: restore a backup instead'));
    }
  };
}

export const Store = { migrations: migrationTexts.map(migrationClass) };
