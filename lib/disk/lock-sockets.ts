import { readFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { codeOf } from './bytes.ts';

/**
 * The names of all abstract sockets of fsync; also, maybe, of one that is closed meanwhile.
 *
 * The kernel hands its list out by pages, and finds the place to go on at by counting (seq_file):
 * where another socket is closed between two pages, whosever it is, one may be left out. Beside a
 * process that opened and closed sockets all the time that befell one name of 4,000, hardly one of
 * them twice in a row, and none three times.
 */
export function socketNames(): readonly string[] {
  return [...new Set([...listed(), ...listed(), ...listed()])];
}

/** The kernel shows NUL, also as padding, as '@'. */
function listed(): readonly string[] {
  try {
    return readFileSync('/proc/net/unix', 'latin1').split('\n')
      .map((line) => line.slice(line.lastIndexOf(' ') + 1))
      .filter((name) => name.startsWith('@fsync:'))
      .map((name) => name.slice(1).replace(/@+$/, ''));
  } catch (error) {
    if (SCARCE.has(codeOf(error))) throw error;
    return [];
  }
}

/** Binds all names; undefined, and none of them, if the first one is taken. */
export async function listen(
  names: readonly string[], knocked: () => void,
): Promise<readonly Server[] | undefined> {
  const servers: Server[] = [];
  try {
    for (const name of names) {
      const server = await bind(name, knocked);
      if (server === 'taken') {
        await closeAll(servers);
        return undefined;
      }
      if (server !== undefined) servers.push(server);
    }
    return servers;
  } catch (error) {
    await closeAll(servers);
    throw error;
  }
}

/**
 * Calls the holder of a socket, who looks around and hangs up. One who does not, since he is
 * stopped or busy, or is an fsync that knows nothing of it, will not have given up anything.
 */
export function knock(name: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(`\0${name}`);
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.on('error', () => {}).on('close', () => resolve()).resume();
  });
}

/** Their names are free at once; the promise waits for the ends of their connections as well. */
export const closeAll = async (servers: readonly Server[]): Promise<void> => {
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
};

const PATIENCE_MS = 2_000;

/** Where sockets are forbidden the record's own lock must do; where they lack, nothing will. */
function bind(name: string, knocked: () => void): Promise<Server | 'taken' | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      knocked();
      socket.on('error', () => {}).destroy();
    });
    server.unref();
    server.once('error', (error) => {
      const code = codeOf(error);
      if (SCARCE.has(code)) reject(error);
      else resolve(code === 'EADDRINUSE' ? 'taken' : undefined);
    });
    server.listen(`\0${name}`, () => {
      // What comes later, as too many open files at a stranger's call, must not end us.
      server.on('error', () => {});
      resolve(server);
    });
  });
}

const SCARCE: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);
