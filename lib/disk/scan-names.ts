import { accessSync, constants, readdirSync, type Stats } from 'node:fs';
import { joinPath, nameOf, parentOf, type Path, type Side, type Triple } from '../core/entry.ts';
import { isIgnored, type Rules } from '../core/ignore.ts';
import { alikeIn } from '../core/same-name.ts';
import type { FolderTask } from '../core/scan-task.ts';
import { codeOf, fsPath, isAbsent } from './bytes.ts';
import type { Eyes } from './scan-eyes.ts';

/** The names that one folder has on both sides, and whether an entry's is really its own. */
export class Names {
  private readonly task: FolderTask;
  private readonly eyes: Eyes;
  private all: readonly [sources: readonly string[], replicas: readonly string[]] | undefined;

  constructor(task: FolderTask, eyes: Eyes) {
    this.task = task;
    this.eyes = eyes;
  }

  /** The sorted names of both sides, or of a scope of names just these; undefined: told. */
  list(): typeof this.all {
    const { names } = this.task;
    if (names === undefined) return this.listAll();
    // What lstat cannot find proves nothing in a folder that cannot be read (I4).
    const canRead = (folder: string | Buffer): readonly string[] => {
      accessSync(folder, constants.R_OK | constants.X_OK);
      return names;
    };
    return this.both(canRead);
  }

  /**
   * The entry that the replica has under a name. Where case does not count, lstat finds another's:
   * one that was announced, and has not the recorded inode, is looked for in the listing.
   */
  inReplica(at: Triple, ino: number): Stats | undefined | null {
    const entry = this.eyes.look('replica', at);
    if (!entry || this.task.names === undefined || entry.ino === ino) return entry;
    const all = this.listAll();
    return all === undefined ? null : all[1].includes(nameOf(at.replica)) ? entry : undefined;
  }

  /**
   * What has the place of a name that the replica's listing lacks: the same in other letters. Null,
   * and told, where that is to stay: what is ignored by `chain`, and what the source has as well,
   * or the two would be exchanged at each pass.
   */
  placeOf(at: Triple, chain: readonly Rules[]): { readonly over?: Path } | null {
    const there = this.eyes.stat('replica', at);
    if (there === undefined) return {};
    const all = this.listAll();
    if (all === undefined) return null;
    const name = alikeIn(nameOf(at.source), all[1]);
    if (name === undefined) return {};
    const path = joinPath(parentOf(at.source), name);
    const stays = all[0].includes(name) || isIgnored(chain, path, there.type === 'folder');
    if (!stays) return { over: joinPath(parentOf(at.replica), name) };
    this.eyes.unknown(at, 'replica', 'same-name');
    return null;
  }

  private listAll(): typeof this.all {
    return this.all ??= this.both((folder) => readdirSync(folder, 'latin1').sort());
  }

  private both(list: (folder: string | Buffer) => readonly string[]): typeof this.all {
    const sources = this.of('source', list);
    const replicas = sources && this.of('replica', list);
    return replicas && [sources, replicas];
  }

  private of(
    side: Side, list: (folder: string | Buffer) => readonly string[],
  ): readonly string[] | undefined {
    try {
      return list(fsPath(this.eyes.pathOf(side, this.task.at)));
    } catch (error) {
      // A source folder that vanished since its parent was read is its parent's news.
      const code = codeOf(error);
      const isNews = side === 'source' && this.task.at.source !== '' && isAbsent(code);
      if (!isNews) this.eyes.unknown(this.task.at, side, code);
      return undefined;
    }
  }
}
