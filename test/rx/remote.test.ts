import { suite } from 'uvu';
import * as assert from 'uvu/assert';

import { remoteOf } from '../../lib/rx/remote.ts';
import { watcherNews } from '../../lib/watcher-news.ts';
import { needs } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';

const remote = suite('remoteOf');

remote('knows file systems that other machines may change', () => {
  assert.equal(remoteOf('/x', () => 0x6969), { remote: 'NFS' });
  assert.equal(remoteOf('/x', () => 0x65735546), { remote: 'FUSE' });
  assert.equal(remoteOf('/x', () => 0xff534d42), { remote: 'SMB' });
  assert.equal(remoteOf('/x', () => 0xef53), {});
});

needs(remote, { platform: 'linux' })('says nothing of a folder that is not there', () => {
  assert.equal(remoteOf(`${tempFolder()}/none`), {});
});

remote('is told in one line, with how often full passes come', () => {
  const [watching, notice, more] =
    watcherNews({ kind: 'ready', folders: 3, remote: 'NFS' }, 30_000);
  assert.equal(watching, { kind: 'watching', folders: 3, intervalMs: 30_000 });
  assert.match(notice?.kind === 'notice' ? notice.text : '', /on NFS: .* a full pass every 30s/);
  assert.is(more, undefined);
  assert.is(watcherNews({ kind: 'ready', folders: 3 }, 30_000).length, 1);
});

remote.run();
