import fs from 'node:fs';
import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import { readArguments } from '../../lib/cli/arguments.ts';
import { ask as askWatches } from '../../lib/cli/ask.ts';
import type { SyncEvent } from '../../lib/core/event.ts';
import { NO_CONTEXT } from '../../lib/report/line.ts';
import { textLine } from '../../lib/report/text.ts';
import { runCli, startCli, type Cli } from '../support/cli.ts';
import { needs } from '../support/needs.ts';
import { tempFolder, until } from '../support/temp.ts';

/** Watches of one user, and how that user asks them. */
interface Home {
  readonly home: string;
  watch(name: string, ...args: string[]): Promise<Cli>;
  ask(...args: string[]): Promise<{ code: number; text: string; events: readonly SyncEvent[] }>;
}

function newHome(): Home {
  const home = tempFolder();
  return {
    home,
    async watch(name, ...args) {
      fs.mkdirSync(`${home}/${name}/S`, { recursive: true });
      fs.writeFileSync(`${home}/${name}/S/f`, 'f');
      const cli = startCli(['watch', 'S', '../D', ...args], { home, cwd: `${home}/${name}/S/..` });
      await cli.untilLine(/watching \d+ folder/);
      return cli;
    },
    async ask(...args) {
      process.env['XDG_RUNTIME_DIR'] = home;
      const events: SyncEvent[] = [];
      const wanted = readArguments(args, import.meta);
      $.ok(wanted.ok && 'asking' in wanted);
      const code = await askWatches(wanted.asking, (event) => events.push(event));
      const lines = events.map((event) => textLine(event, NO_CONTEXT)?.text);
      return { code, events, text: lines.join('\n') };
    },
  };
}

const asking = suite('asking running watches');

asking('status names each, its folders and how it stands; a dead one leaves nothing', async () => {
  const { home, watch, ask } = newHome();
  $.match((await ask('status')).text, /no watch of this user is running$/);

  const first = await watch('first');
  const second = await watch('second/deep');
  const all = await ask('status');
  $.is(all.code, 0);
  $.match(all.text, `mirroring ${home}/first/S to ${home}/D`);
  $.match(all.text, `mirroring ${home}/second/deep/S to ${home}/second/D`);
  $.match(all.text, new RegExp(`watching \\(process ${first.pid}\\): \\d+ pass`));

  const one = await runCli(['status', `${home}/first/S`, '--json'], { home });
  const events = one.stdout.split('\n').map((line) => JSON.parse(line));
  $.equal(events.map(({ kind }) => kind), ['started', 'status']);
  $.equal([events[1].pid, events[1].state, events[1].problems], [first.pid, 'watching', 0]);

  await second.kill('SIGKILL');
  $.not.match((await ask('status')).text, /second/);
  $.equal(fs.readdirSync(`${home}/fsync`), [`${first.pid}.sock`]);
  $.is(fs.statSync(`${home}/fsync`).mode & 0o777, 0o700);
  $.is(fs.lstatSync(`${home}/fsync/${first.pid}.sock`).mode & 0o777, 0o600);
  await first.kill('SIGTERM');
  $.equal(fs.readdirSync(`${home}/fsync`), []);
});

asking('doctor counts those that answer, and names one that does not; dead ones go', async () => {
  const { home, watch } = newHome();
  const doctor = async (): Promise<string> => (await runCli(['doctor'], { home })).stdout;
  const [first, second] = [await watch('first'), await watch('second/deep')];
  $.match(await doctor(), /ok: running: 2 watches of yours answer$/m);

  await second.kill('SIGKILL');
  process.kill(first.pid, 'SIGSTOP');
  $.match(await doctor(), new RegExp('WARN {2}running: no watch of yours answers; '
    + `process ${first.pid} does not: .* kill -CONT ${first.pid}, else end it$`, 'm'));
  $.equal(fs.readdirSync(`${home}/fsync`), [`${first.pid}.sock`]);
  process.kill(first.pid, 'SIGCONT');
  await first.kill('SIGTERM');
});

asking('a word is answered where there is nothing to tell, a pass in detail', async () => {
  const running = await newHome().watch('w', '--verbose');
  running.say('pending\n');
  await running.untilLine(/no deletion is held$/);
  running.say('sync\n');
  await running.untilLine(/full pass: nothing to do, /);
  await running.kill('SIGTERM');
});

