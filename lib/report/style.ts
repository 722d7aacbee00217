import { fromText } from '../core/entry.ts';
import type { Level, Line, Tone } from './line.ts';
import { printableText } from './printable.ts';
import type { Mood, Part } from './status-line.ts';

/**
 * A line as it is written: with time and level for pipes and logs, or bare and short. Of several
 * pairs that of the line goes before its text: `[docs] copied a.txt`.
 */
export type Style = (line: Line, time: Date, pair?: string) => string;

/** `2026-11-21T09:00:00.000Z INFO  copied a.txt`: for pipes and log files. */
export const datedStyle = (color: boolean): Style => (line, time, pair) => {
  const level = LABELS[line.level];
  return `${time.toISOString()} ${color ? paint(LEVEL_COLORS[line.level], level) : level} `
    + pairPrefix(pair) + colored(line, color);
};

/** `copied a.txt`, `warning: …`: for terminals, which show the time on demand. */
export const shortStyle = (color: boolean): Style => (line, _, pair) => {
  const label = SHORT_LABELS[line.level];
  if (label !== undefined) {
    return pairPrefix(pair)
      + `${color ? paint(LEVEL_COLORS[line.level], label) : label} ${line.text}`;
  }
  return pairPrefix(pair) + colored(line, color);
};

/** What goes before the lines of one of several pairs. */
export const pairPrefix = (pair: string | undefined): string =>
  (pair === undefined ? '' : `[${printableText(fromText(pair))}] `);

/** A part of the status line in the colour of its mood. */
export const paintPart = ({ text, mood }: Part): string =>
  (mood === undefined ? text : paint(MOOD_COLORS[mood], text));

/**
 * Whether to colour what goes to an output: NO_COLOR and FORCE_COLOR decide, in this order, where
 * they are set and not empty; else terminals get colours.
 */
export function wantsColor(isTerminal: boolean, env: NodeJS.ProcessEnv): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const force = env['FORCE_COLOR'] ?? '';
  if (force !== '') return force !== '0' && force !== 'false';
  return isTerminal && env['TERM'] !== 'dumb';
}

const LABELS: Readonly<Record<Level, string>> =
  { error: 'ERROR', warn: 'WARN ', log: 'INFO ', info: 'INFO ', debug: 'DEBUG' };

const SHORT_LABELS: Readonly<Partial<Record<Level, string>>> =
  { error: 'error:', warn: 'warning:' };

const [RED, GREEN, YELLOW, CYAN, DIM, PLAIN] = ['31', '32', '33', '36', '2', '0'] as const;

const LEVEL_COLORS: Readonly<Record<Level, string>> =
  { error: RED, warn: YELLOW, log: PLAIN, info: PLAIN, debug: DIM };

const TONE_COLORS: Readonly<Record<Tone, string>> =
  { added: GREEN, changed: CYAN, removed: RED, plain: PLAIN };

const MOOD_COLORS: Readonly<Record<Mood, string>> =
  { well: GREEN, busy: CYAN, heed: YELLOW, aside: DIM };

/** The first word in the colour of its tone, a detail dimmed as a whole. */
function colored({ level, tone, text }: Line, color: boolean): string {
  if (!color) return text;
  if (level === 'debug') return paint(DIM, text);
  if (tone === 'plain') return text;
  const word = text.replace(/^would /, '').split(' ', 1)[0] ?? '';
  return text.replace(word, () => paint(TONE_COLORS[tone], word));
}

const paint = (code: string, text: string): string =>
  code === PLAIN ? text : `\x1b[${code}m${text}\x1b[0m`;
