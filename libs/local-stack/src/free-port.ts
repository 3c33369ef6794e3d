import { createServer } from 'node:net';

/** A port of 127.0.0.1 that nothing listens on: `wish` when it is free, else one that the system picks. */
export async function freePort(wish = 0): Promise<number> {
  try {
    return await tryPort(wish);
  } catch (cause) {
    if (wish === 0) throw cause;
    return tryPort(0);
  }
}

function tryPort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}
