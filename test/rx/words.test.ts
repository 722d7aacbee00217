import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';

import { from } from 'rxjs';
import { suite } from 'uvu';
import * as $ from 'uvu/assert';

import { isForeground } from '../../lib/core/foreground.ts';
import { WORDS, isWord, toWords, words, wordsAnswer } from '../../lib/rx/words.ts';
import type { Said, Stdin } from '../../lib/rx/words.ts';

const split = suite('toWords');

function check(chunks: readonly string[], expected: readonly Said[]): void {
  const said: Said[] = [];
  from(chunks.map((chunk) => Buffer.from(chunk))).pipe(toWords).subscribe((one) => said.push(one));
  $.equal(said, expected);
}

split('reads every word, one a line', () => {
  check([`${WORDS.join('\n')}\n`], WORDS);
});

split('joins a word that came in pieces', () => check(['qu', 'i', 't\n'], ['quit']));

split('takes a last line without a newline', () => check(['sync\nquit'], ['sync', 'quit']));

split('does not mind case, spaces and carriage returns', () => {
  check(['  Quit \r\n'], ['quit']);
});

split('drops blank lines', () => check(['\n\r\n  \n'], []));

split('says what is no word', () => {
  check(['foo\nquit now\n'], [{ unknown: 'foo' }, { unknown: 'quit now' }]);
});

split('takes no word out of a line that is too long', () => {
  const long = 'x'.repeat(5000);
  check([`${long}\nquit\n`], [{ unknown: `${'x'.repeat(60)}…` }, 'quit']);
  check(['quit', ' '.repeat(5000), 'x\n'], [{ unknown: 'quit…' }]);
});

split('takes one for many in a row in one chunk, and not across chunks', () => {
  check(['sync\nsync\npause\nsync\n', 'sync\n'], ['sync', 'pause', 'sync', 'sync']);
});

split.run();

// ---

const read = suite('words');

// Reading stdin keeps no process alive, not even this one.
let alive: NodeJS.Timeout | undefined;
read.before(() => void (alive = setInterval(() => {}, 1_000)));
read.after(() => clearInterval(alive));

const piped = (stream: PassThrough): Stdin => ({ kind: () => 'stream', stream: () => stream });

read('says words as they come, and completes without a word when stdin ends', async () => {
  const stream = new PassThrough();
  const heard = new EventEmitter();
  const said: Said[] = [];

  const completed = new Promise<void>((complete) => {
    words(piped(stream)).subscribe({
      next(one) {
        said.push(one);
        heard.emit('word');
      },
      complete,
    });
  });

  const first = new Promise((resolve) => heard.once('word', resolve));
  stream.write('status\n');
  await first;
  $.equal(said, ['status']);

  stream.end('help\n');
  await completed;
  $.equal(said, ['status', 'help']);
});

read('takes an error of stdin for its end', async () => {
  const stream = new PassThrough();
  const completed = new Promise<void>((complete, error) => {
    words(piped(stream)).subscribe({ complete, error });
  });

  stream.destroy(new Error('EIO'));
  await completed;
});

read('leaves stdin alone once nobody listens', () => {
  const stream = new PassThrough();
  words(piped(stream)).subscribe().unsubscribe();

  $.is(stream.listenerCount('data'), 0);
  $.ok(stream.isPaused());
});

read('never takes hold of a stdin that cannot be read', () => {
  const stdin: Stdin = { kind: () => 'none', stream: () => { throw new Error('was read'); } };
  let completed = false;
  words(stdin).subscribe({ complete: () => (completed = true) });
  $.ok(completed);
});

read.run();

// ---

const answer = suite('wordsAnswer');

const LIST = 'the words are quit, sync, status, pause, resume, pending, approve and help';

answer('lists the words in one line', () => {
  $.is(wordsAnswer('help'), LIST);
  $.is(wordsAnswer({ unknown: 'a\u001bb' }), `"a\\u001bb" is no word: ${LIST}`);
});

answer('is not needed for words', () => {
  $.is(isWord('quit'), true);
  $.is(isWord('help'), false);
  $.is(isWord({ unknown: 'x' }), false);
});

answer.run();

// ---

const foreground = suite('isForeground');

const rows: readonly [string, boolean][] = [
  ['71 (node) S 70 71 60 34816 71 4194304 0 0', true],
  ['71 (node) S 70 71 60 34816 60 4194304 0 0', false],
  ['71 (node) S 70 71 60 0 -1 4194304 0 0', false],
  ['71 (a) b) 1 2 S) S 70 71 60 34816 71 4194304 0', true],
  ['71 (a) b) 1 2 S) S 70 71 60 34816 72 4194304 0', false],
  ['', false],
];

for (const [stat, expected] of rows) {
  foreground(`is ${expected} for ${stat}`, () => $.is(isForeground(stat), expected));
}

foreground.run();
