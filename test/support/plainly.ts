// Imported first, makes a file of tests run over the plain watcher, whatever the trees' size.
process.env['FSYNC_MOST_FOR_CHOKIDAR'] = '0';
process.env['FSYNC_SEEDS'] ??= '3';