asking('a question is answered where it was asked, not in the output of the watch', async () => {
  const { home, watch, ask } = newHome();
  const running = await watch('w', '--max-delete', '0');
  fs.unlinkSync(`${home}/w/S/f`);
  await running.untilLine(/held: 1 deletion/);
  $.is((await ask('status')).code, 3);
  $.is((await ask('pending')).code, 3);
  await ask('pause');
  $.equal([(await ask('flush')).code, (await ask('approve')).code], [3, 3]);
  await running.kill('SIGTERM');
  const told = (pattern: RegExp): number =>
    running.stdout.filter((line) => pattern.test(line)).length;
  $.equal([told(/ held: /), told(/\(process \d+\)/), told(/paused/)], [1, 0, 1]);
});

asking('flush --wait ends when all that was written before is in the replica', async () => {
  const { home, watch, ask } = newHome();
  const running = await watch('w', '--settle', '1h', '--max-wait', '1h');
  // Big enough that one who does not wait comes too early.
  fs.writeFileSync(`${home}/w/S/new`, Buffer.alloc(100_000_000, 'x'));
  $.is((await ask('flush', '--wait')).code, 0);
  $.is(fs.statSync(`${home}/D/new`).size, 100_000_000);
  await running.kill('SIGTERM');
});

/** Writes a file that takes seconds to read, and waits until a pass that is asked for does. */
async function flushed(
  home: string, ask: Home['ask'],
): Promise<{ answer: ReturnType<Home['ask']> }> {
  // The passes of the start are over then.
  await ask('flush', '--wait');
  fs.writeFileSync(`${home}/w/S/big`, '');
  fs.truncateSync(`${home}/w/S/big`, 6_000_000_000);
  const answer = ask('flush', '--wait');
  await until(() => fs.readdirSync(`${home}/D`).some((name) => name.startsWith('.fsync-')));
  return { answer };
}

asking('flush --wait of a watch that ends before the pass does says so', async () => {
  const { home, watch, ask } = newHome();
  const running = await watch('w', '--settle', '1h', '--max-wait', '1h');
  const { answer } = await flushed(home, ask);
  // It waits for that pass to end, and is answered by none.
  const behind = ask('flush', '--wait');
  await running.kill('SIGTERM');
  for (const { code, text } of await Promise.all([answer, behind])) {
    $.is(code, 3);
    $.match(text, /^(the watch ended before it had done that|no watch .*)$/);
  }
  $.match((await answer).text, /ended before/);
  $.not(fs.existsSync(`${home}/D/big`));
  await running.untilLine(/full pass: .*; interrupted$/);
});

asking('flush --wait goes on, whatever another terminal says meanwhile', async () => {
  const { home, watch, ask } = newHome();
  const running = await watch('w', '--settle', '1h', '--max-wait', '1h');
  const { answer } = await flushed(home, ask);
  $.is((await ask('pause')).code, 0);
  $.is((await ask('status')).code, 0);
  $.not(fs.existsSync(`${home}/D/big`));
  const behind = await ask('flush', '--wait');
  $.equal([behind.code, /the watch is paused/.test(behind.text)], [3, true]);
  fs.truncateSync(`${home}/w/S/big`, 100);
  $.is((await ask('resume')).code, 0);
  $.is((await answer).code, 0);
  await running.kill('SIGTERM');
});

asking('flush --wait says what failed, what is held, and that it is late', async () => {
  const { home, watch, ask } = newHome();
  const running = await watch('w', '--max-delete', '0');
  fs.unlinkSync(`${home}/w/S/f`);
  $.is((await ask('flush', '--wait')).code, 3);
  const status = await ask('status');
  $.is(status.code, 3);
  $.match(status.text, /1 deletion held/);
  const pending = await ask('pending');
  $.is(pending.code, 3);
  $.match(pending.text, /\n- f\nheld: 1 deletion of 1 entry, because /);
  $.is((await ask('approve')).code, 0);
  $.not(fs.existsSync(`${home}/D/f`));
  const nothing = await ask('pending');
  $.is(nothing.code, 0);
  $.match(nothing.text, /no deletion is held$/);

  $.match((await ask('pause')).text, /paused/);
  const paused = await ask('flush', '--wait');
  $.is(paused.code, 3);
  $.match(paused.text, /the watch is paused/);
  const approved = await ask('approve');
  $.equal([approved.code, /the watch is paused/.test(approved.text)], [3, true]);
  $.match((await ask('resume')).text, /resumed/);

  process.kill(running.pid, 'SIGSTOP');
  const silent = await ask('flush', '--wait');
  $.is(silent.code, 3);
  $.match(silent.text, new RegExp(`process ${running.pid} does not answer`));
  process.kill(running.pid, 'SIGCONT');
  await running.kill('SIGTERM');
});

