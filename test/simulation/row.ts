import type { Word } from '../../lib/index.ts';
import type { Hearing } from './threads.ts';

/** A run of the simulation, told exactly: a table row that can be kept. */
export interface Row {
  /** Of all that is left to chance: names, how long calls take, what is in files. */
  readonly seed: number;
  readonly settings?: Settings;
  /** What happens, one after the other. */
  readonly steps: readonly Step[];
}

/** What makes one world another than the next. */
export interface Settings {
  /** The steps of the disk's clock, in microseconds. */
  readonly grain?: number;
  /** Inode numbers are given again at once. */
  readonly reuse?: true;
  /** Microseconds that a call takes at most. */
  readonly slow?: number;
  readonly chunk?: number;
  readonly checksum?: true;
  readonly durable?: true;
  /** More deletions than that are held. */
  readonly maxDelete?: number;
  /** Ignore files come and go in the source; and what they name is deleted in the replica. */
  readonly rules?: true;
  readonly deleteIgnored?: true;
  /** What is deleted or overwritten is kept. */
  readonly trash?: true;
  /** Threads beside the main one. */
  readonly workers?: number;
  /** How the watcher hears. */
  readonly hearing?: Hearing;
  /** Milliseconds between full passes. */
  readonly interval?: number;
}

export type Step =
  /** Someone changes something in a folder, as many times. */
  | { readonly edit: Side; readonly seed: number; readonly times?: number }
  /** One `sync`, and what happens meanwhile. */
  | { readonly sync: readonly During[] }
  /** A `watch` for so many milliseconds, and what happens meanwhile. */
  | { readonly watch: number; readonly during: readonly During[] }
  /** Time passes, in milliseconds. */
  | { readonly wait: number }
  /** The clock on the wall is set. */
  | { readonly clock: number }
  /** The record goes back to what it was so many writes ago; all of them: it is lost. */
  | { readonly forget: number }
  /** The machine loses power: what was written lately may be gone. */
  | { readonly power: number };

export type Side = 'S' | 'D';

/** Something that happens: at the nth call of the engine, or after so many milliseconds. */
export type During = ({ readonly at: number } | { readonly ms: number }) & (
  | { readonly word: Word }
  /** What the watcher says of itself; or it dies. */
  | { readonly watcher: 'overflow' | 'dies' }
  | { readonly edit: Side; readonly seed: number }
  /** Just what the engine uses is changed. */
  | { readonly hit: Side; readonly seed: number }
  /** What the engine just gave its name in the replica is changed, before it looks again. */
  | { readonly spoil: number }
  /** One call fails; `after`: though it did what it was asked for. */
  | { readonly error: string; readonly after?: true }
  /** Whatever the engine used just now cannot be used for so many calls, nor what is below it. */
  | { readonly blind: string; readonly calls: number }
  | { readonly crash: true }
  | { readonly clock: number });
