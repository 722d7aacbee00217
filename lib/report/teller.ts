import { createConsola, type LogObject } from 'consola/core';
import type { PairEvent } from '../core/event.ts';
import { jsonLine } from './json.ts';
import type { Level, Line, Tone } from './line.ts';
import type { Style } from './style.ts';

/** Tells one output of an event, as JSON or in the words for people, if its level is asked for. */
export type Teller = (event: PairEvent, told: Line | undefined, date: Date) => void;

/** Each line goes out through consola, which decides by its level; ours turn it into text. */
export function textTeller(lowest: Level, style: Style, print: (text: string) => void): Teller {
  // The tag carries the tone.
  const lines = consolaFor(lowest, ({ type, tag, args, date, pair }) => print(style(
    { level: type as Level, tone: tag as Tone, text: String(args[0]) }, date, pair as string)));

  return ({ pair }, told, date) => {
    if (told !== undefined) lines[told.level]({ message: told.text, tag: told.tone, date, pair });
  };
}

/** Events without words (progress) are details. */
export function jsonTeller(lowest: Level, print: (text: string) => void): Teller {
  const lines = consolaFor(lowest, ({ args }) => print(String(args[0])));

  return (event, told, date) =>
    lines[told?.level ?? 'debug']({ message: jsonLine(event, date), date });
}

/** consola's numbers for its words. */
const LEVELS: Readonly<Record<Level, number>> = { error: 0, warn: 1, log: 2, info: 3, debug: 4 };

/** Without its throttle, which swallows repeated lines, and its reporter, which prints badges. */
const consolaFor = (lowest: Level, log: (entry: LogObject) => void) =>
  createConsola({ level: LEVELS[lowest], throttle: 0, reporters: [{ log }] });
