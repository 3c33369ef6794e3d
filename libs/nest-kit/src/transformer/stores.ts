/** What the transformer's rooms inject: the engine's ports, filled by adapter-postgres and adapter-nats. */
export const SETTLE_STORE = Symbol('SettleStore');
export const DEAD_LETTERS = Symbol('DeadLetterStore');
export const IN_HAND = Symbol('InHandStore');
export const TRANSITION_STORE = Symbol('TransitionStore');
export const OUTBOX_STORE = Symbol('OutboxStore');
export const EVENT_BUS = Symbol('EventBus');
export const COMMAND_PORTS = Symbol('CommandPorts');
export const ARCHIVE_PORTS = Symbol('ArchivePorts');
