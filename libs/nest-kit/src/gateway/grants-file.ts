import { readFile } from 'node:fs/promises';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { DocumentRefusal } from '#contracts';
import { readGrantsFile } from '#documents';
import type { SpaceStore } from '#engine';
import { HTTP_CONFIGURATION } from '../config/config.module.js';
import { BadConfiguration, type HttpConfiguration } from '../config/configuration.js';
import { SPACE_STORE } from './stores.js';

/** Makes the grants of the grants file that are not there, before anybody is served: how the first administrator comes. */
@Injectable()
export class GrantsFileAtStart implements OnModuleInit {
  private readonly logger = new Logger('grants-file');

  constructor(
    @Inject(HTTP_CONFIGURATION) private readonly http: HttpConfiguration,
    @Inject(SPACE_STORE) private readonly spaces: Pick<SpaceStore, 'seed'>,
  ) {}

  /** @throws BadConfiguration when there is a file that cannot be read: nothing of it counts */
  async onModuleInit(): Promise<void> {
    const file = this.http.grantsFile;
    if (file === null) return;
    const bytes = await readFile(file).catch((cause: unknown) => {
      throw new BadConfiguration(`SLUICE_GRANTS_FILE: ${file} cannot be read: ${(cause as Error).message}`, { cause });
    });
    const read = await readGrantsFile(bytes);
    if ('refusal' in read) throw new BadConfiguration(`SLUICE_GRANTS_FILE: ${file}: ${firstFault(read.refusal)}`);
    const made = await this.spaces.seed(read.grants, `file ${file}`);
    if (made.length > 0) this.logger.log('grants file applied', { file, made: made.length });
  }
}

function firstFault({ errors: [first], counts }: DocumentRefusal): string {
  const faults = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const more = faults > 1 ? `, and ${faults - 1} more` : '';
  return first ? `${first.where}: ${first.message}. ${first.remedy}${more}` : 'it cannot be read';
}
