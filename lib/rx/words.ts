import fs from 'node:fs';
import type { Readable } from 'node:stream';

import { EMPTY, Observable, defer } from 'rxjs';

import { terminalInput } from './terminal-input.ts';
import type { Word } from '../core/options.ts';

/** What a line of stdin says: a word, the wish to see them, or something that is no word. */
export type Said = Word | 'help' | { readonly unknown: string };

/** The words in the order of the help, for the line that lists them. */
export const WORDS: readonly (Word | 'help')[] =
  ['quit', 'sync', 'status', 'pause', 'resume', 'pending', 'approve', 'help'];

/** Where words come from; a seam for tests. */
export interface Stdin {
  readonly kind: () => 'stream' | 'terminal' | 'none';
  /** Asked for only when it is read: the mere getter of process.stdin takes hold of a terminal. */
  readonly stream: () => Readable;
}

/**
 * The words a person or a script says on stdin, one a line. A pipe, a socket and a file are read
 * as they come, a terminal only while we are in its foreground, anything else (/dev/null) never.
 * The end of stdin only completes this stream: a watch goes on without it. Nothing here keeps the
 * process alive.
 */
export function words(stdin: Stdin = STDIN): Observable<Said> {
  return defer(() => {
    switch (stdin.kind()) {
      case 'stream':
        return streamInput(stdin.stream());
      case 'terminal':
        return terminalInput();
      case 'none':
        return EMPTY;
    }
  }).pipe(toWords);
}

/** Whether something said is a word for the watch itself. */
export const isWord = (said: Said): said is Word => typeof said === 'string' && said !== 'help';

/** The line that answers `help`, or a line that is no word. */
export function wordsAnswer(said: 'help' | { readonly unknown: string }): string {
  const list = `the words are ${WORDS.slice(0, -1).join(', ')} and ${WORDS.at(-1)}`;
  return said === 'help' ? list : `${JSON.stringify(said.unknown)} is no word: ${list}`;
}

/** Longer lines are no words: they are cut, and their rest is not kept. */
const LONGEST_LINE = 4096;

/**
 * Like a split into lines, but blank ones are dropped, the last needs no newline, and what is said
 * several times in a row within one chunk counts once: all words mean the same when repeated.
 */
export const toWords = (chunk$: Observable<Buffer>): Observable<Said> => new Observable((out) => {
  let line = '';
  let before = '';

  const take = (text: string) => {
    line += text.slice(0, Math.max(0, LONGEST_LINE + 1 - line.length));
  };
  const finish = () => {
    const said = line.trim();
    if (said !== '' && said !== before) out.next(meaning(said, line.length > LONGEST_LINE));
    before = said || before;
    line = '';
  };

  return chunk$.subscribe({
    next(chunk) {
      before = '';
      const [first = '', ...others] = chunk.toString('utf8').split('\n');
      take(first);
      for (const text of others) {
        finish();
        take(text);
      }
    },
    error: () => out.complete(),
    complete() {
      finish();
      out.complete();
    },
  });
});

function meaning(line: string, isCut: boolean): Said {
  const word = isCut ? undefined : WORDS.find((known) => known === line.toLowerCase());
  return word ?? { unknown: isCut || line.length > 60 ? `${line.slice(0, 60)}…` : line };
}

/** A pause after each chunk, so that a pipe that never rests (`yes |`) cannot keep us busy. */
const PAUSE_MS = 100;

function streamInput(stream: Readable): Observable<Buffer> {
  return new Observable((out) => {
    let resuming: NodeJS.Timeout | undefined;
    const next = (chunk: Buffer) => {
      stream.pause();
      resuming = setTimeout(() => stream.resume(), PAUSE_MS).unref();
      out.next(chunk);
    };
    const end = () => out.complete();

    // An error (EIO, ECONNRESET) is an end like any other, and stays handled after we left.
    stream.on('error', end).on('end', end).on('close', end).on('data', next);
    (stream as Readable & { unref?: () => void }).unref?.();

    return () => {
      clearTimeout(resuming);
      stream.off('data', next).off('end', end).off('close', end).pause();
    };
  });
}

const STDIN: Stdin = {
  kind() {
    try {
      const stat = fs.fstatSync(0);
      if (stat.isFIFO() || stat.isSocket() || stat.isFile()) return 'stream';
      return stat.isCharacterDevice() ? 'terminal' : 'none';
    } catch {
      return 'none';
    }
  },
  stream: () => process.stdin,
};
