import type {
  SiteAnswer,
  SiteChange,
  SiteList,
  SiteOrder,
  SiteRemoved,
  SitesApplied,
  SitesApply,
  SiteView,
  WorkerAnswer,
  WorkerPage,
  WorkerState,
  WorkerView,
} from '#contracts';
import type { HttpConnection, HttpRequest } from './http-connection.js';
import { cursorQuery, everyPage } from './every-page.js';
import { keyedOrder } from './keyed-order.js';

export type SiteVerb = 'open' | 'drain' | 'stop';

export interface WorkerFilter {
  sites?: readonly string[];
  /** Default: those whose sessions are not over. */
  states?: readonly WorkerState[];
}

/** Repeats what is safe to repeat for as long as a short outage of the server lasts. */
type Persevere = <T>(call: () => Promise<T>) => Promise<T>;

/** Workers in one page. */
const pageRows = 500;

/** The part of a SluiceClient that is about sites and workers, one method a route. Every one of them is safe to repeat. */
export class SiteCalls {
  constructor(
    private readonly connection: HttpConnection,
    private readonly persevere: Persevere,
  ) {}

  /** All there are, page by page. */
  list(): Promise<SiteView[]> {
    return everyPage(async (cursor) => {
      const page = await this.call<SiteList>({ method: 'GET', path: `${sites}${cursorQuery(cursor)}` });
      return { rows: page.sites, next: page.next };
    });
  }

  show(name: string): Promise<SiteView> {
    return this.call({ method: 'GET', path: sitePath(name) });
  }

  /** All of the file or nothing. */
  apply(file: SitesApply): Promise<SitesApplied> {
    return this.call({ method: 'PUT', path: sites, json: file });
  }

  /** @param options.create a site that nobody knew is made; else it must be known */
  change(name: string, change: SiteChange, options: { create: boolean }): Promise<SiteAnswer> {
    return this.call({ method: options.create ? 'PUT' : 'PATCH', path: sitePath(name), json: change });
  }

  order(name: string, verb: SiteVerb, order: SiteOrder): Promise<SiteAnswer> {
    return this.call({ method: 'POST', path: `${sitePath(name)}/${verb}`, json: order });
  }

  remove(name: string, { dryRun }: { dryRun: boolean }): Promise<SiteRemoved> {
    return this.call({ method: 'DELETE', path: `${sitePath(name)}?dryRun=${dryRun}` });
  }

  /** All that match, in the order in which they registered, page by page. */
  async *workers({ sites: ofSites = [], states = [] }: WorkerFilter = {}): AsyncGenerator<WorkerView> {
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams({ limit: String(pageRows) });
      for (const site of ofSites) query.append('site', site);
      for (const state of states) query.append('state', state);
      if (cursor !== null) query.set('cursor', cursor);
      const page: WorkerPage = await this.call({ method: 'GET', path: `${workers}?${query.toString()}` });
      yield* page.workers;
      cursor = page.next;
    } while (cursor !== null);
  }

  worker(session: string): Promise<WorkerView> {
    return this.call({ method: 'GET', path: workerPath(session) });
  }

  orderWorker(session: string, verb: 'drain' | 'stop', order: SiteOrder): Promise<WorkerAnswer> {
    return this.call({ method: 'POST', path: `${workerPath(session)}/${verb}`, json: order });
  }

  private call<T>(request: HttpRequest): Promise<T> {
    const sent = request.method === 'POST' ? keyedOrder(request) : request;
    return this.persevere(() => this.connection.json<T>(sent));
  }
}

const sites = '/api/v1/sites';
const workers = '/api/v1/workers';
const sitePath = (name: string): string => `${sites}/${encodeURIComponent(name)}`;
const workerPath = (session: string): string => `${workers}/${encodeURIComponent(session)}`;
