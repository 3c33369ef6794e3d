/** A message, or a part of one, that can never be applied. */
export interface DeadLetter {
  stream: string;
  partition: number;
  body: string;
  reason: string;
}

export interface DeadLetterStore {
  add(letter: DeadLetter): Promise<void>;
}
