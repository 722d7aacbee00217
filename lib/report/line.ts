import type { SyncEvent } from '../core/event.ts';

/**
 * How much a line matters, in consola's words and order. `error`: the whole pass, on stderr.
 * `warn`: one path, or deletions held. `log`: an answer to a question, told even by --quiet.
 * `info`: what was done. `debug`: with --verbose only.
 */
export type Level = 'error' | 'warn' | 'log' | 'info' | 'debug';

/** What a line tells of, for colours. */
export type Tone = 'added' | 'changed' | 'removed' | 'plain';

/** One thing to tell: the first word, coloured by its tone on a terminal, and all of the text. */
export interface Line {
  readonly level: Level;
  readonly tone: Tone;
  readonly text: string;
}

/** What a reporter remembers, because later events are told in its words. Roots are bytes. */
export interface Context {
  readonly source: string;
  readonly replica: string;
  readonly command: 'watch' | 'sync' | 'check';
  readonly dryRun: boolean;
  /** Where it is one of several. */
  readonly pair?: string;
}

/** Before the first event. */
export const NO_CONTEXT: Context =
  { source: 'SOURCE', replica: 'REPLICA', command: 'sync', dryRun: false };

/** The event of one kind. */
export type EventOf<Kind extends SyncEvent['kind']> = Extract<SyncEvent, { kind: Kind }>;

/** A line; the tone is plain unless said. */
export const line = (level: Level, text: string, tone: Tone = 'plain'): Line =>
  ({ level, tone, text });
