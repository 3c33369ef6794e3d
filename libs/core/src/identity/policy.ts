/**
 * What may be done in a space. `operate`: orders about a workflow. `continue`: to go on with an upload that was opened.
 * Both are also a submitter's with what is his own.
 */
export type Right = 'read' | 'submit' | 'operate' | 'continue' | 'administer';

/** Where the space of a request stands. `list`: nowhere, the answer holds what the caller sees. */
export type SpacePlace = 'workflow' | 'body' | 'address' | 'list';

/**
 * Who may send a request. `open`: anybody, without a token. `known`: whoever has a good token. `member`: who was granted
 * anything. `space`: by the role in a space. `site`: the site's own token. `system`: who administers the system, who may
 * all of the others too.
 */
export type Policy =
  | { readonly kind: 'open' | 'known' | 'member' | 'site' | 'system' }
  | { readonly kind: 'space'; readonly right: Right; readonly of: SpacePlace };
