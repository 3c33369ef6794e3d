/** Inject what the gateway's controllers read from and write to. */
export const READ_STORE = Symbol('ReadStore');
export const FAILURE_STORE = Symbol('FailureStore');
export const EVENT_STORE = Symbol('EventStore');
export const SITE_STORE = Symbol('SiteStore');
export const SPACE_STORE = Symbol('SpaceStore');
export const LIMIT_STORE = Symbol('LimitStore');
export const ORDER_STORE = Symbol('OrderStore');
export const TRANSITION_STORE = Symbol('TransitionStore');
export const SHARE_ADMIN = Symbol('ShareAdmin');
export const UPLOAD_STORE = Symbol('UploadStore');
export const DOCUMENT_STORE = Symbol('DocumentStore');
export const KEEP_STORE = Symbol('KeepStore');
export const VERIFY_STORE = Symbol('VerifyStore');
export const WAIT_STORE = Symbol('WaitReadStore');
/** Null where this gateway keeps no files. */
export const FILE_PORTS = Symbol('FilePorts');
/** Null where this gateway keeps no files. */
export const LOG_PORTS = Symbol('LogPorts');
export const AUDIT_LOG = Symbol('AuditLog');
export const KEPT_ANSWERS = Symbol('KeptAnswerStore');
export const QUOTA_STORE = Symbol('QuotaStore');
export const DEAD_LETTERS = Symbol('DeadLetterStore');
/** Publishes to stream TERMINAL. */
export const TERMINAL_PUBLISHER = Symbol('StreamPublisher');
