/** Characters of lines that are kept to look names up in. */
const charsMax = 4 * 1024 * 1024;

/** Jobs whose names are not known, because of faults that were told: a parent that may be one of them is not unknown. */
export class UnreadableJobs {
  private text = '';
  private isCut = false;
  /** Whether jobs may be missing altogether. */
  restIsMissing = false;

  /** @param text a job that has no name one could read */
  add(text: string): void {
    if (this.text.length + text.length > charsMax) this.isCut = true;
    else this.text += `\n${text}`;
  }

  /** The reading ended early, or a job has not even a text. */
  addRest(): void {
    this.restIsMissing = true;
  }

  /** Whether a job of that name may be among them. */
  mayHold(name: string): boolean {
    return this.restIsMissing || this.isCut || (this.text !== '' && this.text.includes(name));
  }
}