asking('flush --wait of a source that is back ends when it is in the replica', async () => {
  const { home, watch, ask } = newHome();
  const running = await watch('w');
  fs.rmSync(`${home}/w/S`, { recursive: true });
  const away = await ask('flush', '--wait');
  $.is(away.code, 3);
  $.match(away.text, /waiting: the source .* does not exist/);

  fs.mkdirSync(`${home}/w/S`);
  fs.writeFileSync(`${home}/w/S/built`, 'anew');
  $.is((await ask('flush', '--wait')).code, 0);
  $.is(fs.readFileSync(`${home}/D/built`, 'utf8'), 'anew');
  await running.kill('SIGTERM');
});

asking('approve is answered where nothing is held, and while a root is away', async () => {
  const { home, watch, ask } = newHome();
  const running = await watch('w');
  const nothing = await ask('approve');
  $.is(nothing.code, 0);
  $.match(nothing.text, /^no deletion is held$/);
  running.say('approve\n');
  const told = () => running.stdout.filter((line) => line.endsWith('no deletion is held')).length;
  await until(() => told() === 1);

  fs.renameSync(`${home}/w/S`, `${home}/w/away`);
  await running.untilLine(/waiting: the source .* does not exist/);
  const away = await ask('approve');
  $.is(away.code, 3);
  $.match(away.text, /^waiting: the source .* does not exist/);
  await running.kill('SIGTERM');
});

asking('status says what is waited for while a root is away', async () => {
  const { home, watch, ask } = newHome();
  const running = await watch('w');
  fs.renameSync(`${home}/w/S`, `${home}/w/away`);
  await running.untilLine(/waiting: the source .* does not exist/);
  const away = await ask('status');
  $.is(away.code, 3);
  $.match(away.text, /waiting \(process \d+\): the source .* does not exist; /);

  fs.renameSync(`${home}/w/away`, `${home}/w/S`);
  await until(async () => (await ask('status')).code === 0);
  $.is((await ask('status')).text.includes('does not exist'), false);
  await running.kill('SIGTERM');
});

asking('one that is stopped is named, and what to do', async () => {
  const { watch, ask } = newHome();
  const running = await watch('w');
  process.kill(running.pid, 'SIGSTOP');
  const silent = `process ${running.pid} does not answer: if it is stopped, `
    + `let it go on with kill -CONT ${running.pid}, else end it`;
  const status = await ask('status');
  $.equal([status.code, status.text], [3, silent]);
  const flush = await ask('flush');
  $.equal([flush.code, flush.text], [3, `${silent}\nno watch of this user answers`]);
  process.kill(running.pid, 'SIGCONT');
  await running.kill('SIGTERM');
});

asking('a watch whose socket is gone has one again at its next full pass', async () => {
  const { home, watch, ask } = newHome();
  const running = await watch('w');
  fs.rmSync(`${home}/fsync`, { recursive: true });
  $.match((await ask('status')).text, /no watch of this user is running/);
  running.say('sync\n');
  await until(() => fs.existsSync(`${home}/fsync/${running.pid}.sock`));
  await until(async () => (await ask('flush', '--wait')).code === 0);
  await running.kill('SIGTERM');
  $.equal(fs.readdirSync(`${home}/fsync`), []);
});

