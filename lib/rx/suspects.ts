/** Names in folders that are to be looked at, each once, however often it is added before. */
export class Suspects<Folder> {
  private readonly names = new Map<Folder, Set<string>>();

  get isEmpty(): boolean {
    return this.names.size === 0;
  }

  add(folder: Folder, name: string): void {
    this.names.set(folder, (this.names.get(folder) ?? new Set()).add(name));
  }

  /** The next of them, `most` at most, in the order in which their folders came. */
  *take(most: number): Generator<[Folder, string], void> {
    let left = most;
    for (const [folder, names] of this.names) {
      for (const name of names) {
        if (left === 0) return;
        left -= 1;
        names.delete(name);
        yield [folder, name];
      }
      this.names.delete(folder);
    }
  }
}
