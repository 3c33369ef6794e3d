import type {
  GrantAnswer,
  GrantList,
  GrantView,
  GrantRemove,
  GrantRequest,
  SpaceAnswer,
  SpacePage,
  SpaceRequest,
  SpaceView,
} from '#contracts';
import { cursorQuery, everyPage } from './every-page.js';
import type { HttpConnection, HttpRequest } from './http-connection.js';

/** Repeats what is safe to repeat for as long as a short outage of the server lasts. */
type Persevere = <T>(call: () => Promise<T>) => Promise<T>;

const pageRows = 500;

/** The part of a SluiceClient that is about spaces and who may do what there. Every call is safe to repeat. */
export class SpaceCalls {
  constructor(
    private readonly connection: HttpConnection,
    private readonly persevere: Persevere,
  ) {}

  /** Those in which one has a role, by name, page by page. */
  async *list(): AsyncGenerator<SpaceView> {
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: SpacePage = await this.call({ method: 'GET', path: `${spaces}?limit=${pageRows}${query}` });
      yield* page.spaces;
      cursor = page.next;
    } while (cursor !== null);
  }

  show(space: string): Promise<SpaceView> {
    return this.call({ method: 'GET', path: spacePath(space) });
  }

  set(space: string, request: SpaceRequest): Promise<SpaceAnswer> {
    return this.call({ method: 'PUT', path: spacePath(space), json: request });
  }

  /** All there are, page by page. @param space its name, or `*` for every one */
  grants(space: string): Promise<GrantView[]> {
    return everyPage(async (cursor) => {
      const path = `${spacePath(space)}/grants${cursorQuery(cursor)}`;
      const page = await this.call<GrantList>({ method: 'GET', path });
      return { rows: page.grants, next: page.next };
    });
  }

  grant(space: string, request: GrantRequest): Promise<GrantAnswer> {
    return this.call({ method: 'PUT', path: `${spacePath(space)}/grants`, json: request });
  }

  revoke(space: string, request: GrantRemove): Promise<GrantAnswer> {
    return this.call({ method: 'POST', path: `${spacePath(space)}/grants/remove`, json: request });
  }

  private call<T>(request: HttpRequest): Promise<T> {
    return this.persevere(() => this.connection.json<T>(request));
  }
}

const spaces = '/api/v1/spaces';
const spacePath = (space: string): string => `${spaces}/${encodeURIComponent(space)}`;
