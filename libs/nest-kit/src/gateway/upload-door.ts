import { Inject, Injectable } from '@nestjs/common';
import type { UploadOwner, UploadStore } from '#engine';
import { WorkflowId } from '#contracts';
import { HTTP_CONFIGURATION } from '../config/config.module.js';
import type { HttpConfiguration } from '../config/configuration.js';
import type { Access } from '../http/access.js';
import { GrantBook } from '../http/grant-book.js';
import { Refusal, refusals } from '../http/refusal.js';
import { UPLOAD_STORE } from './stores.js';
import { noWorkflow } from './workflow-finder.js';

/** Uploads whose owners are remembered: each of their chunks asks. */
const rememberedMax = 10_000;

/** Who may open an upload or keep a file, and who may go on with an upload. */
@Injectable()
export class UploadDoor {
  private readonly remembered = new Map<string, UploadOwner>();

  constructor(
    private readonly grants: GrantBook,
    @Inject(UPLOAD_STORE) private readonly uploads: UploadStore,
    @Inject(HTTP_CONFIGURATION) private readonly http: HttpConfiguration,
  ) {}

  /** Where identity is not configured every name is a space. @throws Refusal 404 for an unknown space, 403 */
  async mayOpen(asker: Access, space: string): Promise<void> {
    asker.judge({ space }, () => unknownSpace(space));
    if (this.http.hasIdentity && !(await this.grants.knows(space))) throw unknownSpace(space);
  }

  /**
   * What the route asks for, of this upload.
   * @returns whose it is
   * @throws Refusal 404 for one that the asker does not see, 403
   */
  async mayPass(asker: Access, id: string): Promise<UploadOwner> {
    if (!WorkflowId.safeParse(id).success) throw noWorkflow(id);
    const owner = this.remembered.get(id) ?? (await this.uploads.owner(id, asker.visible));
    if (!owner) throw noWorkflow(id);
    if (this.remembered.size >= rememberedMax) this.remembered.clear();
    this.remembered.set(id, owner);
    asker.judgeOwned(owner, () => noWorkflow(id));
    return owner;
  }
}

const unknownSpace = (space: string): Refusal =>
  new Refusal({
    status: 404,
    code: 'space/unknown',
    title: 'Unknown space',
    detail: `there is no space ${JSON.stringify(space.slice(0, 200))}, or you have no role in it`,
    remedy: '`sluice space ls` lists yours; name one as `space:` in the document',
  });

/** @throws Refusal 403 for who submits in the name of another and does not administer the system */
export function ownerOf({ caller, rights }: Access, named: string | undefined): { issuer: string; subject: string } {
  const { issuer, subject } = caller;
  if (named === undefined || named === subject) return { issuer, subject };
  if (rights.system) return { issuer, subject: named };
  throw refusals.noRight('Sluice-Owner: only who administers the system submits in the name of others');
}
