// The same tests, over the other watcher.
/* oxlint-disable import/no-unassigned-import -- what they do is all that is wanted of them */
import '../support/plainly.ts';
import './changes.test.ts';
import './churn.test.ts';
