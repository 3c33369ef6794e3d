import type { LoggerService } from '@nestjs/common';

/** Rooms of Nest that tell of every module and route at start: nothing an operator needs at night. */
const quietRooms = new Set([
  'NestFactory',
  'NestApplication',
  'NestMicroservice',
  'InstanceLoader',
  'RouterExplorer',
  'RoutesResolver',
  'Server',
]);

/** Longest field in a line, in characters: a log line never carries a whole document. */
const fieldCharsMax = 4_000;

/**
 * Nest's logger as one JSON object a line. Objects among the parameters become fields of the line, errors its `error`
 * with the messages of their causes; the last text is the room (Nest's context).
 */
export class JsonLog implements LoggerService {
  constructor(
    private readonly service: string,
    private readonly write: (line: string) => void = (line) => void process.stderr.write(line),
    private readonly now: () => Date = () => new Date(),
  ) {}

  log(message: unknown, ...rest: unknown[]): void {
    if (quietRooms.has(String(rest.at(-1)))) return;
    this.line('info', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.line('warning', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.line('error', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.line('fatal', message, rest);
  }
  debug(): void {
    // Not written: what is worth a line is worth it in production.
  }
  verbose(): void {
    // Not written, as debug.
  }

  private line(level: string, message: unknown, rest: unknown[]): void {
    const room = typeof rest.at(-1) === 'string' ? String(rest.at(-1)) : undefined;
    const fields = [message, ...rest].filter((part) => part instanceof Error || isPlain(part)).map(fieldsOf);
    const head = { at: this.now().toISOString(), level, service: this.service, room };
    const text = typeof message === 'string' ? { message: cut(message) } : {};
    this.write(`${JSON.stringify(Object.assign({}, head, text, ...fields))}\n`);
  }
}

const isPlain = (part: unknown): part is object => typeof part === 'object' && part !== null;

const cut = (text: string): string => (text.length > fieldCharsMax ? `${text.slice(0, fieldCharsMax)}...` : text);

function fieldsOf(part: unknown): object {
  if (!(part instanceof Error)) return part as object;
  return { error: cut(causes(part).join(', because of: ')), stack: cut(part.stack ?? '') };
}

/** Messages from an error down its causes; at most 5. */
function causes(error: Error): string[] {
  const messages: string[] = [];
  for (let each: unknown = error; each instanceof Error && messages.length < 5; each = each.cause) {
    messages.push(each.message || each.name);
  }
  return messages;
}
