import { setTimeout as sleep } from 'node:timers/promises';
import {
  type DevicePrompt,
  IssuerClient,
  type IssuerLogin,
  IssuerRefusal,
  ServerUnreachable,
  SluiceClient,
  type TokenSet,
} from '#client';
import { proxyTo, remoteServer } from '../connect.js';
import { CliFault, exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { endOf } from '../login/live-login.js';
import { loginFile, readLogin, removeLogin, serverName, writeLogin } from '../login/saved-login.js';
import { printable } from '../render/printable.js';
import { identityLine } from '../render/identity-text.js';

export interface LoginOptions {
  /** Of several that the server trusts. */
  issuer?: string;
  /** The issuer may be http, on this machine. */
  insecureDev: boolean;
}

/** RFC 8628: told to slow down, one waits so much longer from then on. */
const slowerSec = 5;

/** Gets a token for a server elsewhere by the device flow, and keeps it. */
export async function login(call: Call, { issuer, insecureDev }: LoginOptions): Promise<ExitCode> {
  const server = serverOf(call);
  const proxy = proxyTo(call.globals);
  const client = new SluiceClient({ url: server, token: '', proxy: proxy(new URL(server)) });
  try {
    const chosen = chosenIssuer((await client.identity.login()).issuers, issuer, server);
    const { tokens } = await agreed(call, chosen, { proxyTo: proxy, insecureLoopback: insecureDev });
    const { token, refreshToken, expiresSec } = tokens;
    const endsAtMs = endOf(expiresSec);
    await writeLogin({ server, login: chosen, insecureLoopback: insecureDev, token, refreshToken, endsAtMs });
    call.terminal.note(`logged in at ${server}; kept in ${loginFile(server)}`);
    return await tellWho(call, new SluiceClient({ url: server, token, proxy: proxy(new URL(server)) }));
  } catch (fault) {
    if (fault instanceof IssuerRefusal)
      throw new CliFault(exitCodes.notFound, [printable(fault.message)], { cause: fault });
    throw fault;
  } finally {
    await client.close();
  }
}

/** Forgets what login() kept, here and at the issuer. */
export async function logout(call: Call): Promise<ExitCode> {
  const server = serverOf(call);
  const saved = readLogin(server);
  removeLogin(server);
  if (saved === null) {
    call.terminal.note(`nobody was logged in at ${server}`);
    return exitCodes.ok;
  }
  const { login: chosen, insecureLoopback, refreshToken } = saved;
  const revoked =
    refreshToken !== null && (await revoke(chosen, { proxyTo: proxyTo(call.globals), insecureLoopback }, refreshToken));
  call.terminal.note(`logged out at ${server}${revoked || refreshToken === null ? '' : '; the issuer was not told'}`);
  return exitCodes.ok;
}

type Way = Parameters<typeof IssuerClient.discover>[1];

const revoke = async (chosen: IssuerLogin, way: Way, refreshToken: string): Promise<boolean> => {
  try {
    return await (await IssuerClient.discover(chosen, way)).revoke(refreshToken);
  } catch (fault) {
    if (fault instanceof IssuerRefusal || fault instanceof ServerUnreachable) return false;
    throw fault;
  }
};

async function tellWho(call: Call, client: SluiceClient): Promise<ExitCode> {
  try {
    call.terminal.note(identityLine(await client.identity.whoAmI()));
    return exitCodes.ok;
  } finally {
    await client.close();
  }
}

/** @throws CliFault with exit 2 for this machine's own stack, and for http elsewhere */
function serverOf({ globals }: Call): string {
  const remote = remoteServer(globals);
  if (remote === null) {
    throw new CliFault(exitCodes.usage, [
      "this machine's own stack needs no log-in: its token lies in its state folder",
      '--url names a server elsewhere',
    ]);
  }
  if (!URL.canParse(remote.url)) throw new CliFault(exitCodes.usage, [`not the address of a server: ${remote.url}`]);
  const { protocol, hostname } = new URL(remote.url);
  if (protocol !== 'https:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)) {
    throw new CliFault(exitCodes.usage, [`${remote.url} is not https: who listens on the way could read your token`]);
  }
  return serverName(remote.url);
}

function chosenIssuer(offered: readonly IssuerLogin[], asked: string | undefined, server: string): IssuerLogin {
  const found = asked === undefined ? offered : offered.filter(({ issuer }) => issuer === asked);
  const [only, ...others] = found;
  if (only && others.length === 0) return only;
  const names = offered.map(({ issuer }) => `  --issuer ${printable(issuer)}`);
  if (offered.length === 0) {
    const remedy = 'ask who runs it for a token, and name its file with --token-file';
    throw new CliFault(exitCodes.usage, [`${server} takes no log-ins`, remedy]);
  }
  const why = asked === undefined ? 'trusts several issuers: say which' : `does not trust ${asked}; it does trust`;
  throw new CliFault(exitCodes.usage, [`${server} ${why}`, ...names]);
}

/** Tells the person what to do, and waits until it is done. @throws CliFault when it was refused or took too long */
async function agreed(call: Call, chosen: IssuerLogin, way: Way): Promise<{ tokens: TokenSet }> {
  const issuer = await IssuerClient.discover(chosen, way);
  const prompt = await issuer.begin();
  tell(call, prompt);
  const endMs = performance.now() + prompt.expiresSec * 1_000;
  for (let pauseSec = prompt.intervalSec; performance.now() < endMs;) {
    await sleep(pauseSec * 1_000);
    const answer = await issuer.poll(prompt).catch((fault: unknown) => {
      if (fault instanceof ServerUnreachable) return 'slow down' as const; // RFC 8628: no answer, ask less often
      throw fault;
    });
    if (answer === 'slow down') pauseSec += slowerSec;
    else if (answer !== 'pending') return { tokens: answer };
  }
  throw new CliFault(exitCodes.timedOut, ['nobody agreed in time', 'begin again: sluice login']);
}

function tell({ terminal: { note } }: Call, { verificationUri, completeUri, userCode }: DevicePrompt): void {
  note(`open   ${verificationUri}`);
  note(`enter  ${printable(userCode)}`);
  if (completeUri !== null) note(`or     ${completeUri}`);
}
