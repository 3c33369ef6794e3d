import { randomInt } from 'node:crypto';

/** Injects the name of this gateway process: brokers and transformers answer to it. */
export const GATEWAY_ID = Symbol('GatewayId');

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';
const idChars = 12;

/** A new one for every process, so that no answer meant for an earlier one is taken for ours. */
export const newGatewayId = (): string =>
  Array.from({ length: idChars }, () => alphabet[randomInt(alphabet.length)]).join('');
