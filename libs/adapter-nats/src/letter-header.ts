/** Header of a message that was a dead letter: its id. */
export const letterHeader = 'Sluice-Letter';
