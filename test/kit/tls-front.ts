import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** https in front of an http server, with a certificate that only who is told to trusts. */
export class TlsFront {
  private readonly sockets = new Set<TLSSocket>();

  private constructor(
    private readonly server: Server,
    /** The certificate, for NODE_EXTRA_CA_CERTS. */
    readonly certificateFile: string,
  ) {}

  /** @param folder where key and certificate go */
  static async start(target: string, folder: string): Promise<TlsFront> {
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    await run('openssl', ['req', '-x509', ...kind, ...names, '-keyout', key, '-out', certificate]);
    const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) });
    const front = new TlsFront(server, certificate);
    const { hostname, port } = new URL(target);
    server.on('secureConnection', (client) => {
      front.sockets.add(client);
      const behind = connect(Number(port), hostname);
      behind.on('error', () => client.destroy());
      client.on('error', () => behind.destroy());
      client.on('close', () => front.sockets.delete(client));
      client.pipe(behind).pipe(client);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return front;
  }

  get url(): string {
    return `https://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
