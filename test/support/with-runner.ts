// Runs a test file for a runner, and ends with it. Whoever is killed ends nothing that it started,
// and an fsync that is left behind holds the lock of its replica.
import path from 'node:path';
import { pathToFileURL } from 'node:url';

// A pipe that the runner writes nothing to: it ends when the runner does.
process.stdin.on('error', () => {}).on('close', endAll).resume().unref();

await import(pathToFileURL(path.resolve(process.argv[2]!)).href);

/** First what tests do at their end, then all that is left of the group that the runner made. */
function endAll(): void {
  process.on('exit', () => process.kill(-process.pid, 'SIGKILL'));
  process.exit(1);
}