asking('one that is stopped may be the one that is meant, where none is named', async () => {
  const { home, watch, ask } = newHome();
  const running = await watch('w');
  const stopped = await watch('second/deep');
  process.kill(stopped.pid, 'SIGSTOP');
  const folders = `${home}/w/S ${home}/D`;
  for (const word of ['stop', 'approve', 'flush']) {
    const refused = await ask(word);
    $.is(refused.code, 2);
    $.ok(refused.text.endsWith(`2 watches are running: write fsync ${word} ${folders}`));
  }
  const status = await ask('status');
  $.is(status.code, 3);
  $.match(status.text, /watching \(process/);
  $.is((await ask('status', `${home}/w/S`)).code, 0);
  $.is((await ask('stop', `${home}/w/S`)).code, 0);
  $.is((await running.exited).code, 0);
  process.kill(stopped.pid, 'SIGCONT');
  await stopped.kill('SIGTERM');
});

asking('--quiet answers questions', async () => {
  const home = tempFolder();
  fs.mkdirSync(`${home}/S`);
  const running = startCli(['watch', 'S', 'D', '--quiet'], { home, cwd: home });
  await until(() => {
    running.say('status\n');
    return running.stdout.some((line) => / watching \(process/.test(line));
  }, { everyMs: 100 });
  for (const [word, answer] of Object.entries({
    pause: /paused: changes/, resume: /resumed$/, pending: /no deletion is held$/,
    help: /the words are quit/, nonsense: /"nonsense" is no word/,
  })) {
    running.say(`${word}\n`);
    await running.untilLine(answer);
  }
  await running.kill('SIGTERM');
});

asking('stop ends the one that is meant, and says which there are', async () => {
  const { home, watch, ask } = newHome();
  const first = await watch('first');
  const second = await watch('second/deep');
  const many = await ask('stop');
  $.is(many.code, 2);
  $.match(many.text, /2 watches are running: write one of fsync stop /);
  $.is((await ask('stop', `${home}/nowhere`)).code, 3);

  $.is((await ask('stop', `${home}/second/deep/S`)).code, 0);
  $.equal(await second.exited, { code: 0, signal: null });
  $.is(first.isOver(), false);
  $.is((await ask('stop')).code, 0);
  $.is((await first.exited).code, 0);
});

asking('a folder that others can enter is not used, and the watch goes on', async () => {
  const { home, watch } = newHome();
  fs.mkdirSync(`${home}/fsync`);
  fs.chmodSync(`${home}/fsync`, 0o755);
  const running = await watch('w');
  await running.untilLine(/other terminals cannot speak to this watch: .* is not a folder/);
  fs.writeFileSync(`${home}/w/S/new`, '');
  await until(() => fs.existsSync(`${home}/D/new`));
  $.equal(fs.readdirSync(`${home}/fsync`), []);
  await running.kill('SIGTERM');
});

needs(asking, { root: true, platform: 'linux', tools: ['setpriv'] })(
  'is for a user as well of whom the system knows no more than a number', async () => {
    const home = tempFolder();
    fs.mkdirSync(`${home}/S`);
    for (const at of [home, `${home}/S`]) fs.chmodSync(at, 0o777);
    const options = { home, env: { XDG_RUNTIME_DIR: undefined, TMPDIR: home },
      under: ['setpriv', '--reuid=54321', '--regid=54321', '--clear-groups'] };
    const running = startCli(['watch', 'S', 'D'], options);
    await running.untilLine(/watching 1 folder/);
    const { code, stdout, stderr } = await runCli(['status'], options);
    $.equal([code, stderr], [0, '']);
    $.match(stdout, /last pass/);
    await running.kill('SIGTERM');
  });

needs(asking, { root: true, platform: 'linux', tools: ['setpriv'] })(
  'is told that there is no place for the record where that user has no home either', async () => {
    const home = tempFolder();
    fs.mkdirSync(`${home}/S`);
    for (const at of [home, `${home}/S`]) fs.chmodSync(at, 0o777);
    const options = { home, env: { HOME: undefined, XDG_STATE_HOME: undefined, TMPDIR: home },
      under: ['setpriv', '--reuid=54321', '--regid=54321', '--clear-groups'] };
    const refused = await runCli(['sync', 'S', 'D'], options);
    $.equal([refused.code, refused.stdout], [3, '']);
    $.match(refused.stderr, /^\S+ ERROR there is no home folder to keep the record in: set HOME/);
    $.not(fs.existsSync(`${home}/D`));
    const doctor = await runCli(['doctor'], options);
    $.match(doctor.stdout, /there is no home folder to keep the record in/);
    $.is((await runCli(['sync', 'S', 'D', '--state-dir', 'state'], options)).code, 0);
  });

asking.run();
