import { connect, type Socket } from 'node:net';

/**
 * One keep-alive connection that speaks as much HTTP/1.1 as our gateway's answers need: a thousand clients on the machine
 * of the server shall cost little of it. One request at a time; every answer has a Content-Length.
 */
export class LeanConnection {
  private readonly socket: Socket;
  private received = '';
  private waiting: { resolve: (body: string) => void; reject: (cause: Error) => void } | null = null;
  private readonly host: string;

  constructor(url: string) {
    const { hostname, port, host } = new URL(url);
    this.host = host;
    this.socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.socket.setEncoding('utf8');
    this.socket.on('data', (part) => this.take(part.toString()));
    this.socket.on('error', (cause) => this.fail(cause));
    this.socket.on('close', () => this.fail(new Error('the connection was closed')));
  }

  /**
   * @param body JSON in ASCII: its length is counted in characters.
   * @throws Error for a status of 300 and more, or when the connection ends before the answer.
   */
  post(path: string, token: string, body: string): Promise<string> {
    if (this.socket.destroyed) return Promise.reject(new Error('the connection was closed'));
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(
        `POST ${path} HTTP/1.1\r\nhost: ${this.host}\r\nauthorization: Bearer ${token}\r\n` +
          `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private take(part: string): void {
    this.received += part;
    const headEnd = this.received.indexOf('\r\n\r\n');
    if (headEnd === -1) return;
    const head = this.received.slice(0, headEnd);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
    const end = headEnd + 4 + length;
    if (this.received.length < end) return;
    const body = this.received.slice(headEnd + 4, end);
    this.received = this.received.slice(end);
    const { waiting } = this;
    this.waiting = null;
    if (head.startsWith('HTTP/1.1 2')) waiting?.resolve(body);
    else waiting?.reject(new Error(`${head.slice(0, head.indexOf('\r\n'))}: ${body.slice(0, 500)}`));
  }

  private fail(cause: Error): void {
    this.waiting?.reject(cause);
    this.waiting = null;
  }
}
