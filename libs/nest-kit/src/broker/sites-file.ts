import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ServiceClient } from '#adapter-nats';
import { type DocumentRefusal, type HintSite, type SiteChanged, type SiteEntry, subjects } from '#contracts';
import { readSitesFile } from '#documents';
import { localIssuer } from '#core';
import { applySitesFile, type AuditLog, type SiteStore } from '#engine';
import { CONFIGURATION } from '../config/config.module.js';
import { BadConfiguration, type Configuration } from '../config/configuration.js';

export const BROKER_SITE_STORE = Symbol('SiteStore of the broker');
export const BROKER_AUDIT_LOG = Symbol('AuditLog of the broker');

/** Faults told in one line of the log; the rest is counted. */
const faultsToldMax = 5;

/** Applies the sites file at the broker's start, when it is not the one that was applied last. */
@Injectable()
export class SitesFileAtStart implements OnApplicationBootstrap {
  private readonly logger = new Logger('sites-file');

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    @Inject(BROKER_SITE_STORE) private readonly sites: SiteStore,
    @Inject(BROKER_AUDIT_LOG) private readonly audit: AuditLog,
    private readonly services: ServiceClient,
  ) {}

  /** @throws BadConfiguration when there is a file that cannot be applied: nothing of it is */
  async onApplicationBootstrap(): Promise<void> {
    const file = this.configuration.sitesFile;
    if (file === null) return;
    const bytes = await readFile(file).catch((cause: unknown) => {
      throw new BadConfiguration(`SLUICE_SITES_FILE: ${file} cannot be read: ${(cause as Error).message}`, { cause });
    });
    const read = await readSitesFile(bytes);
    if ('refusal' in read) throw new BadConfiguration(`SLUICE_SITES_FILE: ${file}: ${faultText(read.refusal)}`);
    await this.apply(file, read.sites, createHash('sha256').update(bytes).digest('hex'));
  }

  private async apply(file: string, entries: SiteEntry[], hash: string): Promise<void> {
    const hints = {
      changed: (what: HintSite): void => this.services.hint(subjects.hintSite, what),
    };
    let order: string | null = null;
    const record = async (): Promise<void> => {
      order = await this.audit.begin({
        ...{ by: { issuer: localIssuer, subject: 'sites-file' }, action: 'site.apply', place: { file } },
        ...{ requestId: hash, from: '' },
      });
    };
    const applying = { entries, hash, by: `file ${file}`, record };
    const outcome = await applySitesFile({ sites: this.sites, hints }, applying);
    if (outcome.kind === 'bad') {
      throw new BadConfiguration(
        `SLUICE_SITES_FILE: ${file}: ${outcome.faults.map(({ message }) => message).join('; ')}`,
      );
    }
    if (outcome.kind === 'same') return this.logger.log('the sites file was applied before', { file });
    const changed = outcome.changed.filter(({ created, changes }) => created || changes.length > 0);
    const closed = outcome.changed.filter(({ refusedState }) => refusedState !== null).map(({ name }) => name);
    if (order !== null) await this.audit.end(order, { status: 200, target: null, said: saidOf(changed) });
    this.logger.log('sites file applied', { file, changed: changed.map(({ name }) => name), closedByHand: closed });
  }
}

/** What an entry of the record may say. */
const saidCharsMax = 4_000;

const saidOf = (changed: readonly SiteChanged[]): string =>
  JSON.stringify(changed.map(({ name, created, changes }) => ({ name, created, changes }))).slice(0, saidCharsMax);

function faultText({ errors, counts }: DocumentRefusal): string {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const told = errors.slice(0, faultsToldMax).map(({ where, message, remedy }) => `${where}: ${message}. ${remedy}`);
  return [...told, ...(all > told.length ? [`and ${all - told.length} more`] : [])].join(' ');
}
