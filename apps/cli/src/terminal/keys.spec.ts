import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import { Keys } from './keys.js';

class FakeKeyboard extends EventEmitter {
  raw: boolean[] = [];
  reading = false;
  constructor(readonly isTTY: boolean) {
    super();
  }
  setRawMode(raw: boolean): void {
    this.raw.push(raw);
  }
  resume(): void {
    this.reading = true;
  }
  pause(): void {
    this.reading = false;
  }
}

function pressed(keyboard: FakeKeyboard): { keys: Keys | null; seen: string[] } {
  const seen: string[] = [];
  const keys = Keys.open(keyboard, { onKey: (key) => void seen.push(key), onCtrlC: () => void seen.push('Ctrl-C') });
  return { keys, seen };
}

test('keys come one by one, in small letters, and Ctrl-C as itself', () => {
  const keyboard = new FakeKeyboard(true);
  const { seen } = pressed(keyboard);
  keyboard.emit('data', Buffer.from('Qe\u0003'));
  expect(seen).toEqual(['q', 'e', 'Ctrl-C']);
});

test('closing gives the keyboard back as it was, and hears no more', () => {
  const keyboard = new FakeKeyboard(true);
  const { keys, seen } = pressed(keyboard);
  keys?.close();
  keyboard.emit('data', Buffer.from('q'));
  expect([keyboard.raw, keyboard.reading, seen]).toEqual([[true, false], false, []]);
});

test('where stdin is no terminal nothing is read', () => {
  const keyboard = new FakeKeyboard(false);
  expect(pressed(keyboard).keys).toBeNull();
  expect(keyboard.raw).toEqual([]);
});
