import type { Break } from './break.ts';
import { asking } from './asking.ts';
import { commands } from './commands.ts';
import { deletions } from './deletions.ts';
import { detection } from './detection.ts';
import { durable } from './durable.ts';
import { holds } from './holds.ts';
import { ignoring } from './ignoring.ts';
import { links } from './links.ts';
import { looking } from './looking.ts';
import { lock } from './lock.ts';
import { mirrored } from './mirrored.ts';
import { names } from './names.ts';
import { onSync } from './on-sync.ts';
import { options } from './options.ts';
import { output } from './output.ts';
import { pairs } from './pairs.ts';
import { renames } from './renames.ts';
import { roots } from './roots.ts';
import { running } from './running.ts';
import { source } from './source.ts';
import { trouble } from './trouble.ts';
import { whole } from './whole.ts';

/** All breaks, in the order of docs/promises.md. */
export const BREAKS: readonly Break[] = [
  ...commands, ...options, ...ignoring, ...mirrored, ...detection, ...renames, ...source, ...whole,
  ...links, ...deletions, ...roots, ...holds, ...trouble, ...lock, ...names, ...output, ...running,
  ...asking, ...looking, ...onSync, ...durable, ...pairs,
];
