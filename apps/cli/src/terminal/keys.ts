/** What is read of a terminal's keyboard. */
export interface Keyboard {
  isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  on(event: 'data', listener: (bytes: Buffer) => void): unknown;
  off(event: 'data', listener: (bytes: Buffer) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

const ctrlC = '\u0003';

/**
 * Single keys, read without Enter. While it is open the terminal turns Ctrl-C into a key like any other, so it is passed
 * on as the signal that it would have been. Closing gives the keyboard back as it was.
 */
export class Keys {
  private readonly onData = (bytes: Buffer): void => {
    for (const key of bytes.toString('latin1')) {
      if (key === ctrlC) this.wish.onCtrlC();
      else this.wish.onKey(key.toLowerCase());
    }
  };

  private constructor(
    private readonly keyboard: Keyboard,
    private readonly wish: { onKey: (key: string) => void; onCtrlC: () => void },
  ) {}

  /** @returns null where there is no keyboard */
  static open(keyboard: Keyboard, wish: { onKey: (key: string) => void; onCtrlC: () => void }): Keys | null {
    if (keyboard.isTTY !== true || keyboard.setRawMode === undefined) return null;
    const keys = new Keys(keyboard, wish);
    keyboard.setRawMode(true);
    keyboard.on('data', keys.onData);
    keyboard.resume();
    return keys;
  }

  close(): void {
    this.keyboard.off('data', this.onData);
    this.keyboard.setRawMode?.(false);
    this.keyboard.pause();
  }
}
